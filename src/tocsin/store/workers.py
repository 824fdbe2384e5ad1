"""Who sends deliveries, and whether they still live."""

from sqlalchemy import Connection, delete, insert, select, update

from tocsin.store.tables import workers


def prolong(conn: Connection, worker: str, until_ms: int) -> None:
    """Note that a worker lives until then (Unix ms), if nothing is heard of it again."""
    mine = workers.c.id == worker
    if not conn.execute(update(workers).where(mine).values(alive_until=until_ms)).rowcount:
        conn.execute(insert(workers).values(id=worker, alive_until=until_ms))


def dead(conn: Connection, now_ms: int) -> list[str]:
    """Those whose time is over."""
    return list(conn.scalars(select(workers.c.id).where(workers.c.alive_until <= now_ms)))


def remove(conn: Connection, worker: str) -> None:
    """Forget a worker, of which nothing must be left to free."""
    conn.execute(delete(workers).where(workers.c.id == worker))
