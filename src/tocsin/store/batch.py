"""What the units of work that share one transaction have in common."""

from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model.event import Change, Event
from tocsin.store.engine import Backend
from tocsin.store.log import LogFacts

# A row of `tables.events`: the fields of an Event, in its order.
Row = tuple[int, int, str, str, str, str, int, int, bytes]


class Mark(NamedTuple):
    """A moment between two units, to which a batch can go back."""

    rows: int
    head: int
    first_available: int
    recorded_ms: int
    written: int


class Batch:
    """One transaction's view of the log: where it ends, and the rows that are to be written.

    Rows are collected and written by one executemany just before COMMIT; a statement per event
    would cost more than everything else together.
    """

    def __init__(self, conn: Connection, backend: Backend, facts: LogFacts) -> None:
        self.conn = conn
        self.epoch = facts.epoch
        self.head = facts.head
        self.first_available = facts.first_available
        self.recorded_ms = facts.recorded_ms
        self.rows: list[Row] = []
        self._flushed = 0
        self._backend = backend

    @property
    def intact(self) -> bool:
        """Whether this transaction can still be committed."""
        return self._backend.intact(self.conn)

    def flush(self) -> None:
        """Write the collected rows."""
        rows = self.rows[self._flushed :]
        if rows:
            self.conn.exec_driver_sql(self._backend.insert_events, rows)
            self._flushed = len(self.rows)

    def mark(self) -> Mark:
        """Now."""
        written = self._backend.written(self.conn)
        return Mark(len(self.rows), self.head, self.first_available, self.recorded_ms, written)

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
        self._flushed = mark.rows
        self.head = mark.head
        self.first_available = mark.first_available
        self.recorded_ms = mark.recorded_ms
