"""The board as it stood at some moment: a snapshot, and what the log tells after it."""

import asyncio
from collections import OrderedDict
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model import snapshot
from tocsin.model.asked_time import parse_at
from tocsin.model.board import Board
from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.store import log, snapshots
from tocsin.store.store import Store

# Events folded in one read transaction.
_PART = 500
# Boards kept for those who ask for the same moment again.
_HELD = 16


class _Place(NamedTuple):
    """A moment's place in the log: its newest event, and the snapshot to begin from."""

    sequence: int
    base: int


class _Folded(NamedTuple):
    """A board on its way, and the sequence up to which the log is in it."""

    board: Board
    sequence: int


class Past:
    """Boards of the past. A second is over when its last event is: what was recorded within it
    counts as having stood then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._held: OrderedDict[int, Board] = OrderedDict()
        self._folding = asyncio.Lock()

    def moment(self, at: str) -> int:
        """What `?at=` says, in Unix seconds. Refused: invalid, when unreadable or in the future."""
        return parse_at(at, self._clock.now_ms() // 1_000)

    async def board(self, at: int) -> Board:
        """The board as it stood at `at` (Unix seconds), with what was said by then as it was said.

        Asked again for the same board, it is the same object for a while. Refused: not_found, when
        the moment lies before all that is kept.
        """
        place = await self._store.read(lambda conn: _place(conn, at * 1_000 + 999))
        async with self._folding:
            board = self._held.pop(place.sequence, None)
            if board is None:
                board = await self._fold(place)
            self._held[place.sequence] = board
            if len(self._held) > _HELD:
                self._held.popitem(last=False)
        return board

    async def _fold(self, place: _Place) -> Board:
        folded = await self._store.read(partial(_base, sequence=place.base))
        while folded.sequence < place.sequence:
            part = partial(_fold_part, before=folded, until=place.sequence)
            folded = await self._store.read(part)
        return folded.board


def _place(conn: Connection, time_ms: int) -> _Place:
    base = snapshots.find(conn, time_ms)
    if base is None and log.facts(conn).first_available > 1:
        raise _not_kept()
    return _Place(log.sequence_at(conn, time_ms + 1), base or 0)


def _base(conn: Connection, sequence: int) -> _Folded:
    data = snapshots.data(conn, sequence)
    return _Folded(snapshot.decode(data) if data else Board(), sequence)


def _fold_part(conn: Connection, before: _Folded, until: int) -> _Folded:
    """The board some events further on; retention may have been there first."""
    if log.facts(conn).first_available > before.sequence + 1:
        raise _not_kept()
    events = snapshots.told(conn, before.sequence, until, _PART)
    reached = events[-1].sequence if len(events) == _PART else until
    return _Folded(before.board.apply(tuple(events)), reached)


def _not_kept() -> Refused:
    return Refused(Code.NOT_FOUND, "What was then is no longer kept.")
