"""What can be done with tokens, as units of work."""

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


def create(tx: Tx, new: NewToken, secret: str) -> Token:
    """Make the token that `secret` will be recognised as. Refused: invalid, an unknown user."""
    person_id = _person(tx, new)
    token = Token(tx.new_id(), new.name, new.scopes, new.user_id, person_id, tx.now)
    tokens.add(tx.conn, token, digest(secret))
    _append(tx, "tocsin.token.created", token)
    return token


def delete(tx: Tx, token_id: str) -> None:
    """Delete a token. Refused: not_found."""
    token = tokens.find(tx.conn, token_id)
    if token is None:
        raise not_found("token")
    remove(tx, token)


def remove(tx: Tx, token: Token) -> None:
    """Delete a token that exists."""
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
