"""Publishing into the log, each named event once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from tocsin.model.event import NewEvent
from tocsin.store.tables import event_ids
from tocsin.store.tx import Tx

# How long a publisher's ids are remembered, in seconds (spec: HTTP API, "The event API").
REMEMBERED_S = 24 * 60 * 60

_FIND = select(event_ids.c.id, event_ids.c.sequence, event_ids.c.recorded_at).where(
    event_ids.c.publisher == bindparam("by"),
    event_ids.c.id.in_(bindparam("ids", expanding=True)),
)
_REMEMBER = insert(event_ids)
_FORGET = delete(event_ids).where(
    event_ids.c.publisher == bindparam("by"), event_ids.c.id == bindparam("name")
)


@dataclass(frozen=True)
class Published:
    """Between which sequences the events stand, and how many of them were not there before."""

    first: int
    last: int
    count: int


def publish(tx: Tx, publisher: str, events: Sequence[NewEvent]) -> Published:
    """Append the events, of which there is at least one.

    One whose id this publisher has used within 24 hours, or earlier in `events`, is not stored
    again.
    """
    ids = [event.id for event in events if event.id is not None]
    known = _remembered(tx, publisher, ids) if ids else {}
    before = tx.head
    named: dict[str, int] = {}
    sequences = [_append_once(tx, event, known, named) for event in events]
    if named:
        _remember(tx, publisher, named)
    return Published(min(sequences), max(sequences), tx.head - before)


def _append_once(tx: Tx, event: NewEvent, known: dict[str, int], named: dict[str, int]) -> int:
    if event.id in known:
        return known[event.id]
    sequence = tx.append(
        event.type,
        event.topic,
        event.data,
        key=event.key,
        time_ms=event.time_ms,
        source=event.source,
    )
    if event.id is not None:
        known[event.id] = named[event.id] = sequence
    return sequence


def _remembered(tx: Tx, publisher: str, ids: list[str]) -> dict[str, int]:
    found = tx.conn.execute(_FIND, {"by": publisher, "ids": ids}).all()
    since = tx.now - REMEMBERED_S
    # Those past their time make room for their successors.
    past = [{"by": publisher, "name": row.id} for row in found if row.recorded_at <= since]
    if past:
        tx.conn.execute(_FORGET, past)
    return {row.id: row.sequence for row in found if row.recorded_at > since}


def _remember(tx: Tx, publisher: str, named: dict[str, int]) -> None:
    rows = [
        {"publisher": publisher, "id": id_, "sequence": sequence, "recorded_at": tx.now}
        for id_, sequence in named.items()
    ]
    tx.conn.execute(_REMEMBER, rows)
