"""Who sends deliveries, and whether they still live."""

from sqlalchemy import Connection, delete, insert, select, union, update

from tocsin.store.tables import IS_SENDING, deliveries, workers


def prolong(conn: Connection, worker: str, until_ms: int) -> None:
    """Note that a worker lives until then (Unix ms), if nothing is heard of it again."""
    mine = workers.c.id == worker
    if not conn.execute(update(workers).where(mine).values(alive_until_ms=until_ms)).rowcount:
        conn.execute(insert(workers).values(id=worker, alive_until_ms=until_ms))


def dead(conn: Connection, now_ms: int) -> list[str]:
    """Those whose time is over, and those that nobody knows any more but that have taken something:
    one that was thought dead may have lived on for a moment."""
    alive = select(workers.c.id).where(workers.c.alive_until_ms > now_ms)
    unknown = (
        select(deliveries.c.worker)
        .where(deliveries.c.worker.not_in(alive), IS_SENDING)
        # As the index has it, so that SQLite goes through that.
        .group_by(deliveries.c.endpoint_id, deliveries.c.worker)
    )
    late = select(workers.c.id).where(workers.c.alive_until_ms <= now_ms)
    return sorted(conn.scalars(union(late, unknown)))


def remove(conn: Connection, worker: str) -> None:
    """Forget a worker, of which nothing must be left to free."""
    conn.execute(delete(workers).where(workers.c.id == worker))
