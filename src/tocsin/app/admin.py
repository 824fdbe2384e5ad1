"""The first administrator, without whom nobody could make another."""

from collections.abc import Callable
from dataclasses import dataclass

from tocsin.app import tokens, users
from tocsin.app.passwords import digest, hashed, new_password, new_secret
from tocsin.app.tokens import NewToken
from tocsin.app.users import NewUser
from tocsin.model.access import Role, Scope
from tocsin.store import tokens as token_rows
from tocsin.store import users as user_rows
from tocsin.store.store import Store
from tocsin.store.tx import Tx

EMAIL = "admin@localhost"
TOKEN_NAME = "admin"


@dataclass(frozen=True)
class Made:
    """Secrets that were made just now and are shown once; None for what was there already."""

    password: str | None = None
    token: str | None = None


async def ensure_admin(
    store: Store, chosen: str | None = None, keep: Callable[[str], None] = lambda secret: None
) -> Made:
    """Make the admin user (person 1) and an admin token where there is no user yet.

    `chosen` is the secret of that token, by default a new one. On a later start it becomes an admin
    token too, in place of the one before, unless it is one. `keep` gets the secret before it is
    good for anything, so that a crash leaves no administrator whose token nobody has.
    """
    if chosen is not None:
        keep(chosen)
    if await store.read(lambda conn: bool(user_rows.listing(conn, None, 1))):
        if chosen is not None:
            await store.change(_replace_token(chosen))
        return Made()
    made = Made(new_password(), chosen or new_secret())
    keep(made.token or "")
    await store.change(_first(await hashed(made.password or ""), made.token or ""))
    return made


def _first(password_hash: str, secret: str) -> Callable[[Tx], None]:
    def unit(tx: Tx) -> None:
        user = users.create(tx, NewUser(EMAIL, "Administrator", Role.ADMIN), password_hash)
        _add_token(tx, user.id, secret)

    return unit


def _replace_token(secret: str) -> Callable[[Tx], None]:
    def unit(tx: Tx) -> None:
        known = token_rows.by_digest(tx.conn, digest(secret))
        if known is not None:
            return
        user = user_rows.by_email(tx.conn, EMAIL)
        for token in token_rows.of_user(tx.conn, user.id) if user else ():
            if token.name == TOKEN_NAME:
                tokens.remove(tx, token)
        _add_token(tx, user.id if user else None, secret)

    return unit


def _add_token(tx: Tx, user_id: str | None, secret: str) -> None:
    tokens.create(tx, NewToken(TOKEN_NAME, frozenset({Scope.ADMIN}), user_id), secret)
