"""What the store needs to know about its database, and the choice between the two there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import Connection, Engine

from tocsin.store.errors import StoreUnavailable


class Backend(Protocol):
    """One kind of database. SQL that only one of them understands stays in that one's file."""

    writing: Engine
    reading: Engine
    insert_events: str
    """One row of `tables.events`, its columns in order, for the driver's executemany."""
    migrates_at_start: bool
    """Whether a start may change the schema: only where nobody else uses the database."""

    def enter(self, conn: Connection) -> str | None:
        """Begin to write: wait until no other writer is inside a transaction.

        Returns the transaction's name if its fate can be asked for later, see `committed`.
        """
        ...

    def committed(self, conn: Connection, transaction: str) -> bool:
        """Whether that transaction was committed; asked by its successor, after `enter`."""
        ...

    def written(self, conn: Connection) -> int:
        """A number that differs before and after a statement that wrote."""
        ...

    def intact(self, conn: Connection) -> bool:
        """Whether the transaction stands and can still be committed."""
        ...

    def explain(self, error: BaseException) -> StoreUnavailable | None:
        """The driver's error in our words, or None when it is not about the database's health."""
        ...


def backend_for(url: str, readers: int) -> Backend:
    """The backend that `url` names, not connected yet.

    Raises ValueError for a URL of any other database.
    """
    if url.startswith("sqlite:///"):
        from tocsin.store.sqlite import SqliteBackend

        return SqliteBackend(url, readers)
    if url.startswith("postgresql+psycopg://"):
        # Costs 150 ms, which a start on SQLite does not have to spare.
        from tocsin.store.postgres import PostgresBackend

        return PostgresBackend(url, readers)
    raise ValueError("the store's URL begins with sqlite:/// or postgresql+psycopg://")


@contextmanager
def translated(backend: Backend) -> Iterator[None]:
    """Raise StoreUnavailable in place of the driver's errors that mean it."""
    try:
        yield
    except Exception as error:
        unavailable = backend.explain(error)
        if unavailable is None:
            raise
        raise unavailable from error
