"""Users, as rows."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from tocsin.model.access import Role
from tocsin.store.tables import users


@dataclass(frozen=True)
class User:
    """Somebody who can sign in; acts as the person `person_id`. `email` is in lower case."""

    id: str
    email: str
    name: str
    role: Role
    person_id: int
    created_at: int


def add(conn: Connection, user: User, password_hash: str) -> None:
    """Write down a new user."""
    conn.execute(
        insert(users).values(
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role.value,
            password_hash=password_hash,
            person_id=user.person_id,
            created_at=user.created_at,
        )
    )


def save(conn: Connection, user: User, password_hash: str | None) -> None:
    """Replace what is kept of a user, and of the password when one is given."""
    values = {"name": user.name, "role": user.role.value}
    if password_hash is not None:
        values["password_hash"] = password_hash
    conn.execute(update(users).where(users.c.id == user.id).values(values))


def remove(conn: Connection, user_id: str) -> None:
    """Remove a user and, with it, its tokens."""
    conn.execute(delete(users).where(users.c.id == user_id))


def find(conn: Connection, user_id: str) -> User | None:
    """The user with this id."""
    return _one(conn, users.c.id == user_id)


def by_email(conn: Connection, email: str) -> User | None:
    """The user with this address."""
    return _one(conn, users.c.email == email.lower())


def password_hash(conn: Connection, user_id: str) -> str | None:
    """The hash of a user's password; None when there is no such user."""
    found: str | None = conn.scalar(select(users.c.password_hash).where(users.c.id == user_id))
    return found


def listing(
    conn: Connection, before: str | None, limit: int, email: str | None = None
) -> list[User]:
    """Users, newest first, with ids below `before`; only the one with `email`, if given."""
    query = select(users).order_by(users.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(users.c.id < before)
    if email is not None:
        query = query.where(users.c.email == email.lower())
    return [_user(row) for row in conn.execute(query)]


def admins(conn: Connection) -> int:
    """How many users are administrators."""
    query = select(func.count()).select_from(users).where(users.c.role == Role.ADMIN.value)
    return conn.execute(query).scalar_one()


def _one(conn: Connection, condition: ColumnElement[bool]) -> User | None:
    row = conn.execute(select(users).where(condition)).one_or_none()
    return None if row is None else _user(row)


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(row.id, row.email, row.name, Role(row.role), row.person_id, row.created_at)
