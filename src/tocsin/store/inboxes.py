"""What the inboxes of operations begin with."""

from sqlalchemy import Connection, select

from tocsin.model.operation import Run
from tocsin.store.tables import runs

_OPEN = select(runs.c.operation_id, runs.c.run, runs.c.opened_at, runs.c.opened).where(
    runs.c.closed_at.is_(None)
)


def open_runs(conn: Connection) -> dict[str, Run]:
    """The run of every operation that has an open one, as it was opened."""
    return {operation_id: Run(*opened) for operation_id, *opened in conn.execute(_OPEN)}
