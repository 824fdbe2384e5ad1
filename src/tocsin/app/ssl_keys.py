"""What can be done with the keys that users sign in with over WebSocket.

A client proves that it has the private key by encrypting a text with it, as sysadm has it. The
arithmetic is imported where it is needed: it takes 7 MB, and few sign in so.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from tocsin.model.errors import Code, Refused, invalid, not_found
from tocsin.store import ssl_keys, users
from tocsin.store.ssl_keys import SslKey
from tocsin.store.tx import Tx
from tocsin.wire.sysadm_calls import RegisterKey

# Every key is tried at a sign-in.
KEYS_LIMIT = 20

_NAME_LIMIT = 255


def register(tx: Tx, user_id: str, given: RegisterKey) -> None:
    """Let a user sign in by a key. One that the user has is called by the new names.

    Refused: invalid, a key that is none or a user with too many; conflict, another user's key.
    """
    for path, name in (("nickname", given.nickname), ("email", given.email)):
        if len(name) > _NAME_LIMIT:
            raise invalid(path, f"must be at most {_NAME_LIMIT} characters")
    from tocsin.app import rsa_keys

    public_key = rsa_keys.normal(given.key)
    known = ssl_keys.find(tx.conn, public_key)
    if known is not None and known.user_id != user_id:
        raise Refused(Code.CONFLICT, "The key is another user's.")
    if known is not None:
        _rename(tx, known, replace(known, nickname=given.nickname, email=given.email))
        return
    if ssl_keys.count(tx.conn, user_id) >= KEYS_LIMIT:
        raise invalid("pub_key", f"is one too many: a user has at most {KEYS_LIMIT}")
    key = SslKey(tx.new_id(), user_id, public_key, given.nickname, given.email, tx.now)
    ssl_keys.add(tx.conn, key)
    _append(tx, "key_registered", key)


def revoke(tx: Tx, user_id: str, given: str) -> None:
    """Take a key from a user. Refused: invalid, not_found."""
    from tocsin.app import rsa_keys

    known = ssl_keys.find(tx.conn, rsa_keys.normal(given))
    if known is None or known.user_id != user_id:
        raise not_found("key")
    ssl_keys.remove(tx.conn, known.id)
    _append(tx, "key_revoked", known)


def listing(conn: Connection, user_id: str) -> dict[str, dict[str, str]]:
    """A user's keys as sysadm's clients read them: below the user's e-mail address each key, as
    base64 of PEM, with lines about it."""
    user = users.find(conn, user_id)
    if user is None:
        return {}
    keys = ssl_keys.of_user(conn, user_id)
    return {user.email: {b64encode(key.public_key.encode()).decode(): _about(key) for key in keys}}


def owner(keys: Sequence[SslKey], text: bytes, encrypted: str) -> str | None:
    """The id of the user who has encrypted `text`, given in base64. Many keys take long."""
    from tocsin.app import rsa_keys

    try:
        signature = b64decode(encrypted)
    except (binascii.Error, ValueError):
        return None
    tried = (key for key in keys if rsa_keys.has_encrypted(key.public_key, text, signature))
    return next((key.user_id for key in tried), None)


def _rename(tx: Tx, before: SslKey, after: SslKey) -> None:
    if after != before:
        ssl_keys.save(tx.conn, after)
        _append(tx, "key_registered", after)


def _about(key: SslKey) -> str:
    lines = (("Nickname", key.nickname), ("Email", key.email))
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


def _append(tx: Tx, happened: str, key: SslKey) -> None:
    """The log is open to every reader, so that an event says no address."""
    data = {"user": {"id": key.user_id}, "key": {"id": key.id, "nickname": key.nickname}}
    tx.append(f"tocsin.user.{happened}", f"user/{key.user_id}", msgspec.json.encode(data))
