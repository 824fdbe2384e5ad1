"""People: whoever acts, by number. A person outlives the user or token that it came with."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, exists, func, insert, or_, select, update

from tocsin.model.contact import Contacts
from tocsin.model.person import Person
from tocsin.store.tables import people, tokens, users

_contacts = msgspec.json.Decoder(Contacts).decode
_THERE = people.c.deleted_at.is_(None)

# Built once: every command asks for it.
_BY_ID = select(people).where(people.c.id.in_(bindparam("ids", expanding=True)), _THERE)


@dataclass(frozen=True)
class StoredPerson:
    """A person and where to tell them of incidents, which holds secrets."""

    person: Person
    notify: Contacts
    created_at: int


def add(conn: Connection, name: str, email: str | None, now: int, notify: Contacts = ()) -> int:
    """Write down a person; the number that names it, counted from 1. None is ever given again."""
    number = int(conn.execute(select(func.max(people.c.id))).scalar() or 0) + 1
    row = {"id": number, "name": name, "email": email, "notify": _json(notify)}
    conn.execute(insert(people).values(**row, created_at=now))
    return number


def find(conn: Connection, person_id: int) -> Person | None:
    """The person of that number."""
    return load(conn, [person_id]).get(person_id)


def load(conn: Connection, person_ids: Collection[int]) -> dict[int, Person]:
    """Those of these people that there are, by number."""
    rows = conn.execute(_BY_ID, {"ids": list(person_ids)})
    return {row.id: _person(row) for row in rows}


def stored(conn: Connection, person_ids: Collection[int]) -> dict[int, StoredPerson]:
    """Those of these people that there are, by number, with where to tell them."""
    rows = conn.execute(_BY_ID, {"ids": list(person_ids)})
    return {row.id: _stored(row) for row in rows}


def listing(conn: Connection, before: int | None, limit: int) -> list[StoredPerson]:
    """People, newest first, with numbers below `before`."""
    query = select(people).where(_THERE).order_by(people.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(people.c.id < before)
    return [_stored(row) for row in conn.execute(query)]


def save(conn: Connection, one: StoredPerson) -> None:
    """Replace what is kept of a person."""
    row = {"name": one.person.person_name, "email": one.person.email, "notify": _json(one.notify)}
    conn.execute(update(people).where(people.c.id == one.person.person_id).values(**row))


def remove(conn: Connection, person_id: int, now: int) -> None:
    """Forget a person, all but the number."""
    row = {"name": "", "email": None, "notify": None, "deleted_at": now}
    conn.execute(update(people).where(people.c.id == person_id).values(**row))


def lets_in(conn: Connection, person_id: int) -> bool:
    """Whether a user or a token acts as this person."""
    by_user = exists().where(users.c.person_id == person_id)
    by_token = exists().where(tokens.c.person_id == person_id)
    return bool(conn.scalar(select(or_(by_user, by_token))))


def _json(notify: Contacts) -> str | None:
    return msgspec.json.encode(notify).decode() if notify else None


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.name, row.email or "")


def _stored(row: Row[Any]) -> StoredPerson:
    return StoredPerson(_person(row), _contacts(row.notify or "[]"), row.created_at)
