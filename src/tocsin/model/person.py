"""People, and those of them who respond to an incident (seeds/flashduty-incident-webhook.txt)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec


@dataclass(frozen=True)
class Person:
    """Somebody, by the names of the seed."""

    person_id: int
    person_name: str
    email: str


@dataclass(frozen=True)
class Responder:
    """Somebody whom an incident was given to, or who took it. Times are Unix seconds;
    `acknowledged_at` is 0 until they acknowledge."""

    person: Person
    assigned_at: int
    acknowledged_at: int = 0


Responders = tuple[Responder, ...]


def find(responders: Responders, person: Person) -> Responder | None:
    """The responder who is this person."""
    same = (one for one in responders if one.person.person_id == person.person_id)
    return next(same, None)


def assigned(responders: Responders, people: Iterable[Person], now: int) -> Responders:
    """These people as of `now`. Who had acknowledged has."""
    before = {one.person.person_id: one.acknowledged_at for one in responders}
    return tuple(Responder(one, now, before.get(one.person_id, 0)) for one in people)


def acknowledged(responders: Responders, person: Person, now: int) -> Responders:
    """With the acknowledgement of somebody, who becomes a responder by it."""
    if find(responders, person) is None:
        return (*responders, Responder(person, now, now))
    return _marked(responders, person, now)


def unacknowledged(responders: Responders, person: Person) -> Responders:
    """Without the acknowledgement of somebody, who stays a responder."""
    return _marked(responders, person, 0)


def _marked(responders: Responders, person: Person, at: int) -> Responders:
    return tuple(
        replace(one, acknowledged_at=at) if one.person.person_id == person.person_id else one
        for one in responders
    )


def as_json(people: Iterable[Person]) -> list[dict[str, Any]]:
    """The people as they stand in a timeline entry."""
    return [vars(one).copy() for one in people]


def from_json(people: Any) -> tuple[Person, ...]:
    """The people that `as_json` wrote."""
    return msgspec.convert(people, tuple[Person, ...])
