"""Incidents follow their alerts: what they say, storms, and closing when all have recovered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from tocsin.app import incidents
from tocsin.model import incident_command as course
from tocsin.model import storm
from tocsin.model.alert import Alert
from tocsin.model.channel import Channel
from tocsin.model.incident import Incident
from tocsin.model.incident_alerts import AlertTotals
from tocsin.model.incident_command import Act
from tocsin.model.severity import Status
from tocsin.store import alerts, channels
from tocsin.store import incidents as rows
from tocsin.store.gathered import gathered
from tocsin.store.tx import Tx


class Heard(NamedTuple):
    """An alert that is an incident's, and as it was `before`, if it was. `joins`: the incident does
    not count it yet."""

    before: Alert | None
    alert: Alert
    joins: bool


def follow(tx: Tx, heard: Sequence[Heard]) -> None:
    """Let the incidents of these alerts, which are written down, follow them."""
    of = gathered((one.alert.incident_id, one) for one in heard if one.alert.incident_id)
    found = rows.load(tx.conn, of)
    rules = channels.load(tx.conn, {one.channel_id for one in found.values()})
    for incident_id, those in of.items():
        before = found[incident_id]
        after = incidents.follow(tx, before, _totals(tx, before, those))
        if after.channel_id in rules and after.open:
            _act(tx, after, rules[after.channel_id])


def _act(tx: Tx, incident: Incident, channel: Channel) -> None:
    """What an open incident does by itself because of its alerts."""
    act = Act(None, tx.now_ms)
    for threshold in storm.reached(incident, channel.storm_thresholds):
        incident = incidents.carry_out(tx, incident, course.storm(incident, threshold, act))
    if incident.status is Status.OK and channel.close_on_recovery:
        incidents.carry_out(tx, incident, course.recover(incident, act))


def _totals(tx: Tx, incident: Incident, heard: Sequence[Heard]) -> AlertTotals:
    """What its alerts add up to, found from what they did before: there may be thousands of which
    nothing new was heard."""
    counted = [one for one in heard if not one.joins]
    renamed = any(_named(incident, one) != one.alert.component_id for one in counted)
    if renamed or incident.alert_cnt == 0:
        return alerts.totals(tx.conn, incident.id)
    those, joining = [one.alert for one in heard], sum(one.joins for one in heard)
    totals = AlertTotals.of(incident).heard(those, joining)
    if any(_said(incident, one) != _says(one.alert) for one in counted):
        title, description = alerts.first(tx.conn, incident.id)
        totals = replace(totals, title=title, description=description)
    if all(_was(incident, one) is one.alert.status for one in heard):
        return totals
    status = alerts.worst_open(tx.conn, incident.id)
    end_time = alerts.last_end(tx.conn, incident.id) if status is Status.OK else 0
    return replace(totals, status=status, end_time=end_time)


def _was(incident: Incident, one: Heard) -> Status | None:
    """The status by which the incident counted it. One that has just made it is all it had."""
    if one.joins:
        return None
    return one.before.status if one.before else incident.status


def _named(incident: Incident, one: Heard) -> str | None:
    return one.before.component_id if one.before else next(iter(incident.component_ids), None)


def _said(incident: Incident, one: Heard) -> tuple[str, str]:
    return _says(one.before or incident)


def _says(one: Alert | Incident) -> tuple[str, str]:
    return one.title, one.description
