"""The board as of any event of the log: a snapshot, and what the log tells after it."""

from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model import snapshot
from tocsin.model.board import Board
from tocsin.store import log, snapshots
from tocsin.store.store import Store

# Events folded in one read transaction.
_PART = 500


class _Folded(NamedTuple):
    """A board on its way, and the sequence up to which the log is in it."""

    board: Board
    sequence: int


async def board_at(store: Store, sequence: int) -> Board | None:
    """The board once the event of `sequence` had been committed, which must not lie beyond the
    head; None when what leads there is no longer kept."""
    folded = await store.read(partial(_base, until=sequence))
    while folded is not None and folded.sequence < sequence:
        on = await store.read(partial(_fold, before=folded, until=sequence))
        # Where retention has overtaken, it left a snapshot that lies further on.
        folded = on or await store.read(partial(_base, until=sequence))
    return folded and folded.board


def _base(conn: Connection, until: int) -> _Folded | None:
    found = snapshots.find(conn, until)
    if found is not None:
        return _Folded(snapshot.decode(found.data), found.sequence)
    return _Folded(Board(), 0) if log.facts(conn).first_available == 1 else None


def _fold(conn: Connection, before: _Folded, until: int) -> _Folded | None:
    if log.facts(conn).first_available > before.sequence + 1:
        return None
    events = snapshots.told(conn, before.sequence, until, _PART)
    reached = events[-1].sequence if len(events) == _PART else until
    return _Folded(before.board.apply(tuple(events)), reached)
