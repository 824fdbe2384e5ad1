"""The keys that users sign in with over WebSocket, as rows."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from tocsin.store.tables import ssl_keys


@dataclass(frozen=True)
class SslKey:
    """A public RSA key (PEM) whose owner is a user."""

    id: str
    user_id: str
    public_key: str
    nickname: str
    email: str
    created_at: int


def add(conn: Connection, key: SslKey) -> None:
    """Write down a new key."""
    conn.execute(insert(ssl_keys).values(vars(key)))


def save(conn: Connection, key: SslKey) -> None:
    """Replace what a key is called."""
    values = {"nickname": key.nickname, "email": key.email}
    conn.execute(update(ssl_keys).where(ssl_keys.c.id == key.id).values(values))


def remove(conn: Connection, key_id: str) -> None:
    """Remove a key."""
    conn.execute(delete(ssl_keys).where(ssl_keys.c.id == key_id))


def find(conn: Connection, public_key: str) -> SslKey | None:
    """The key with this PEM; each is one user's."""
    query = select(ssl_keys).where(ssl_keys.c.public_key == public_key)
    row = conn.execute(query).one_or_none()
    return None if row is None else _key(row)


def count(conn: Connection, user_id: str) -> int:
    """How many keys a user has."""
    query = select(func.count()).select_from(ssl_keys).where(ssl_keys.c.user_id == user_id)
    return conn.execute(query).scalar_one()


def of_user(conn: Connection, user_id: str) -> list[SslKey]:
    """The keys of one user, oldest first."""
    query = select(ssl_keys).where(ssl_keys.c.user_id == user_id).order_by(ssl_keys.c.id)
    return [_key(row) for row in conn.execute(query)]


def everybodys(conn: Connection) -> list[SslKey]:
    """Every key, oldest first."""
    return [_key(row) for row in conn.execute(select(ssl_keys).order_by(ssl_keys.c.id))]


def _key(row: Row[tuple[object, ...]]) -> SslKey:
    return SslKey(**row._mapping)
