"""What people ask for, made into commands for `incidents.act`: the people named are looked up, and
whatever else there is to know beside the incident."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import UNSET, UnsetType

from tocsin.app import assignment, incident_merging, incidents
from tocsin.app.incident_channel import filing, known_fields
from tocsin.app.incidents import Command
from tocsin.app.issues import check_existing
from tocsin.model import custom_field, incident_alerts, incident_edit
from tocsin.model import incident_command as course
from tocsin.model.assignment import facts
from tocsin.model.errors import invalid
from tocsin.model.incident import Command as Named
from tocsin.model.incident import Incident, NewIncident, allowed
from tocsin.model.incident_command import Act, Decision
from tocsin.model.incident_edit import Changes
from tocsin.model.person import Person
from tocsin.model.severity import Severity
from tocsin.store import alerts
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class Reported:
    """What somebody gives to make an incident."""

    title: str
    severity: Severity
    description: str = ""
    channel_id: int = 0
    person_ids: tuple[int, ...] = ()
    component_ids: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


def report(tx: Tx, given: Reported, actor: Person) -> Incident:
    """Somebody makes an incident; if it is given to nobody, its channel's rules say to whom.
    Refused (invalid): people, components, a channel or fields that do not exist, and as
    `incident_command.create`."""
    filed = filing(tx.conn, given.channel_id)
    incident_edit.check_components(given.component_ids)
    check_existing(tx.conn, given.component_ids)
    filled = custom_field.filled(filed.fields, given.fields)
    new = NewIncident(
        tx.new_id(),
        given.title,
        given.severity,
        tx.now,
        description=given.description,
        channel_id=filed.channel_id,
        channel_name=filed.channel_name,
        group_method=filed.group_method,
        fields={name: value for name, value in filled.items() if value is not None},
        component_ids=given.component_ids,
    )
    to = incidents.persons(tx.conn, given.person_ids)
    made = incidents.create(tx, new, to, actor)
    return made if to else assignment.begin(tx, made, filed.assignment, facts(made))


def edit(tx: Tx, changes: Changes) -> Command:
    """Change what it says. Refused (invalid) as `incident_edit.edit`, and for components that do
    not exist."""

    def command(incident: Incident, act: Act) -> Decision:
        if changes.component_ids not in (UNSET, incident.component_ids):
            check_existing(tx.conn, changes.component_ids)
        fields = known_fields(tx.conn, incident.channel_id)
        return incident_edit.edit(incident, changes, fields, act)

    return command


def resolve(resolution: str | UnsetType = UNSET, root_cause: str | UnsetType = UNSET) -> Command:
    """Close it by hand, after what there is to say."""
    changes = Changes(resolution=resolution, root_cause=root_cause)
    return lambda incident, act: incident_edit.resolve(incident, changes, (), act)


def reopen(tx: Tx, reason: str) -> Command:
    """Open it again, with the alerts that closing it by hand closed. One that was merged into
    another comes back without its alerts."""

    def command(incident: Incident, act: Act) -> Decision:
        allowed(incident.progress, Named.REOPEN)
        incident_merging.forgo(tx.conn, incident)
        alerts.reopen(tx.conn, incident.id)
        totals = alerts.totals(tx.conn, incident.id)
        return course.reopen(incident_alerts.follow(incident, totals, tx.now), reason, act)

    return command


def assign(tx: Tx, person_ids: Sequence[int]) -> Command:
    """Give it to these people and nobody else."""
    to = incidents.persons(tx.conn, person_ids)
    return lambda incident, act: course.assign(incident, to, act)


def add_responders(tx: Tx, person_ids: Sequence[int]) -> Command:
    """Give it to these people too."""
    to = incidents.persons(tx.conn, person_ids)
    return lambda incident, act: course.add_responders(incident, to, act)


def ack(tx: Tx, person_id: int | None) -> Command:
    """Somebody takes it on: the actor, if nobody is named."""
    named = _named(tx, person_id)
    return lambda incident, act: course.ack(incident, named or _actor(act), act)


def unack(tx: Tx, person_id: int | None) -> Command:
    """Somebody takes their acknowledgement back: the actor, if nobody is named."""
    named = _named(tx, person_id)
    return lambda incident, act: course.unack(incident, named or _actor(act), act)


def wake(tx: Tx, person_id: int | None) -> Command:
    """End its snooze, for the actor if nobody is named."""
    named = _named(tx, person_id)

    def command(incident: Incident, act: Act) -> Decision:
        in_stead = replace(act, person=named, by=act.person) if named else act
        return course.wake(incident, in_stead)

    return command


def _named(tx: Tx, person_id: int | None) -> Person | None:
    return None if person_id is None else incidents.person(tx.conn, person_id)


def _actor(act: Act) -> Person:
    """Who acts. Refused (invalid): what happens by itself has to name somebody."""
    if act.person is None:
        raise invalid("person_id", "has to be given")
    return act.person
