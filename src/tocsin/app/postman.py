"""The postman: spreads bulletins over the outbox, and carries what is in there when it is due."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Protocol

import structlog

from tocsin.app import bulletins
from tocsin.app.bulletins import Manner
from tocsin.app.clock import AlarmClock, woken
from tocsin.app.outbox import Parcel, claim, settle
from tocsin.model.attempt import Attempt, Result, Schedule
from tocsin.model.event import Change
from tocsin.model.subscriber import Medium
from tocsin.store import outbox
from tocsin.store.store import Store, StoreUnavailable

_log = structlog.get_logger(__name__)

_RETRY_MS = 1_000
# After a fault of ours, which must not take the rest of the service with it.
_FAULT_RETRY_MS = 60_000
# How long what is being carried may take to arrive when the service stops, in seconds.
_GRACE_S = 5


class Carrier(Protocol):
    """Brings messages to where they are meant for, by one medium."""

    medium: Medium
    schedule: Schedule
    at_once: int
    """How many messages it carries at the same time."""

    async def carry(self, parcel: Parcel) -> Attempt:
        """Try to deliver one; a failure of the other side is what the attempt says."""
        ...

    async def rest(self) -> None:
        """Give up what costs something while there is nothing to carry."""
        ...

    async def close(self) -> None:
        """Give up everything: it will carry nothing more."""
        ...


class Postman:
    """Sends subscribers what they are to be told. Lives on the loop.

    The outbox is in the database, so that nothing is lost when the process ends: what it was
    sending just then, and that alone, may be sent once more.
    """

    def __init__(
        self,
        store: Store,
        clock: AlarmClock,
        carriers: Sequence[Carrier],
        digest_ms: int,
        chance: Random,
    ) -> None:
        self.settled: Counter[tuple[Medium, Result]] = Counter()
        """What became of messages, for metrics."""
        self.media = frozenset(one.medium for one in carriers)
        self._store = store
        self._manner = Manner(self.media, digest_ms)
        self._rounds = [_Round(store, clock, one, chance, self.settled) for one in carriers]
        self._written = asyncio.Event()
        self._clock = clock

    def on_change(self, change: Change) -> None:
        """Look for bulletins, because `change` was committed. Called on the loop."""
        if any(event.type.startswith("tocsin.issue.") for event in change):
            self._written.set()

    def wake(self) -> None:
        """Look into the outbox: something was put there."""
        for each in self._rounds:
            each.woken.set()

    async def run(self) -> None:
        """Work until cancelled; then what is under way has a moment to arrive."""
        async with asyncio.TaskGroup() as group:
            for each in self._rounds:
                group.create_task(each.run())
            try:
                await self._spread()
            finally:
                for each in self._rounds:
                    each.end()

    async def _spread(self) -> None:
        while True:
            self._written.clear()
            try:
                while (
                    await self._store.change(partial(bulletins.spread, manner=self._manner))
                ).value:
                    self.wake()
                await self._written.wait()
            except StoreUnavailable as failure:
                _log.warning("bulletins wait for the store", cause=str(failure))
                await self._clock.until(self._clock.now_ms() + _RETRY_MS)
            except Exception:
                _log.exception("a bulletin could not be spread")
                await self._clock.until(self._clock.now_ms() + _FAULT_RETRY_MS)


class _Round:
    """Carries the messages of one medium, as many at once as its carrier takes."""

    def __init__(
        self,
        store: Store,
        clock: AlarmClock,
        carrier: Carrier,
        chance: Random,
        settled: Counter[tuple[Medium, Result]],
    ) -> None:
        self.woken = asyncio.Event()
        self._store = store
        self._clock = clock
        self._carrier = carrier
        self._chance = chance
        self._settled = settled
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._ending = False

    def end(self) -> None:
        """Begin nothing more. To be cancelled is not enough: a library that is waited for may keep
        that to itself, as `asyncio.wait_for` does before Python 3.12."""
        self._ending = True
        self.woken.set()

    async def run(self) -> None:
        """Work until cancelled and told to end."""
        try:
            while not self._ending:
                self.woken.clear()
                try:
                    next_ms = await self._take()
                except StoreUnavailable as failure:
                    _log.warning("the outbox waits for the store", cause=str(failure))
                    next_ms = self._clock.now_ms() + _RETRY_MS
                except Exception:
                    _log.exception("the outbox could not be read")
                    next_ms = self._clock.now_ms() + _FAULT_RETRY_MS
                await self._wait(next_ms)
        finally:
            if self._under_way:
                _, late = await asyncio.wait(self._under_way.values(), timeout=_GRACE_S)
                for task in late:
                    task.cancel()
            await self._carrier.close()

    async def _take(self) -> int | None:
        """Begin to carry all that is due and can be; when the next will be (Unix ms)."""
        medium = self._carrier.medium
        at_once = self._carrier.at_once
        # Not one by one: what is taken together shares its queries and its commit.
        while (free := at_once - len(self._under_way)) >= max(1, at_once // 4):
            busy = frozenset(self._under_way)
            unit = partial(claim, medium=medium, limit=free, busy=busy)
            claimed = (await self._store.change(unit)).value
            for parcel in claimed:
                task = asyncio.create_task(self._carry(parcel))
                self._under_way[parcel.id] = task
                task.add_done_callback(partial(self._arrived, parcel.id))
            if len(claimed) < free:
                break
        if not self._under_way:
            await self._carrier.rest()
        return await self._store.read(partial(outbox.next_due_ms, medium=medium))

    async def _carry(self, parcel: Parcel) -> None:
        try:
            attempt = await self._carrier.carry(parcel)
        except Exception:
            _log.exception("a message could not be made or sent", message=parcel.id)
            attempt = Attempt(Result.FAILED, "a fault of ours")
        settled = await self._settle(parcel, attempt)
        self._settled[self._carrier.medium, settled.result] += 1
        if settled.result is not Result.DELIVERED:
            _log.info(
                "a message was not delivered",
                message=parcel.id,
                medium=self._carrier.medium.value,
                result=settled.result.value,
                reason=settled.reason,
                tries=parcel.tries,
            )

    async def _settle(self, parcel: Parcel, attempt: Attempt) -> Attempt:
        """Keep what became of it. Until that succeeds it counts as being sent, and is not again."""
        unit = partial(
            settle,
            parcel=parcel,
            attempt=attempt,
            schedule=self._carrier.schedule,
            chance=self._chance.random(),
        )
        while True:
            try:
                return (await self._store.change(unit)).value
            except StoreUnavailable as failure:
                _log.warning("a result waits for the store", cause=str(failure))
                await self._clock.until(self._clock.now_ms() + _RETRY_MS)

    def _arrived(self, message: str, task: asyncio.Task[None]) -> None:
        del self._under_way[message]
        self.woken.set()
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.error("a result could not be kept", message=message, exc_info=failure)

    async def _wait(self, next_ms: int | None) -> None:
        """Until the next is due and somebody is free to carry it; who arrives wakes us too."""
        free = len(self._under_way) < self._carrier.at_once
        times = [next_ms] if free and next_ms is not None else []
        await woken(self.woken, self._clock, *times)
