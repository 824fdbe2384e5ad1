"""The store: units of work for the one writer, queries for the readers, and the log's facts."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tocsin.model.clock import Clock
from tocsin.model.event import Change
from tocsin.model.position import Position
from tocsin.store import schema
from tocsin.store.engine import Backend, backend_for, translated
from tocsin.store.errors import StoreUnavailable
from tocsin.store.handover import Handover, Outcome
from tocsin.store.log import LogFacts
from tocsin.store.tx import Tx
from tocsin.store.writer import Writer

__all__ = ["Committed", "Store", "StoreUnavailable", "Tx", "open_store"]

T = TypeVar("T")


@dataclass(frozen=True)
class Committed(Generic[T]):
    """What a unit of work returned, now that it is on disk.

    `sequence` is that of the unit's last event, or of the log's head when it wrote none.
    """

    value: T
    sequence: int


def open_store(url: str, clock: Clock, *, readers: int = 4, base_url: str = "") -> "Store":
    """A store on the database that `url` names, to be started.

    `url` is `sqlite:////path/tocsin.db` or `postgresql+psycopg://...`; ValueError for any other.
    Links in what endpoints are told begin with `base_url`.
    """
    return Store(backend_for(url, readers), clock, readers, base_url)


class Store:
    """The durable log and the state beside it.

    All of it belongs to the event loop that `start` is called on. `head`, `first_available` and
    `epoch` are what the loop has been told so far: everything up to `head` has gone to `on_commit`.
    """

    def __init__(self, backend: Backend, clock: Clock, readers: int, base_url: str) -> None:
        self.epoch = ""
        self.head = 0
        self.first_available = 1
        self.on_commit: Callable[[Sequence[Change]], None] = lambda changes: None
        """Gets what was committed, in the log's order, before those who wrote it are answered."""
        self.on_enlisted: Callable[[], None] = lambda: None
        """Called when there may be something to send to endpoints that there was not before."""
        self._backend = backend
        self._clock = clock
        self._base_url = base_url
        self._pool = ThreadPoolExecutor(readers, thread_name_prefix="tocsin-reader")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer: Writer | None = None

    async def start(self) -> None:
        """Bring the schema up to date or check it, then begin to work.

        Raises StoreUnavailable when the database cannot be opened and written, or its schema is not
        this version's.
        """
        loop = self._loop = asyncio.get_running_loop()

        def hand_over(what: Handover) -> None:
            loop.call_soon_threadsafe(self._receive, what)

        writer = Writer(self._backend, self._clock, hand_over, self._base_url)
        facts = await asyncio.to_thread(self._open, writer)
        self.epoch, self.head, self.first_available = facts.epoch, facts.head, facts.first_available
        self._writer = writer

    async def stop(self) -> None:
        """Finish what is queued and close everything; calls from here on are refused."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await asyncio.to_thread(writer.stop)
        await asyncio.to_thread(self._pool.shutdown)
        self._backend.reading.dispose()

    async def change(self, unit: Callable[[Tx], T]) -> Committed[T]:
        """Run `unit` in the writer's thread and return once what it did is on disk.

        `unit` may be run more than once, see `Tx`. What it raises is raised here, and then it has
        written nothing; StoreUnavailable when the database cannot be written. Cancelling the wait
        does not take the unit back.
        """
        if self._writer is None or self._loop is None:
            raise _closed()
        future: asyncio.Future[Committed[T]] = self._loop.create_future()
        self._writer.put(unit, future)
        return await future

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` in a reader's thread, in a transaction of its own that cannot write.

        It sees one moment of the database, at least as new as `head`. It must be short, and may be
        run twice. Raises what it raises, and StoreUnavailable.
        """
        if self._writer is None or self._loop is None:
            raise _closed()
        return await self._loop.run_in_executor(self._pool, self._query, query)

    def position(self, sequence: int) -> Position:
        """The position of a sequence of this log."""
        return Position(self.epoch, sequence)

    def _open(self, writer: Writer) -> LogFacts:
        with translated(self._backend):
            schema.prepare(self._backend)
            return writer.start()

    def _query(self, query: Callable[[Connection], T]) -> T:
        with translated(self._backend):
            try:
                return self._transaction(query)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                # It had waited in the pool while the server restarted; there is a new one by now.
                return self._transaction(query)

    def _transaction(self, query: Callable[[Connection], T]) -> T:
        with self._backend.reading.begin() as conn:
            return query(conn)

    def _receive(self, handover: Handover) -> None:
        if handover.head is not None:
            self.head = handover.head
        if handover.first_available is not None:
            self.first_available = handover.first_available
        try:
            if handover.changes:
                self.on_commit(handover.changes)
            if handover.enlisted:
                self.on_enlisted()
        finally:
            for outcome in handover.outcomes:
                _answer(outcome)


def _answer(outcome: Outcome) -> None:
    if outcome.future.done():  # cancelled: nobody waits any more
        return
    if outcome.error is not None:
        outcome.future.set_exception(outcome.error)
    else:
        outcome.future.set_result(Committed(outcome.value, outcome.sequence))


def _closed() -> StoreUnavailable:
    return StoreUnavailable("The store is not running.")
