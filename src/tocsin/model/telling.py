"""Who is told of what happens to an incident: those whom it is given to, and who work on it; and
to an endpoint: its owner.

Nobody is told of what they did themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tocsin.model import person as people
from tocsin.model.incident import Incident, IncidentEvent
from tocsin.model.person import Person
from tocsin.model.timeline import Entry


class Occasion(StrEnum):
    """What somebody is told of."""

    NEW = "new"
    ASSIGNED = "assigned"
    ESCALATED = "escalated"
    AWAKE = "awake"  # its snooze has run out
    STORM = "storm"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    WARNED = "warned"  # nothing arrives at an endpoint
    DISABLED = "disabled"  # an endpoint, by itself


_TO_RESPONDERS = {
    IncidentEvent.STORM: Occasion.STORM,
    IncidentEvent.REOPEN: Occasion.REOPENED,
    IncidentEvent.RESOLVE: Occasion.RESOLVED,
}
TYPES = frozenset({*_TO_RESPONDERS, IncidentEvent.ASSIGN, IncidentEvent.ADD_RESPONDERS})
"""The events that somebody is told of."""

OF_ENDPOINTS = frozenset({Occasion.WARNED, Occasion.DISABLED})
"""What the owner of an endpoint is told; all else is of incidents."""

MUTED = frozenset({Occasion.NEW, Occasion.ESCALATED, Occasion.STORM})
"""What nobody is told of an incident whose alerts are flapping."""


@dataclass(frozen=True)
class Told:
    """An occasion, and who is told."""

    occasion: Occasion
    people: tuple[Person, ...]


def told(entry: Entry, incident: Incident) -> Told | None:
    """Who is told of an event; `incident` is as it is right after it. None: nobody."""
    if entry.type not in TYPES:
        return None
    if entry.type in _TO_RESPONDERS:
        responders = (one.person for one in incident.responders)
        return _others(_TO_RESPONDERS[entry.type], responders, entry)
    to = people.from_json(entry.detail["to"])
    return _others(_given(entry, incident), to, entry)


def is_moot(occasion: Occasion, incident: Incident) -> bool:
    """Whether what could not be told at once need not be told any more."""
    return (occasion is Occasion.RESOLVED) == incident.open


def _given(entry: Entry, incident: Incident) -> Occasion:
    """Why people are told who are given the incident."""
    if entry.detail.get("reason") == "snooze expired":
        return Occasion.AWAKE
    if entry.detail.get("level", 1) > 1:
        return Occasion.ESCALATED
    just_now = incident.version == 2 or "level" in entry.detail
    return Occasion.NEW if just_now else Occasion.ASSIGNED


def _others(occasion: Occasion, those: Iterable[Person], entry: Entry) -> Told | None:
    """All but who did it, or asked for it in somebody's stead."""
    by = entry.detail.get("by", {}).get("person_id")
    actors = {by, entry.person and entry.person.person_id}
    others = tuple(one for one in those if one.person_id not in actors)
    return Told(occasion, others) if others else None
