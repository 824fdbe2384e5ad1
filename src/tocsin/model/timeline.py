"""The timeline of an incident: what happened to it, in order, and that it follows from it.

An entry says all that its event changed. So an incident is what its timeline leads to (`replay`),
beside what its alerts say of it (`model/incident_alerts.py`), which is theirs to tell again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import msgspec

from tocsin.model import person as people
from tocsin.model.incident import (
    ByHand,
    Command,
    Incident,
    IncidentEvent,
    NewIncident,
    Progress,
    allowed,
)
from tocsin.model.person import Person
from tocsin.model.severity import Severity, Status


@dataclass(frozen=True)
class Entry:
    """One event of an incident. `event_time` (Unix milliseconds) strictly increases from entry to
    entry. `person` is who did it, None when it happened by itself. `detail` is JSON."""

    type: IncidentEvent
    event_time: int
    person: Person | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> int:
        """Its time in Unix seconds."""
        return self.event_time // 1_000


def replay(entries: Iterable[Entry]) -> Incident:
    """The incident that a whole timeline leads to. What only alerts change (`AlertTotals`) is as it
    was born."""
    first, *rest = entries
    return reduce(apply, rest, born(first))


def birth(new: NewIncident, creator: Person | None, now_ms: int) -> Entry:
    """The entry of an incident that begins."""
    detail = msgspec.to_builtins(new, order="deterministic")
    return Entry(IncidentEvent.NEW, now_ms, creator, detail)


def born(entry: Entry) -> Incident:
    """The incident that `birth` tells of."""
    new = msgspec.convert(entry.detail, NewIncident)
    return Incident(
        **vars(new),
        status=Status(new.severity),
        by_hand=_by_hand(new) if entry.person else frozenset(),
        progress=Progress.TRIGGERED,
        creator=entry.person,
        created_at=entry.at,
        updated_at=entry.at,
        opened_at=entry.at,
        event_ms=entry.event_time,
        version=1,
    )


def apply(incident: Incident, entry: Entry) -> Incident:
    """The incident after one more event, which was allowed when it happened."""
    before = lapsed(incident, entry.event_time)
    changed = _EFFECTS.get(entry.type, _none)(before, entry)
    return replace(
        changed,
        progress=changed.after(entry.type),
        updated_at=max(incident.updated_at, entry.at),
        event_ms=entry.event_time,
        version=incident.version + 1,
    )


def lapsed(incident: Incident, now_ms: int) -> Incident:
    """The incident without a snooze that has run out."""
    if not 0 < incident.snoozed_before * 1_000 <= now_ms:
        return incident
    awake = replace(incident, snoozed_before=0)
    return replace(awake, progress=awake.after(allowed(awake.progress, Command.EXPIRE)))


def _by_hand(new: NewIncident) -> frozenset[ByHand]:
    """What the person who makes an incident has set; no components is for alerts to fill in."""
    said = {ByHand.TITLE, ByHand.DESCRIPTION, ByHand.SEVERITY}
    return frozenset(said | {ByHand.COMPONENTS} if new.component_ids else said)


def _none(incident: Incident, _: Entry) -> Incident:
    return incident


def _assign(incident: Incident, entry: Entry) -> Incident:
    to = people.from_json(entry.detail["to"])
    responders = people.assigned(incident.responders, to, entry.at)
    return replace(incident, responders=responders, snoozed_before=0)


def _add_responders(incident: Incident, entry: Entry) -> Incident:
    added = people.assigned((), people.from_json(entry.detail["to"]), entry.at)
    return replace(incident, responders=(*incident.responders, *added))


def _snooze(incident: Incident, entry: Entry) -> Incident:
    return replace(incident, snoozed_before=entry.at + 60 * entry.detail["minutes"])


def _wake(incident: Incident, _: Entry) -> Incident:
    return replace(incident, snoozed_before=0)


def _ack(incident: Incident, entry: Entry) -> Incident:
    responders = people.acknowledged(incident.responders, _who(entry), entry.at)
    return replace(incident, responders=responders, ack_time=incident.ack_time or entry.at)


def _unack(incident: Incident, entry: Entry) -> Incident:
    responders = people.unacknowledged(incident.responders, _who(entry))
    return replace(incident, responders=responders)


def _storm(incident: Incident, entry: Entry) -> Incident:
    return replace(incident, storms=(*incident.storms, entry.detail["threshold"]))


def _resolve(incident: Incident, entry: Entry) -> Incident:
    closed = replace(
        incident,
        close_time=entry.at,
        closer=entry.person,
        snoozed_before=0,
        merged_into=entry.detail.get("merged_into"),
    )
    if "end_time" not in entry.detail:
        return closed
    return replace(closed, end_time=entry.detail["end_time"], status=Status.OK)


def _reopen(incident: Incident, entry: Entry) -> Incident:
    unacknowledged = tuple(replace(one, acknowledged_at=0) for one in incident.responders)
    return replace(
        incident,
        responders=unacknowledged,
        close_time=0,
        end_time=0,
        closer=None,
        merged_into=None,
        opened_at=entry.at,
    )


def _severity(incident: Incident, entry: Entry) -> Incident:
    severity = Severity(entry.detail["to"])
    alone = incident.manual and incident.alert_cnt == 0
    status = Status(severity) if alone else incident.status
    by_hand = incident.by_hand | {ByHand.SEVERITY}
    return replace(incident, severity=severity, status=status, by_hand=by_hand)


def _field(incident: Incident, entry: Entry) -> Incident:
    """A custom field by its `field_name`; the components, which have no event of their own in the
    seed, by `attribute`."""
    to = entry.detail["to"]
    if "attribute" in entry.detail:
        by_hand = incident.by_hand | {ByHand.COMPONENTS}
        return replace(incident, component_ids=tuple(to), by_hand=by_hand)
    name = entry.detail["field_name"]
    others = {key: value for key, value in incident.fields.items() if key != name}
    return replace(incident, fields=others if to is None else {**others, name: to})


def _title(incident: Incident, entry: Entry) -> Incident:
    return replace(incident, title=entry.detail["to"], by_hand=incident.by_hand | {ByHand.TITLE})


def _description(incident: Incident, entry: Entry) -> Incident:
    by_hand = incident.by_hand | {ByHand.DESCRIPTION}
    return replace(incident, description=entry.detail["to"], by_hand=by_hand)


def _impact(incident: Incident, entry: Entry) -> Incident:
    return replace(incident, impact=entry.detail["to"])


def _root_cause(incident: Incident, entry: Entry) -> Incident:
    return replace(incident, root_cause=entry.detail["to"])


def _resolution(incident: Incident, entry: Entry) -> Incident:
    return replace(incident, resolution=entry.detail["to"])


def _who(entry: Entry) -> Person:
    """The person of an event that is always somebody's."""
    assert entry.person is not None
    return entry.person


# What each event does beside the progress that COURSE names; those left out do nothing else.
_EFFECTS: dict[IncidentEvent, Callable[[Incident, Entry], Incident]] = {
    IncidentEvent.ASSIGN: _assign,
    IncidentEvent.ADD_RESPONDERS: _add_responders,
    IncidentEvent.SNOOZE: _snooze,
    IncidentEvent.WAKE: _wake,
    IncidentEvent.ACK: _ack,
    IncidentEvent.UNACK: _unack,
    IncidentEvent.STORM: _storm,
    IncidentEvent.RESOLVE: _resolve,
    IncidentEvent.REOPEN: _reopen,
    IncidentEvent.TITLE: _title,
    IncidentEvent.DESCRIPTION: _description,
    IncidentEvent.IMPACT: _impact,
    IncidentEvent.ROOT_CAUSE: _root_cause,
    IncidentEvent.RESOLUTION: _resolution,
    IncidentEvent.SEVERITY: _severity,
    IncidentEvent.FIELD: _field,
}
