"""Reading the log. Every function takes a connection inside a transaction and does bounded work."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import groupby, islice
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, or_, select, true
from sqlalchemy.sql import ColumnElement

from tocsin.model.event import Change, Event
from tocsin.model.topic import TopicFilter
from tocsin.store.tables import events, log

# How many rows one page looks at to find what a pattern with wildcards chooses.
SCAN_LIMIT = 20_000


class LogFacts(NamedTuple):
    """Where the log begins and ends: `head` is the sequence of the newest event, 0 in a new log.

    `first_available` is that of the oldest event still there, `head + 1` when there is none.
    """

    epoch: str
    head: int
    first_available: int
    recorded_ms: int
    """When the newest event was recorded; 0 when there is none."""
    endpoints: int
    """Grows whenever an endpoint changes; 0 before there was any."""


class LogPage(NamedTuple):
    """A part of the log, oldest first.

    `scanned` is the sequence up to which the log has been looked at, to go on after: a filtered
    page may be short, or empty, before the end is reached. Where `first_available` is more than one
    above the sequence that the page was to begin after, retention has removed what was between.
    """

    events: list[Event]
    scanned: int
    first_available: int


# One statement, so that it is one moment also where each statement has a snapshot of its own. A
# max() together with a min() in one select would read the whole table.
_newest = (
    select(events.c.sequence, events.c.recorded_ms)
    .order_by(events.c.sequence.desc())
    .limit(1)
    .subquery()
)
_FACTS = select(
    log.c.epoch, log.c.trimmed, log.c.endpoints, _newest.c.sequence, _newest.c.recorded_ms
).outerjoin_from(log, _newest, true())
_TRIMMED = select(log.c.trimmed)
_RECORDED = select(events.c.recorded_ms).where(events.c.sequence == bindparam("sequence"))

_RANGE = events.c.sequence.between(bindparam("first"), bindparam("last"))
_EVENTS = select(events).where(_RANGE).order_by(events.c.sequence).limit(bindparam("limit"))
_CHOSEN = (
    select(events)
    .where(events.c.sequence.in_(bindparam("sequences", expanding=True)))
    .order_by(events.c.sequence)
)
# Answered from the index (topic, sequence) alone.
_OF_TOPIC = (
    select(events.c.sequence)
    .where(events.c.topic == bindparam("topic"), _RANGE)
    .order_by(events.c.sequence)
    .limit(bindparam("limit"))
)
_TOPICS = select(events.c.sequence, events.c.topic).where(_RANGE).order_by(events.c.sequence)


def facts(conn: Connection) -> LogFacts:
    """The log's facts at the moment of this transaction."""
    epoch, trimmed, endpoints, sequence, recorded_ms = conn.execute(_FACTS).one()
    head = trimmed if sequence is None else sequence
    return LogFacts(epoch, head, trimmed + 1, recorded_ms or 0, endpoints)


def page(conn: Connection, topics: TopicFilter, after: int, until: int, limit: int) -> LogPage:
    """At most `limit` events that `topics` chooses, after one sequence and up to another.

    Looks at no more than SCAN_LIMIT rows, or `limit` for each topic asked for by name. `until` must
    not lie beyond the head.
    """
    trimmed = conn.execute(_TRIMMED).scalar_one()
    first = max(after, trimmed) + 1
    if first > until:
        return LogPage([], max(after, min(trimmed, until)), trimmed + 1)
    if topics.everything:
        found = _between(conn, first, until, limit)
        return LogPage(found, _scanned(found, limit, until), trimmed + 1)
    if topics.wildcards:
        until = min(until, first + SCAN_LIMIT - 1)
        sequences = _matching(conn, topics, first, until, limit)
    else:
        sequences = _named(conn, topics.exact, first, until, limit)
    found = chosen(conn, sequences)
    return LogPage(found, _scanned(found, limit, until), trimmed + 1)


def chosen(conn: Connection, sequences: Collection[int]) -> list[Event]:
    """The events with these sequences, in order, as far as retention has left them."""
    if not sequences:
        return []
    return [Event(*row) for row in conn.execute(_CHOSEN, {"sequences": list(sequences)}).all()]


def sequence_at(conn: Connection, time_ms: int) -> int:
    """The sequence of the newest event recorded before `time_ms` (Unix), to read on after.

    The one before the first available when there is none.
    """
    _, head, first_available, *_ = facts(conn)
    available = range(first_available, head + 1)
    older = bisect_left(available, time_ms, key=lambda sequence: recorded_ms(conn, sequence))
    return first_available - 1 + older


def recorded_ms(conn: Connection, sequence: int) -> int:
    """When that event, which is still there, was recorded (Unix)."""
    found: int = conn.execute(_RECORDED, {"sequence": sequence}).scalar_one()
    return found


def changes(conn: Connection, after: int, until: int) -> Iterator[Change]:
    """The changes whose events stand after one sequence and up to another, in order."""
    for _, change in groupby(_each(conn, after, until), key=lambda event: event.change):
        yield tuple(change)


def _each(conn: Connection, after: int, until: int) -> Iterator[Event]:
    while found := _between(conn, after + 1, until, 1_000):
        yield from found
        after = found[-1].sequence


def _scanned(found: list[Event], limit: int, until: int) -> int:
    return found[-1].sequence if len(found) >= limit else until


def _between(conn: Connection, first: int, last: int, limit: int) -> list[Event]:
    rows = conn.execute(_EVENTS, {"first": first, "last": last, "limit": limit})
    return [Event(*row) for row in rows]


def _named(conn: Connection, topics: Iterable[str], first: int, last: int, limit: int) -> list[int]:
    bounds = {"first": first, "last": last, "limit": limit}
    streams = [conn.execute(_OF_TOPIC, {"topic": topic, **bounds}).scalars() for topic in topics]
    return list(islice(merge(*streams), limit))


def _matching(
    conn: Connection, topics: TopicFilter, first: int, last: int, limit: int
) -> list[int]:
    rows = conn.execute(_TOPICS.where(_may_match(topics)), {"first": first, "last": last})
    return list(islice((sequence for sequence, topic in rows if topics.matches(topic)), limit))


def _may_match(topics: TopicFilter) -> ColumnElement[bool]:
    """What the database can leave out by itself; the rest is for `TopicFilter.matches`.

    Not LIKE or GLOB: their own wildcards are letters of topics, and each engine has its own rules.
    """
    prefixes = [pattern.prefix for pattern in topics.wildcards]
    if not all(prefixes):
        return true()
    return or_(
        events.c.topic.in_(sorted(topics.exact)),
        *(func.substr(events.c.topic, 1, len(prefix)) == prefix for prefix in prefixes),
    )
