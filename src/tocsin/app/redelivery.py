"""Sending again what was sent, or should have been (spec: webhooks, "Delivery").

What has ended never changes: an event that is told again gets a new delivery, with the same id and
the same place among those of its key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.app import deliveries
from tocsin.model.delivery import UNFINISHED, Delivery, State
from tocsin.model.endpoint import Endpoint, Kind, Profile
from tocsin.model.endpoint_choice import wants
from tocsin.model.errors import Code, Refused, invalid, not_found
from tocsin.model.event import Event
from tocsin.model.position import Position
from tocsin.model.resume import Moment
from tocsin.model.topic import TopicFilter
from tocsin.store import delivery_log, endpoints, log
from tocsin.store.enlisting import Due, Place
from tocsin.store.tx import Tx

# How many deliveries one replay writes at most (spec: webhooks, "Delivery").
LIMIT: Final = 1_000
# How much of the log one replay looks at: everybody else waits for it meanwhile.
_SCAN_EVENTS: Final = 5_000
_SCAN_BYTES: Final = 8 * 1024 * 1024
# Read at once, since an event can have 256 KiB.
_PART_EVENTS: Final = 100

_EVERYTHING: Final = TopicFilter.parse([])
_INCIDENTS: Final = TopicFilter.parse(["incident/>"])
_LOST: Final = frozenset({State.FAILED, State.CANCELLED})

Bound = Position | Moment
"""A place in the log: after an event, or before what was recorded at a time or later."""


@dataclass(frozen=True)
class Asked:
    """What is to be told again: the events between two places, by default from the oldest that is
    still there to the newest. `only_failed`: only those that did not arrive, for as long as that is
    known."""

    since: Bound | None = None
    until: Bound | None = None
    only_failed: bool = False


@dataclass(frozen=True)
class Replayed:
    """How many deliveries were written. Where `next` is not None, the replay is to go on there."""

    created: int
    next: Position | None


def retry(tx: Tx, delivery_id: str) -> Delivery:
    """Send a delivery again; returns the new one.

    Refuses `not_found` where it, its endpoint or its event in the log is gone, and `conflict` while
    the event is on its way or the endpoint takes none.
    """
    old = deliveries.get(tx.conn, delivery_id)
    endpoint = _listening(tx, old.endpoint_id)
    before = delivery_log.of_events(tx.conn, old.endpoint_id, [old.sequence])[old.sequence]
    if any(one.state in UNFINISHED for one in before):
        raise Refused(Code.CONFLICT, "The event is on its way to the endpoint already.")
    if not log.page(tx.conn, _EVERYTHING, old.sequence - 1, old.sequence, 1).events:
        raise not_found("event in the log any more")
    tx.enlist([Due(endpoint, old.sequence, old.key, old.event_type, _place(before))])
    return delivery_log.of_events(tx.conn, old.endpoint_id, [old.sequence])[old.sequence][-1]


def replay(tx: Tx, endpoint_id: str, asked: Asked) -> Replayed:
    """Tell an endpoint again what it wants of a part of the log, oldest first, but for what is on
    its way. What it was not told before gets the next place of its key.

    One call does a bounded part of the work, and may write nothing before the end is reached.
    Refuses `not_found` for an endpoint that is gone, `conflict` for one that takes no events, and
    `invalid` for a position of another log.
    """
    endpoint = _listening(tx, endpoint_id)
    tx.flush()
    after = tx.first_available - 1 if asked.since is None else _sequence(tx, asked.since, "since")
    until = tx.head if asked.until is None else _sequence(tx, asked.until, "until")
    dues, scanned = _scan(tx, endpoint, (after, until), asked.only_failed)
    tx.enlist(dues)
    return Replayed(len(dues), Position(tx.epoch, scanned) if scanned < until else None)


def _listening(tx: Tx, endpoint_id: str) -> Endpoint:
    endpoint = endpoints.find(tx.conn, endpoint_id)
    if endpoint is None:
        raise not_found("endpoint any more")
    if endpoint.kind is not Kind.PUSH:
        raise Refused(Code.CONFLICT, "The endpoint is told of nothing by itself.")
    if not endpoint.enabled:
        raise Refused(Code.CONFLICT, "The endpoint is disabled; enable it first.")
    return endpoint


def _sequence(tx: Tx, bound: Bound, path: str) -> int:
    """The sequence of the last event before it."""
    if isinstance(bound, Moment):
        return log.sequence_at(tx.conn, bound.time_ms)
    if bound.epoch != tx.epoch:
        raise invalid(path, "is a position of another log")
    return min(bound.sequence, tx.head)


def _scan(
    tx: Tx, endpoint: Endpoint, bounds: tuple[int, int], only_failed: bool
) -> tuple[list[Due], int]:
    """What the endpoint is to be told of between two sequences, as far as one call looks; and how
    far that is."""
    after, until = bounds
    last = min(until, after + log.SCAN_LIMIT)
    dues: list[Due] = []
    events = size = 0
    while after < last and len(dues) < LIMIT and events < _SCAN_EVENTS and size < _SCAN_BYTES:
        part = min(_PART_EVENTS, LIMIT - len(dues))
        page = log.page(tx.conn, _topics(endpoint), after, last, part)
        dues += _again(tx, endpoint, page.events, only_failed)
        after = page.scanned
        events += len(page.events)
        size += sum(len(event.data) for event in page.events)
    return dues, after


def _topics(endpoint: Endpoint) -> TopicFilter:
    """Nothing of any other topic is for it."""
    return (
        _INCIDENTS if endpoint.profile is Profile.FLASHDUTY else TopicFilter.parse(endpoint.topics)
    )


def _again(tx: Tx, endpoint: Endpoint, events: Sequence[Event], only_failed: bool) -> Iterator[Due]:
    """Those of the events that the endpoint is to be told of."""
    wanted = [(event, wants(endpoint, event)) for event in events]
    sequences = [event.sequence for event, event_type in wanted if event_type is not None]
    told = delivery_log.of_events(tx.conn, endpoint.id, sequences)
    for event, event_type in wanted:
        before = told[event.sequence]
        if event_type is not None and _is_due(before, only_failed):
            yield Due(endpoint, event.sequence, event.key, event_type, _place(before))


def _is_due(before: Sequence[Delivery], only_failed: bool) -> bool:
    states = {one.state for one in before}
    if states & UNFINISHED:
        return False
    return bool(states & _LOST) and State.DELIVERED not in states if only_failed else True


def _place(before: Sequence[Delivery]) -> Place | None:
    """The place that the event had when it was told before, and what it was called then: the log
    may have been restored since."""
    if not before:
        return None
    last = before[-1]
    return Place(last.webhook_id, last.ordinal, last.previous_id, last.superseded)
