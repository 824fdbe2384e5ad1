"""PostgreSQL: one writer per node, one node at a time, through psycopg 3."""

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, NullPool, create_engine, event, insert, make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from tocsin.store.errors import StoreUnavailable
from tocsin.store.tables import events

# The advisory lock that every writer holds during its transaction: "tocsin" in ASCII.
_WRITERS_LOCK = 0x746F6373696E

_CONNECT = {
    "application_name": "tocsin",
    "connect_timeout": 5,
    # A peer that vanished without a word is noticed after 10 s, not after the kernel's two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# The server ends a transaction that stands still, so that a node which froze while it held the lock
# does not stop the others.
_WRITER = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"
_READER = "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"

_LOST = "the server ended the connection; check that it runs"
# By the longest SQLSTATE prefix that fits.
_FAULTS = {
    "08": _LOST,
    "57P": _LOST,
    "42501": "our user lacks the rights; grant them",
    "53100": "its disk is full; make room",
    "53200": "it has not enough memory; make room",
    "55P03": "another node holds the writers' lock; look for a stuck tocsin process",
    "25P03": "a transaction stood still for too long; look for a stuck tocsin process",
    "25006": "it is read-only; connect to the primary",
    "40": "another transaction got in the way; try again",
    "58": "its disk failed; check the server",
    "XX001": "its data is damaged; restore a backup",
    "XX002": "an index is damaged; run REINDEX",
}


class PostgresBackend:
    """The database that `url` names; `engine.Backend` says what the members promise."""

    migrates_at_start = False

    def __init__(self, url: str, readers: int) -> None:
        self._name = make_url(url).render_as_string(hide_password=True)
        # Errors are logged, and what is written can be secret.
        self.writing = create_engine(
            url,
            hide_parameters=True,
            poolclass=NullPool,
            connect_args=_CONNECT | {"options": _WRITER},
        )
        self.reading = create_engine(
            url,
            hide_parameters=True,
            pool_size=readers,
            max_overflow=0,
            connect_args=_CONNECT | {"options": _READER},
        )
        event.listen(self.writing, "before_cursor_execute", _count_writes)
        # "format" so that rows can be plain tuples.
        dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
        self.insert_events = str(insert(events).compile(dialect=dialect))

    def enter(self, conn: Connection) -> str:
        """Take the writers' lock. The statements that follow see all that was committed before."""
        row = conn.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(%s), pg_current_xact_id()::text", (_WRITERS_LOCK,)
        ).one()
        return str(row[1])

    def committed(self, conn: Connection, transaction: str) -> bool:
        """Ask the server: the lock is ours, so that transaction has ended in one way or another."""
        status = conn.exec_driver_sql(
            "SELECT pg_xact_status(%s::xid8)", (transaction,)
        ).scalar_one()
        return bool(status == "committed")

    def written(self, conn: Connection) -> int:
        """The statements that were more than a plain SELECT."""
        count: int = conn.info.get("writes", 0)
        return count

    def intact(self, conn: Connection) -> bool:
        """False after any error: PostgreSQL would answer COMMIT with a ROLLBACK, and no error."""
        return _driver(conn).info.transaction_status == TransactionStatus.INTRANS

    def explain(self, error: BaseException) -> StoreUnavailable | None:
        """By SQLSTATE; without one the server has not even answered."""
        original = getattr(error, "orig", error)
        if not isinstance(original, psycopg.Error):
            return None
        fault = _fault(original)
        return (
            StoreUnavailable(f"The store {self._name} is unavailable: {fault}.") if fault else None
        )


def _fault(error: psycopg.Error) -> str | None:
    if error.sqlstate is None:
        # No answer at all, or a refusal to connect, of which the driver keeps nothing but the text.
        said = str(error).partition("\n")[0]
        unanswered = isinstance(error, psycopg.OperationalError)
        return f"{said}; check that the server runs and store.url is right" if unanswered else None
    prefixes = [prefix for prefix in _FAULTS if error.sqlstate.startswith(prefix)]
    return _FAULTS[max(prefixes, key=len)] if prefixes else None


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    driver: psycopg.Connection[Any] = conn.connection.driver_connection  # type: ignore[assignment]
    return driver


def _count_writes(conn: Connection, cursor: Any, statement: str, *rest: Any) -> None:
    if not statement.startswith("SELECT"):
        conn.info["writes"] = conn.info.get("writes", 0) + 1
