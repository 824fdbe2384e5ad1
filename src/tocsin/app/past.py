"""What pages showed at some moment of the past."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.app.replay import board_at
from tocsin.model.asked_time import parse_at
from tocsin.model.board import Board
from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.model.history import as_told, is_public
from tocsin.model.issue import Issue
from tocsin.store import history, log, snapshots
from tocsin.store.store import Store

# Boards held for those who ask for the same moment again.
_HELD = 16


class _Then(NamedTuple):
    """A board of the past, and the sequence of the newest event in it."""

    board: Board
    sequence: int


class Past:
    """What was recorded within a second counts as having stood at that second: times of the API are
    whole seconds, and an issue made at `created_at` stands at `created_at`.

    An issue that was deleted is gone from the past as well; an edit takes nothing back.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._held: OrderedDict[int, Board] = OrderedDict()
        self._folding = asyncio.Lock()

    def moment(self, at: str) -> int:
        """What `?at=` says, in Unix seconds. Refused: invalid, when unreadable or in the future."""
        return parse_at(at, self._clock.now_ms() // 1_000)

    async def board(self, at: int) -> Board:
        """The board as it stood at `at` (Unix seconds), in the words of then.

        Asked again for the same board, it is the same object for a while. Refused: not_found, when
        the moment lies before all that is kept.
        """
        return (await self._then(at)).board

    async def issues(self, at: int, query: Callable[[Connection], list[Issue]]) -> list[Issue]:
        """The issues that `query` (of `store.history`, with the components of that time's page)
        gives, each as it stood at `at`; without those that nobody could know of then.

        Refused as `board`.
        """
        then = await self._then(at)
        return await self._store.read(lambda conn: list(_stood(conn, query(conn), then, at)))

    async def _then(self, at: int) -> _Then:
        sequence = await self._store.read(partial(_sequence, time_ms=at * 1_000 + 999))
        async with self._folding:
            board = self._held.pop(sequence, None) or await board_at(self._store, sequence)
            if board is None:
                raise _not_kept()
            self._held[sequence] = board
            if len(self._held) > _HELD:
                self._held.popitem(last=False)
        return _Then(await self._store.read(partial(_without_deleted, board=board)), sequence)


def _sequence(conn: Connection, time_ms: int) -> int:
    """Of the newest event recorded by then."""
    sequence = log.sequence_at(conn, time_ms + 1)
    if sequence and sequence < log.facts(conn).first_available:
        oldest = snapshots.find(conn, sequence)
        if oldest is None or oldest.recorded_ms > time_ms:
            raise _not_kept()
    return sequence


def _without_deleted(conn: Connection, board: Board) -> Board:
    existing = history.existing(conn, board.issues)
    if len(existing) == len(board.issues):
        return board
    kept = {id_: issue for id_, issue in board.issues.items() if id_ in existing}
    return replace(board, issues=kept)


def _stood(conn: Connection, found: list[Issue], then: _Then, at: int) -> Iterator[Issue]:
    made = [issue for issue in found if issue.created_at <= at]
    told = history.told(conn, [issue.id for issue in made], then.sequence)
    for issue in made:
        stood = then.board.issues.get(issue.id) or as_told(issue, told.get(issue.id), at)
        if is_public(stood):
            yield stood


def _not_kept() -> Refused:
    return Refused(Code.NOT_FOUND, "What was then is no longer kept.")
