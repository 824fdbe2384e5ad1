"""Publishing into the log, each named event once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from tocsin.model.event import NewEvent
from tocsin.store.tables import event_ids
from tocsin.store.tx import Tx

# How long a publisher's ids are remembered, in seconds (spec: HTTP API, "The event API").
REMEMBERED_S = 24 * 60 * 60

_NAMED = (event_ids.c.publisher == bindparam("by")) & event_ids.c.id.in_(
    bindparam("ids", expanding=True)
)
_FIND = select(event_ids.c.id, event_ids.c.sequence).where(
    _NAMED, event_ids.c.recorded_at > bindparam("since")
)
_FORGET = delete(event_ids).where(_NAMED, event_ids.c.recorded_at <= bindparam("since"))
_REMEMBER = insert(event_ids)


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
    known = _known(tx, publisher, ids) if ids else {}
    before = tx.head
    named: dict[str, int] = {}
    sequences = [_append_once(tx, event, known, named) for event in events]
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


def _known(tx: Tx, publisher: str, ids: list[str]) -> dict[str, int]:
    bounds = {"by": publisher, "ids": ids, "since": tx.now - REMEMBERED_S}
    return {row.id: row.sequence for row in tx.conn.execute(_FIND, bounds)}


def _remember(tx: Tx, publisher: str, named: dict[str, int]) -> None:
    if not named:
        return
    # One of them may be past its time and not yet forgotten.
    since = tx.now - REMEMBERED_S
    tx.conn.execute(_FORGET, {"by": publisher, "ids": list(named), "since": since})
    tx.conn.execute(
        _REMEMBER,
        [
            {"publisher": publisher, "id": id_, "sequence": sequence, "recorded_at": tx.now}
            for id_, sequence in named.items()
        ],
    )
