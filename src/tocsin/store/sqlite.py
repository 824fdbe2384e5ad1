"""SQLite: one file, one writer, readers that never wait for it."""

import sqlite3
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, event, insert, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.store.errors import StoreUnavailable
from tocsin.store.tables import events

# How long to wait for another process that holds the file, in seconds; all changes wait meanwhile.
_BUSY_TIMEOUT = 2.0

# What the writer may remember of the file, in KiB. With SQLite's 2 MB, a large transaction reads
# and writes the same pages again and again.
_WRITER_CACHE = 16_000

# By SQLite's primary result code.
_FAULTS = {
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_BUSY: "another process holds a lock on it; end that process",
    sqlite3.SQLITE_LOCKED: "another process holds a lock on it; end that process",
    sqlite3.SQLITE_READONLY: "it cannot be written; check owner and mode of file and folder",
    sqlite3.SQLITE_PERM: "access is denied; check owner and mode of file and folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that the folder exists and may be written",
    sqlite3.SQLITE_CORRUPT: "it is damaged; run `tocsin doctor`, then restore a backup",
    sqlite3.SQLITE_NOTADB: "it is not a SQLite database, or damaged; restore a backup",
    sqlite3.SQLITE_IOERR: "reading or writing it failed; check the disk and its limits",
    sqlite3.SQLITE_NOMEM: "there is not enough memory; make room",
}


class SqliteBackend:
    """A database in the file that `url` names; `engine.Backend` says what the members promise."""

    migrates_at_start = True

    def __init__(self, url: str, readers: int) -> None:
        self._file = make_url(url).database
        options = {"timeout": _BUSY_TIMEOUT}
        # Errors are logged, and what is written can be secret.
        self.writing = create_engine(
            url, poolclass=NullPool, connect_args=options, hide_parameters=True
        )
        self.reading = create_engine(
            url,
            hide_parameters=True,
            pool_size=readers,
            max_overflow=0,
            connect_args=options | {"check_same_thread": False},
        )
        event.listen(self.writing, "connect", _prepare_writer)
        event.listen(self.writing, "begin", _begin_immediate)
        event.listen(self.reading, "connect", _prepare_reader)
        event.listen(self.reading, "begin", _begin)
        self.insert_events = str(insert(events).compile(dialect=self.writing.dialect))

    def enter(self, conn: Connection) -> None:
        """Nothing is left to wait for: BEGIN IMMEDIATE has the only write lock."""

    def committed(self, conn: Connection, transaction: str) -> bool:
        """False: a COMMIT that failed here has not happened."""
        return False

    def written(self, conn: Connection) -> int:
        """The rows written by this connection so far."""
        return _driver(conn).total_changes

    def intact(self, conn: Connection) -> bool:
        """False after the faults that make SQLite roll back by itself (full disk, I/O error)."""
        return _driver(conn).in_transaction

    def explain(self, error: BaseException) -> StoreUnavailable | None:
        """By SQLite's result code; a violated constraint is not the file's fault."""
        original = getattr(error, "orig", error)
        code = getattr(original, "sqlite_errorcode", None)
        if code is None:
            return None
        fault = _FAULTS.get(code & 0xFF)
        return (
            StoreUnavailable(f"The store {self._file} is unavailable: {fault}.") if fault else None
        )


def _driver(conn: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = conn.connection.driver_connection  # type: ignore[assignment]
    return driver


def _prepare_writer(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    _prepare(
        connection,
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"cache_size = -{_WRITER_CACHE}",
    )


def _prepare_reader(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    _prepare(connection, "query_only = ON")


def _prepare(connection: Any, *pragmas: str) -> None:
    # The driver's own BEGINs come too late for a consistent read and would break savepoints.
    connection.isolation_level = None
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediate(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN")
