"""People: whoever acts, by number. A person outlives the user or token that it came with."""

from sqlalchemy import Connection, func, insert, select

from tocsin.store.tables import people


def add(conn: Connection, name: str, email: str | None, now: int) -> int:
    """Write down a person; the number that names it, counted from 1."""
    newest = conn.execute(select(func.max(people.c.id))).scalar() or 0
    conn.execute(insert(people).values(id=newest + 1, name=name, email=email, created_at=now))
    return int(newest) + 1
