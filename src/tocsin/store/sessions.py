"""Sessions, as rows. A secret is never stored, only its digest."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from tocsin.store.retention import BATCH
from tocsin.store.tables import sessions
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class Session:
    """What a sign-in gave, good until `expires_at`: `lifetime_s` after its last use.

    It acts for a user or for a token; the other one is None. Its `id` begins with the id of what
    it was made with (a user, a token or another session) and ends when that does.
    """

    id: str
    user_id: str | None
    token_id: str | None
    lifetime_s: int
    created_at: int
    expires_at: int


def add(conn: Connection, session: Session, digest: bytes) -> None:
    """Write down a new session; `digest` is that of its secret."""
    conn.execute(insert(sessions).values(**vars(session), digest=digest))


def find(conn: Connection, session_id: str) -> Session | None:
    """The session with this id."""
    row = conn.execute(select(sessions).where(sessions.c.id == session_id)).one_or_none()
    return None if row is None else _session(row)


def by_digest(conn: Connection, digest: bytes) -> Session | None:
    """The session whose secret has this digest; it may have expired."""
    row = conn.execute(select(sessions).where(sessions.c.digest == digest)).one_or_none()
    return None if row is None else _session(row)


def extend(conn: Connection, session: Session, now: int) -> None:
    """Note that the session was used, if it is still there."""
    used = update(sessions).where(sessions.c.id == session.id)
    conn.execute(used.values(expires_at=now + session.lifetime_s))


def remove(conn: Connection, session_id: str) -> None:
    """Remove a session and those that were made with it."""
    made_with_it = sessions.c.id.startswith(f"{session_id}-", autoescape=True)
    conn.execute(delete(sessions).where(or_(sessions.c.id == session_id, made_with_it)))


def remove_of_user(conn: Connection, user_id: str) -> None:
    """Remove every session that acts for the user."""
    conn.execute(delete(sessions).where(sessions.c.user_id == user_id))


def forget(tx: Tx) -> int:
    """Remove sessions that have expired, a batch of them; returns how many."""
    old = select(sessions.c.id).where(sessions.c.expires_at <= tx.now).limit(BATCH)
    return tx.conn.execute(delete(sessions).where(sessions.c.id.in_(old))).rowcount


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        row.id, row.user_id, row.token_id, row.lifetime_s, row.created_at, row.expires_at
    )
