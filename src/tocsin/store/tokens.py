"""Tokens, as rows. A secret is never stored, only its digest."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, select

from tocsin.model.access import Scope
from tocsin.store.tables import tokens


@dataclass(frozen=True)
class Token:
    """What a program shows to be let in; acts as the person `person_id` within its `scopes`."""

    id: str
    name: str
    scopes: frozenset[Scope]
    user_id: str | None
    person_id: int
    created_at: int


def add(conn: Connection, token: Token, digest: bytes) -> None:
    """Write down a new token; `digest` is that of its secret."""
    conn.execute(
        insert(tokens).values(
            id=token.id,
            name=token.name,
            digest=digest,
            scopes=" ".join(sorted(token.scopes)),
            user_id=token.user_id,
            person_id=token.person_id,
            created_at=token.created_at,
        )
    )


def remove(conn: Connection, token_id: str) -> None:
    """Remove a token."""
    conn.execute(delete(tokens).where(tokens.c.id == token_id))


def find(conn: Connection, token_id: str) -> Token | None:
    """The token with this id."""
    row = conn.execute(select(tokens).where(tokens.c.id == token_id)).one_or_none()
    return None if row is None else _token(row)


def by_digest(conn: Connection, digest: bytes) -> Token | None:
    """The token whose secret has this digest."""
    row = conn.execute(select(tokens).where(tokens.c.digest == digest)).one_or_none()
    return None if row is None else _token(row)


def listing(conn: Connection, before: str | None, limit: int) -> list[Token]:
    """Tokens, newest first, with ids below `before`."""
    query = select(tokens).order_by(tokens.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tokens.c.id < before)
    return [_token(row) for row in conn.execute(query)]


def of_user(conn: Connection, user_id: str) -> list[Token]:
    """The tokens of one user, oldest first."""
    query = select(tokens).where(tokens.c.user_id == user_id).order_by(tokens.c.id)
    return [_token(row) for row in conn.execute(query)]


def _token(row: Row[tuple[object, ...]]) -> Token:
    scopes = frozenset(Scope(scope) for scope in row.scopes.split())
    return Token(row.id, row.name, scopes, row.user_id, row.person_id, row.created_at)
