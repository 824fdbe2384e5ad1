"""What the units of work that share one transaction have in common."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, update

from tocsin.model.endpoint import Endpoint
from tocsin.model.event import Change, Event
from tocsin.store import endpoints
from tocsin.store.engine import Backend
from tocsin.store.enlisting import Due, Terms, due, enlist
from tocsin.store.listening import Listening
from tocsin.store.log import LogFacts
from tocsin.store.tables import log

# A row of `tables.events`: the fields of an Event, in its order.
Row = tuple[int, int, str, str, str, str, int, int, bytes]


class Mark(NamedTuple):
    """A moment between two units, to which a batch can go back."""

    rows: int
    head: int
    first_available: int
    recorded_ms: int
    written: int
    enlisted: bool


_CHANGE_ENDPOINTS = update(log).values(endpoints=log.c.endpoints + 1)


class Batch:
    """One transaction's view of the log: where it ends, and the rows that are to be written.

    Rows are collected and written by one executemany just before COMMIT, and after them what
    endpoints are to be told of them; a statement per event would cost more than everything else
    together. `enlisted` is whether there may be something to send that there was not before.
    """

    def __init__(
        self,
        conn: Connection,
        backend: Backend,
        facts: LogFacts,
        listening: Listening,
        terms: Terms,
    ) -> None:
        self.conn = conn
        self.epoch = facts.epoch
        self.head = facts.head
        self.first_available = facts.first_available
        self.recorded_ms = facts.recorded_ms
        self.rows: list[Row] = []
        self.enlisted = False
        self._flushed = 0
        self._heard = 0
        self._dues: list[Due] = []
        self._told = 0
        self._backend = backend
        self._terms = terms
        self._listening = listening
        self._endpoints_version = facts.endpoints
        self._endpoints_changed = False
        self._own_endpoints: Sequence[Endpoint] | None = None

    @property
    def intact(self) -> bool:
        """Whether this transaction can still be committed."""
        return self._backend.intact(self.conn)

    @property
    def size(self) -> int:
        """How many rows it has written and is to write: of events, and of what endpoints are to be
        told."""
        self._listen()
        return len(self.rows) + self._told + len(self._dues)

    def flush(self) -> None:
        """Write the collected rows, and what endpoints are to be told of them."""
        rows = self.rows[self._flushed :]
        if not rows:
            return
        self.conn.exec_driver_sql(self._backend.insert_events, rows)
        self._flushed = len(self.rows)
        self._listen()
        dues, self._dues = self._dues, []
        self._enlist(dues)

    def enlist(self, dues: Sequence[Due]) -> None:
        """Write deliveries, after those of the rows collected so far."""
        self.flush()
        self._enlist(dues)

    def endpoints(self) -> Sequence[Endpoint]:
        """Those that are told of events, as this transaction has them."""
        if not self._endpoints_changed:
            return self._listening.as_of(self._endpoints_version, self.conn)
        if self._own_endpoints is None:
            self._own_endpoints = endpoints.listening(self.conn)
        return self._own_endpoints

    def endpoints_changed(self) -> None:
        """Note that endpoints are about to be changed: those as they are now get what was collected
        so far, and those as they are then the rest."""
        self.flush()
        self.conn.execute(_CHANGE_ENDPOINTS)
        self.enlisted = True
        self._endpoints_changed = True
        self._own_endpoints = None

    def mark(self) -> Mark:
        """Now."""
        written = self._backend.written(self.conn)
        return Mark(
            len(self.rows),
            self.head,
            self.first_available,
            self.recorded_ms,
            written,
            self.enlisted,
        )

    def touched_since(self, mark: Mark) -> bool:
        """Whether anything was written or appended since."""
        return len(self.rows) != mark.rows or self._backend.written(self.conn) != mark.written

    def change_since(self, mark: Mark) -> Change:
        """The events appended since."""
        return tuple(Event(*row) for row in self.rows[mark.rows :])

    def protect(self) -> None:
        """Make it possible to `undo` what one unit does from here on."""
        self.conn.exec_driver_sql("SAVEPOINT unit")

    def accept(self) -> None:
        """Write what the unit has appended, and let what it did stand."""
        self.flush()
        self.conn.exec_driver_sql("RELEASE SAVEPOINT unit")

    def undo(self, mark: Mark) -> None:
        """Take back everything since `protect`; `mark` was made just before."""
        self.conn.exec_driver_sql("ROLLBACK TO SAVEPOINT unit")
        self.conn.exec_driver_sql("RELEASE SAVEPOINT unit")
        del self.rows[mark.rows :]
        self._flushed = self._heard = mark.rows
        self._dues.clear()
        self.head = mark.head
        self.first_available = mark.first_available
        self.recorded_ms = mark.recorded_ms
        self.enlisted = mark.enlisted
        self._own_endpoints = None

    def _listen(self) -> None:
        """Find out who is to be told of the rows collected so far."""
        rows = self.rows[self._heard :]
        self._heard = len(self.rows)
        listening = self.endpoints() if rows else ()
        if listening:
            self._dues += due(listening, (Event(*row) for row in rows))

    def _enlist(self, dues: Sequence[Due]) -> None:
        if dues:
            enlist(self.conn, dues, self._terms)
            self._told += len(dues)
            self.enlisted = True
