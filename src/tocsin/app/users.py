"""Use cases of users."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from tocsin.app.tokens import remove as remove_token
from tocsin.model.access import Role
from tocsin.model.errors import Code, Refused, invalid, not_found
from tocsin.store import people, tokens, users
from tocsin.store.tx import Tx
from tocsin.store.users import User


@dataclass(frozen=True)
class NewUser:
    """A user to be made, who also becomes a person."""

    email: str
    name: str
    role: Role


@dataclass(frozen=True)
class UserEdit:
    """What to change of a user; None keeps it.

    `repeated` are fields that the server writes, as the caller knows them.
    """

    name: str | None = None
    role: Role | None = None
    password_hash: str | None = None
    repeated: Mapping[str, object] = field(default_factory=dict)


def create(new: NewUser, password_hash: str) -> Callable[[Tx], User]:
    """The unit that makes the user; Refused (conflict) when the address is taken."""

    def unit(tx: Tx) -> User:
        email = new.email.lower()
        if users.by_email(tx.conn, email) is not None:
            raise Refused(Code.CONFLICT, f"There is a user with the address {email} already.")
        person = people.add(tx.conn, new.name, email, tx.now)
        user = User(tx.new_id(), email, new.name, new.role, person, tx.now)
        users.add(tx.conn, user, password_hash)
        _append(tx, "tocsin.user.created", user)
        return user

    return unit


def edit(user_id: str, change: UserEdit) -> Callable[[Tx], User]:
    """The unit that changes a user and returns it as it is then."""

    def unit(tx: Tx) -> User:
        user = _existing(tx, user_id)
        _check_repeated(user, change.repeated)
        edited = replace(user, name=change.name or user.name, role=change.role or user.role)
        if edited == user and change.password_hash is None:
            return user
        if edited.role is not Role.ADMIN:
            _keep_an_admin(tx, user)
        users.write(tx.conn, edited, change.password_hash)
        _append(tx, "tocsin.user.edited", edited)
        return edited

    return unit


def delete(user_id: str) -> Callable[[Tx], None]:
    """The unit that removes a user and its tokens. The person stays."""

    def unit(tx: Tx) -> None:
        user = _existing(tx, user_id)
        _keep_an_admin(tx, user)
        for token in tokens.of_user(tx.conn, user_id):
            remove_token(tx, token)
        users.remove(tx.conn, user_id)
        _append(tx, "tocsin.user.deleted", user)

    return unit


def _existing(tx: Tx, user_id: str) -> User:
    user = users.find(tx.conn, user_id)
    if user is None:
        raise not_found("user")
    return user


def _check_repeated(user: User, repeated: Mapping[str, object]) -> None:
    for name, value in repeated.items():
        if value != getattr(user, name):
            raise invalid(name, "cannot be changed")


def _keep_an_admin(tx: Tx, user: User) -> None:
    if user.role is Role.ADMIN and users.admins(tx.conn) == 1:
        raise Refused(Code.CONFLICT, "This is the only administrator: make another one first.")


def _append(tx: Tx, kind: str, user: User) -> None:
    """The log is open to every reader, so that an event says no address."""
    data: dict[str, Any] = {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "person_id": user.person_id,
        "created_at": user.created_at,
    }
    tx.append(kind, f"user/{user.id}", msgspec.json.encode({"user": data}))
