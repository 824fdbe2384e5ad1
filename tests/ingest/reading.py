"""A consumer that writes what it reads into the log as it is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from random import Random

from tests.clock import HeldClock

from tocsin.app.bus_state import BusState, Phase
from tocsin.app.lease import Lease
from tocsin.ingest.consumer import Bus, Consumer
from tocsin.ingest.durable import DurableSource
from tocsin.ingest.refusals import Refusals
from tocsin.ingest.sorting import Sorting
from tocsin.ingest.source import CoreSource
from tocsin.ingest.taking import Taking
from tocsin.model.errors import Code, Refused
from tocsin.model.event import Change
from tocsin.store.store import Store
from tocsin.store.tx import Tx
from tocsin.wire.malformed import Malformed, Reason

Message = tuple[str, bytes]


class Recorder:
    """Appends every message to the log. `refuse me` is malformed, `forbid me` refused, at `trip me`
    it stumbles."""

    subjects = ("monitor.user", "service.create", "service.*.done", "sysadm.events.>")

    def __init__(self) -> None:
        self.refused = 0
        self.written = 0

    def read(self, subject: str, payload: bytes) -> Message:
        if payload == b"refuse me":
            raise Malformed(Reason.WRONG_SHAPE, "as it says")
        return subject, payload

    def prepare(self, asked: Sequence[Message]) -> Callable[[Tx], int]:
        def unit(tx: Tx) -> int:
            for subject, payload in asked:
                if payload == b"trip me":
                    raise RuntimeError("as it says")
                if payload == b"forbid me":
                    raise Refused(Code.FORBIDDEN, "as it says")
                tx.append("test.message", subject.replace(".", "/"), b'"%b"' % payload)
            return len(asked)

        return unit

    def taken(self, outcome: int) -> None:
        self.written += outcome

    def malformed(self) -> None:
        self.refused += 1


class Reading:
    """A consumer, and what it has written; durable when the name of a stream is given."""

    def __init__(
        self,
        store: Store,
        clock: HeldClock,
        url: str,
        stream: str | None = None,
        holder: str = "us",
    ) -> None:
        self.clock = clock
        self.recorder = Recorder()
        self.state = BusState()
        self.log: list[Message] = []
        self.changes = 0
        lease = Lease(store, clock, "nats", holder)
        sorting = Sorting([self.recorder], self.state, Refusals(clock))
        taking = Taking(store, clock, lease, sorting)
        source = partial(DurableSource, store, lease, stream) if stream else CoreSource
        self._consumer = Consumer(Bus(url, source), taking, lease, clock, Random(1))
        store.on_commit = self._committed

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Reading"]:
        """While it reads; it has begun to."""
        async with self.trying():
            await self.until(lambda: self.state.phase is Phase.READING)
            yield self

    @asynccontextmanager
    async def trying(self) -> AsyncIterator[None]:
        """While it reads, or tries to."""
        task = asyncio.create_task(self._consumer.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def written(self, count: int) -> list[Message]:
        """All that it has written, once it is so much."""
        await self.until(lambda: len(self.log) >= count)
        return self.log

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once this is so."""
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.005)

    async def in_time(self, condition: Callable[[], bool]) -> None:
        """Return once this is so; meanwhile time goes by."""

        def later() -> bool:
            self.clock.advance(1)
            return condition()

        await self.until(later)

    def _committed(self, changes: Sequence[Change]) -> None:
        self.changes += len(changes)
        for change in changes:
            self.log += [
                (event.topic.replace("/", "."), event.data[1:-1])
                for event in change
                if event.type == "test.message"
            ]
