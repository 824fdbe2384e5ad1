"""Reading NATS, one node at a time."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import structlog

from tocsin.app.bus_state import Phase, written
from tocsin.app.clock import AlarmClock
from tocsin.app.lease import Lease, LeaseLost
from tocsin.ingest.connection import Connection, connected
from tocsin.ingest.errors import BusUnavailable
from tocsin.ingest.source import Source
from tocsin.ingest.taking import Taking
from tocsin.store.store import StoreUnavailable

_log = structlog.get_logger(__name__)

# The wait before the next try to connect doubles from the first to the last of these.
_FIRST_MS = 500
_LAST_MS = 30_000
# How long the last messages may take when the service stops, in seconds.
_GRACE_S = 5


@dataclass(frozen=True)
class Bus:
    """Where to read: one server of `url`, a list with commas, and by way of which source."""

    url: str
    source: Callable[[Connection, Sequence[str]], Source]


class Consumer:
    """Reads the bus while no other node does; lives on the loop.

    All subjects are one sequence: messages are taken in in the order of the wire, as many together
    as are waiting (`source.TOGETHER` at most). What cannot be written waits, bounded, until it can.
    """

    def __init__(
        self, bus: Bus, taking: Taking, lease: Lease, clock: AlarmClock, chance: Random
    ) -> None:
        self._bus = bus
        self._taking = taking
        self._lease = lease
        self._clock = clock
        self._chance = chance
        self._state = taking.sorting.state
        self._failures = 0
        self._reason = "not tried yet"
        self._alive_ms: int | None = None  # when somebody was last known to read

    async def run(self) -> None:
        """Read until cancelled; whatever fails is tried again."""
        while True:
            self._state.enter(Phase.WAITING, None)
            self._alive_ms = await self._lease.obtain()
            self._say_away()
            try:
                await _either(self._lease.keep(), self._read())
            except LeaseLost as loss:
                _log.warning("this node no longer reads NATS", cause=str(loss))
                continue
            except (BusUnavailable, StoreUnavailable) as failure:
                self._failed(failure)
            finally:
                await self._lease.release(self._alive_ms)
            await self._clock.until(self._clock.now_ms() + self._wait_ms())

    async def _read(self) -> None:
        async with connected(self._bus.url, self._taking.sorting.lost) as connection:
            source = self._bus.source(connection, self._taking.sorting.subjects)
            await source.begin()
            self._began(source)
            try:
                while True:
                    await self._taking.take_in(source, await source.take())
            except asyncio.CancelledError:
                await self._finish(source)
                raise
            finally:
                self._alive_ms = self._clock.now_ms()

    async def _finish(self, source: Source) -> None:
        """Take in what would otherwise be gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                for messages in await source.rest():
                    await self._taking.take_in(source, messages)

    def _began(self, source: Source) -> None:
        now_ms = self._clock.now_ms()
        self._failures = 0
        self._state.enter(Phase.READING, now_ms)
        if source.keeps or self._alive_ms is None:
            _log.info("reading NATS")
            return
        self._state.gap = (self._alive_ms, now_ms)
        _log.warning(
            "reading NATS; what was published while nobody was reading has not been taken in",
            nobody_since=written(self._alive_ms),
            until=written(now_ms),
        )

    def _failed(self, failure: Exception) -> None:
        """Log it once; probes say it for as long as it lasts."""
        level = logging.DEBUG if self._failures else logging.WARNING
        _log.log(level, "NATS cannot be read", cause=str(failure))
        self._failures += 1
        self._reason = str(failure)
        self._say_away()

    def _say_away(self) -> None:
        self._state.enter(Phase.AWAY, self._alive_ms, self._reason)

    def _wait_ms(self) -> int:
        """How long to wait before the next try, a fifth more or less, so that nodes spread."""
        doubled: int = _FIRST_MS << min(self._failures - 1, 10)
        return round(min(doubled, _LAST_MS) * self._chance.uniform(0.8, 1.2))


async def _either(*works: Coroutine[Any, Any, None]) -> None:
    """Do all of these until one ends, or fails; then end the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(tasks)
    for task in done:
        task.result()


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel them until they have ended: nats-py keeps a cancellation to itself when it comes while
    it is flushing."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_GRACE_S + 1)
