"""What can be done with users, as units of work."""

from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection

from tocsin.app import tokens
from tocsin.model.access import Role
from tocsin.model.errors import Code, Refused, not_found
from tocsin.store import people, sessions, users
from tocsin.store import tokens as token_rows
from tocsin.store.tx import Tx
from tocsin.store.users import User


@dataclass(frozen=True)
class NewUser:
    """A user to be made, who also becomes a person."""

    email: str
    name: str
    role: Role


@dataclass(frozen=True)
class UserChanges:
    """What an edit changes; None keeps it."""

    name: str | None = None
    role: Role | None = None
    password_hash: str | None = None


def get(conn: Connection, user_id: str) -> User:
    """The user of that id. Refused: not_found."""
    user = users.find(conn, user_id)
    if user is None:
        raise not_found("user")
    return user


def create(tx: Tx, new: NewUser, password_hash: str) -> User:
    """Make a user. Refused: conflict when the address is taken."""
    email = new.email.lower()
    if users.by_email(tx.conn, email) is not None:
        raise Refused(Code.CONFLICT, f"There is a user with the address {email} already.")
    person_id = people.add(tx.conn, new.name, email, tx.now)
    user = User(tx.new_id(), email, new.name, new.role, person_id, tx.now)
    users.add(tx.conn, user, password_hash)
    _append(tx, "tocsin.user.created", user)
    return user


def edit(tx: Tx, user: User, changes: UserChanges) -> User:
    """Change a user; another password ends the user's sessions.

    Refused: conflict when nobody would be left to administer.
    """
    edited = replace(user, name=changes.name or user.name, role=changes.role or user.role)
    if edited == user and changes.password_hash is None:
        return user
    if edited.role is not Role.ADMIN:
        _keep_an_admin(tx, user)
    users.save(tx.conn, edited, changes.password_hash)
    signed_out = changes.password_hash is not None
    if signed_out:
        sessions.remove_of_user(tx.conn, user.id)
    _append(tx, "tocsin.user.edited", edited, signed_out=signed_out)
    return edited


def delete(tx: Tx, user_id: str) -> None:
    """Delete a user with its tokens and sessions; the person stays.

    Refused: not_found, conflict as `edit`.
    """
    user = get(tx.conn, user_id)
    _keep_an_admin(tx, user)
    for token in token_rows.of_user(tx.conn, user_id):
        tokens.remove(tx, token)
    users.remove(tx.conn, user_id)
    _append(tx, "tocsin.user.deleted", user)


def _keep_an_admin(tx: Tx, user: User) -> None:
    if user.role is Role.ADMIN and users.admins(tx.conn) == 1:
        raise Refused(Code.CONFLICT, "This is the only administrator: make another one first.")


def _append(tx: Tx, kind: str, user: User, *, signed_out: bool = False) -> None:
    """The log is open to every reader, so that an event says no address.

    `signed_out`: the user's sessions have ended, and what they opened has to, see `app.access`.
    """
    data = {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "person_id": user.person_id,
        "created_at": user.created_at,
    }
    told = {"user": data, "signed_out": True} if signed_out else {"user": data}
    tx.append(kind, f"user/{user.id}", msgspec.json.encode(told))
