"""What can be done with sessions, as units of work. They are bookkeeping: none writes an event."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.app.passwords import digest, new_secret, new_short_secret
from tocsin.model.access import SCOPES, Principal
from tocsin.model.errors import Code, Refused
from tocsin.store import sessions, tokens, users
from tocsin.store.sessions import Session
from tocsin.store.tokens import Token
from tocsin.store.tx import Tx

# A use is written down once this part of the lifetime has passed since the last one that was.
_WRITTEN_EVERY = 20


@dataclass(frozen=True)
class Kind:
    """For how many seconds after its last use a session is good, and what its secret is like."""

    lifetime_s: int
    new_secret: Callable[[], str]


CONSOLE = Kind(12 * 60 * 60, new_secret)
NOTICES = Kind(15 * 60, new_short_secret)


class SignedIn(NamedTuple):
    """What a sign-in gives: the secret that is shown from now on, and whom it stands for."""

    secret: str
    principal: Principal


def begin(tx: Tx, owner: str, kind: Kind, secret: str) -> SignedIn:
    """Begin a session that acts for `owner`: the id of a user, of a token, or of a session, whose
    rights it then shares. It ends when its owner does. Refused: unauthorized when that is gone.
    """
    user_id, token_id = _acting_for(tx.conn, owner)
    whom = _whom(tx.conn, user_id, token_id)
    if whom is None:
        raise Refused(Code.UNAUTHORIZED, "Whoever signs in was deleted meanwhile.")
    session = Session(
        id=f"{owner}-{tx.new_id()}",
        user_id=user_id,
        token_id=token_id,
        lifetime_s=kind.lifetime_s,
        created_at=tx.now,
        expires_at=tx.now + kind.lifetime_s,
    )
    sessions.add(tx.conn, session, digest(secret))
    return SignedIn(secret, _holder(session, whom))


def end(tx: Tx, session_id: str) -> None:
    """End a session and those that were begun with it, if it has not ended yet."""
    sessions.remove(tx.conn, session_id)


def extend(tx: Tx, session: Session) -> None:
    """Note that a session is in use."""
    sessions.extend(tx.conn, session, tx.now)


def is_due(session: Session, now: int) -> bool:
    """Whether a use at `now` has to be written down for the session to last."""
    used_at = session.expires_at - session.lifetime_s
    return (now - used_at) * _WRITTEN_EVERY >= session.lifetime_s


def by_digest(conn: Connection, key: bytes, now: int) -> tuple[Session, Principal] | None:
    """The session whose secret has this digest, and whom it stands for, with the rights that its
    user or token has now; None when there is none or it has expired."""
    session = sessions.by_digest(conn, key)
    if session is None or session.expires_at <= now:
        return None
    whom = _whom(conn, session.user_id, session.token_id)
    return None if whom is None else (session, _holder(session, whom))


def of_token(token: Token) -> Principal:
    """Whom a token stands for."""
    return Principal(token.id, token.name, token.user_id, token.person_id, token.scopes)


def _acting_for(conn: Connection, owner: str) -> tuple[str | None, str | None]:
    """The ids of the user or of the token that a session of that owner acts for."""
    session = sessions.find(conn, owner)
    if session is not None:
        return session.user_id, session.token_id
    if tokens.find(conn, owner) is not None:
        return None, owner
    return owner, None


def _whom(conn: Connection, user_id: str | None, token_id: str | None) -> Principal | None:
    """The user or the token as a principal of its own; None when it is gone."""
    if token_id is not None:
        token = tokens.find(conn, token_id)
        return None if token is None else of_token(token)
    user = None if user_id is None else users.find(conn, user_id)
    if user is None:
        return None
    return Principal(user.id, user.name, user.id, user.person_id, SCOPES[user.role])


def _holder(session: Session, whom: Principal) -> Principal:
    return replace(whom, id=session.id, lifetime_s=session.lifetime_s)
