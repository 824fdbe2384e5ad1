"""Use cases of tokens."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tocsin.app.passwords import digest
from tocsin.model.access import Scope
from tocsin.model.errors import invalid, not_found
from tocsin.store import people, tokens, users
from tocsin.store.tokens import Token
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class NewToken:
    """A token to be made. Without a user it acts as a person of its own, called like the token."""

    name: str
    scopes: frozenset[Scope]
    user_id: str | None = None


def create(new: NewToken, secret: str) -> Callable[[Tx], Token]:
    """The unit that makes the token which `secret` will be recognised as."""

    def unit(tx: Tx) -> Token:
        token = Token(
            tx.new_id(), new.name, new.scopes, new.user_id, _person(tx, new), created_at=tx.now
        )
        tokens.add(tx.conn, token, digest(secret))
        _append(tx, "tocsin.token.created", token)
        return token

    return unit


def delete(token_id: str) -> Callable[[Tx], None]:
    """The unit that removes a token; Refused (not_found) when there is none."""

    def unit(tx: Tx) -> None:
        token = tokens.find(tx.conn, token_id)
        if token is None:
            raise not_found("token")
        remove(tx, token)

    return unit


def remove(tx: Tx, token: Token) -> None:
    """Remove a token, with its event."""
    tokens.remove(tx.conn, token.id)
    _append(tx, "tocsin.token.deleted", token)


def _person(tx: Tx, new: NewToken) -> int:
    if new.user_id is None:
        return people.add(tx.conn, new.name, None, tx.now)
    user = users.find(tx.conn, new.user_id)
    if user is None:
        raise invalid("user_id", "has to be the id of a user")
    return user.person_id


def _append(tx: Tx, kind: str, token: Token) -> None:
    data = {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "user_id": token.user_id,
        "person_id": token.person_id,
        "created_at": token.created_at,
    }
    tx.append(kind, f"token/{token.id}", msgspec.json.encode({"token": data}))
