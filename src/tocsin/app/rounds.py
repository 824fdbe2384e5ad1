"""Carrying messages from the database to people, as many at once as can be, each thing once."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from random import Random
from typing import Generic, Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from tocsin.app.clock import AlarmClock, woken
from tocsin.model.trying import Result, Tried
from tocsin.store.store import Store, StoreUnavailable
from tocsin.store.tx import Tx

_log = structlog.get_logger(__name__)

_RETRY_MS = 1_000
# After a fault of ours, which must not take the rest of the service with it.
_FAULT_RETRY_MS = 60_000
# How long what is being carried may take to arrive when the service stops, in seconds.
_GRACE_S = 5


class Message(Protocol):
    """Something to be carried. `tries` counts those begun, this one included."""

    @property
    def id(self) -> str:
        """Which one it is."""
        ...

    @property
    def tries(self) -> int:
        """How often it was tried."""
        ...


M = TypeVar("M", bound=Message)


class Errands(Protocol[M]):
    """What there is to carry, where it is kept, and how it is carried."""

    medium: str
    """How logs call it."""
    at_once: int
    """How many messages are carried at the same time."""

    def claim(self, tx: Tx, limit: int, busy: Collection[str]) -> list[M]:
        """Take messages that are due, but for those `busy`; nobody else does for a while."""
        ...

    def settle(self, tx: Tx, message: M, tried: Tried, chance: float) -> Tried:
        """Keep what became of a message, and return it; `chance` is a random number."""
        ...

    def next_due_ms(self, conn: Connection) -> int | None:
        """When the next message is due (Unix ms, maybe past)."""
        ...

    async def carry(self, message: M) -> Tried:
        """Try to deliver one; a failure of the other side is what comes back."""
        ...

    async def rest(self) -> None:
        """Give up what costs something while there is nothing to carry."""
        ...

    async def close(self) -> None:
        """Give up everything: nothing more will be carried."""
        ...


class Round(Generic[M]):
    """Carries messages of one kind, as many at once as may be. Lives on the loop.

    `note` is told what became of each.
    """

    def __init__(
        self,
        store: Store,
        clock: AlarmClock,
        errands: Errands[M],
        chance: Random,
        note: Callable[[M, Tried], None],
    ) -> None:
        self._woken = asyncio.Event()
        self._store = store
        self._clock = clock
        self._errands = errands
        self._chance = chance
        self._note = note
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._ending = False

    def wake(self) -> None:
        """Look again for what is due."""
        self._woken.set()

    def end(self) -> None:
        """Begin nothing more. To be cancelled is not enough: a library that is waited for may keep
        that to itself, as `asyncio.wait_for` does before Python 3.12."""
        self._ending = True
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled and told to end."""
        try:
            while not self._ending:
                self._woken.clear()
                try:
                    next_ms = await self._take()
                except StoreUnavailable as failure:
                    _log.warning("messages wait for the store", cause=str(failure))
                    next_ms = self._clock.now_ms() + _RETRY_MS
                except Exception:
                    _log.exception("messages could not be read", medium=self._errands.medium)
                    next_ms = self._clock.now_ms() + _FAULT_RETRY_MS
                await self._wait(next_ms)
        finally:
            if self._under_way:
                _, late = await asyncio.wait(self._under_way.values(), timeout=_GRACE_S)
                for task in late:
                    task.cancel()
            await self._errands.close()

    async def _take(self) -> int | None:
        """Begin to carry all that is due and can be; when the next will be (Unix ms)."""
        at_once = self._errands.at_once
        # Not one by one: what is taken together shares its queries and its commit.
        while (free := at_once - len(self._under_way)) >= max(1, at_once // 4):
            busy = frozenset(self._under_way)
            unit = partial(self._errands.claim, limit=free, busy=busy)
            claimed = (await self._store.change(unit)).value
            for message in claimed:
                task = asyncio.create_task(self._carry(message))
                self._under_way[message.id] = task
                task.add_done_callback(partial(self._arrived, message.id))
            if len(claimed) < free:
                break
        if not self._under_way:
            await self._errands.rest()
        return await self._store.read(self._errands.next_due_ms)

    async def _carry(self, message: M) -> None:
        try:
            tried = await self._errands.carry(message)
        except Exception:
            _log.exception("a message could not be made or sent", message=message.id)
            tried = Tried(Result.FAILED, "a fault of ours")
        settled = await self._settle(message, tried)
        self._note(message, settled)
        if settled.result is not Result.DELIVERED:
            _log.info(
                "a message was not delivered",
                message=message.id,
                medium=self._errands.medium,
                result=settled.result.value,
                reason=settled.reason,
                tries=message.tries,
            )

    async def _settle(self, message: M, tried: Tried) -> Tried:
        """Keep what became of it. Until that succeeds it counts as being sent, and is not again."""
        unit = partial(
            self._errands.settle, message=message, tried=tried, chance=self._chance.random()
        )
        while True:
            try:
                return (await self._store.change(unit)).value
            except StoreUnavailable as failure:
                _log.warning("a result waits for the store", cause=str(failure))
                await self._clock.until(self._clock.now_ms() + _RETRY_MS)

    def _arrived(self, message: str, task: asyncio.Task[None]) -> None:
        del self._under_way[message]
        self._woken.set()
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.error("a result could not be kept", message=message, exc_info=failure)

    async def _wait(self, next_ms: int | None) -> None:
        """Until the next is due and somebody is free to carry it; who arrives wakes us too."""
        free = len(self._under_way) < self._errands.at_once
        times = [next_ms] if free and next_ms is not None else []
        await woken(self._woken, self._clock, *times)
