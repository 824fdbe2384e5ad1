"""Taking in what is said of alerts, as units of work."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection

from tocsin.app import incident_alerts, incidents
from tocsin.app.alert_course import AlertCourse
from tocsin.app.placing import Placing
from tocsin.model import incident_command as course
from tocsin.model.alert import Effect
from tocsin.model.alert_event import AlertEvent, keyed
from tocsin.model.errors import Code, Refused
from tocsin.model.incident_command import Act
from tocsin.model.integration import Integration, is_key
from tocsin.model.person import Person
from tocsin.store import alerts, channels, components, integrations, people
from tocsin.store.gathered import gathered
from tocsin.store.tx import Tx

# Alerts that one unit of work takes in: others wait for it.
SLICE = 25

# The label that names a component, by its name or id.
COMPONENT = "component"


def unknown_key() -> Refused:
    """The refusal of a key that is no integration's."""
    return Refused(Code.UNAUTHORIZED, "The integration key is not known, or was deleted.")


def take_all(tx: Tx, brought: Sequence[tuple[str, AlertEvent]]) -> list[Effect | None]:
    """Take in events, in order, each with the key of an integration; returns what each did, None
    where the key is nobody's."""
    effects: list[Effect | None] = []
    for key, those in groupby(brought, key=itemgetter(0)):
        events = [event for _, event in those]
        integration = integrations.by_key(tx.conn, key) if is_key(key) else None
        for at in range(0, len(events), SLICE):
            some = events[at : at + SLICE]
            effects += _take(tx, integration, some) if integration else [None] * len(some)
    return effects


def take(tx: Tx, integration_id: str, events: Sequence[AlertEvent]) -> list[Effect]:
    """Take in the events, in order; returns what each did. Refused (unauthorized): the integration
    is gone."""
    integration = integrations.find(tx.conn, integration_id)
    if integration is None:
        raise unknown_key()
    return _take(tx, integration, events)


def _take(tx: Tx, integration: Integration, given: Sequence[AlertEvent]) -> list[Effect]:
    channel = channels.find(tx.conn, integration.channel_id)
    assert channel is not None  # none is deleted that an integration names
    events = [keyed(_labelled(one, integration)) for one in given]
    names = {one.labels[COMPONENT] for one in events if COMPONENT in one.labels}
    named = components.by_names(tx.conn, names) if names else {}
    keys = list(dict.fromkeys(one.key for one in events if one.key is not None))
    latest = alerts.latest(tx.conn, integration.id, keys)
    alert_course = AlertCourse(tx, latest, channel.flapping, Placing(tx, channel))
    effects = [
        alert_course.bring(one, integration.id, named.get(one.labels.get(COMPONENT, "")))
        for one in events
    ]
    incident_alerts.follow(tx, alert_course.save())
    return effects


def acknowledge(tx: Tx, integration_id: str, key: str) -> None:
    """Take on the incident of the open alert with this key, if there is one. Refused
    (unauthorized): the integration is gone."""
    integration = integrations.find(tx.conn, integration_id)
    if integration is None:
        raise unknown_key()
    alert = alerts.latest(tx.conn, integration.id, [key]).get(key)
    if alert is None or not alert.open or alert.incident_id is None:
        return
    incident = incidents.get(tx.conn, alert.incident_id)
    person = _person(tx, integration)
    if incident.open and not incident.has_acknowledged(person):
        act = Act(person, tx.now_ms)
        incidents.carry_out(tx, incident, course.ack(incident, person, act))


def _person(tx: Tx, integration: Integration) -> Person:
    """Who the integration is where only people can act; made when it first does."""
    person_id = integrations.person_of(tx.conn, integration.id)
    person = None if person_id is None else people.find(tx.conn, person_id)
    if person is None:
        person_id = people.add(tx.conn, integration.name, None, tx.now)
        integrations.set_person(tx.conn, integration.id, person_id)
        person = incidents.person(tx.conn, person_id)
    return person


def next_end_ms(conn: Connection) -> int | None:
    """When an alert is to recover because nothing more was heard of it (Unix ms, maybe past); None
    when none is."""
    at = alerts.next_end(conn)
    return at and at * 1_000


def end_due(tx: Tx) -> None:
    """Let the alerts recover that were to first, those of them that are due: a slice at most."""
    due = alerts.ended(tx.conn, tx.now, SLICE)
    there = channels.load(tx.conn, {one.channel_id for one in due})
    heard = []
    for channel_id, those in gathered((one.channel_id, one) for one in due).items():
        channel = there.get(channel_id)
        rule = channel.flapping if channel else None
        its = AlertCourse(tx, {one.id: one for one in those}, rule)
        for alert in those:
            its.lapse(alert)
        heard += its.save()
    incident_alerts.follow(tx, heard)


def _labelled(event: AlertEvent, integration: Integration) -> AlertEvent:
    """The event with the integration's labels, beside its own."""
    if not integration.labels:
        return event
    return replace(event, labels={**integration.labels, **event.labels})
