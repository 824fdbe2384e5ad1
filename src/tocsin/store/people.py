"""People: whoever acts, by number. A person outlives the user or token that it came with."""

from collections.abc import Collection

from sqlalchemy import Connection, func, insert, select

from tocsin.model.person import Person
from tocsin.store.tables import people


def add(conn: Connection, name: str, email: str | None, now: int) -> int:
    """Write down a person; the number that names it, counted from 1."""
    newest = conn.execute(select(func.max(people.c.id))).scalar() or 0
    conn.execute(insert(people).values(id=newest + 1, name=name, email=email, created_at=now))
    return int(newest) + 1


def find(conn: Connection, person_id: int) -> Person | None:
    """The person of that number."""
    return load(conn, [person_id]).get(person_id)


def load(conn: Connection, person_ids: Collection[int]) -> dict[int, Person]:
    """Those of these people that there are, by number."""
    rows = conn.execute(select(people).where(people.c.id.in_(person_ids)))
    return {row.id: Person(row.id, row.name, row.email or "") for row in rows}
