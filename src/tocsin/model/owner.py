"""Owners: whose what is open is. It ends with the token, user or session that opened it."""

from collections.abc import Hashable, Iterator
from typing import Final

import msgspec

from tocsin.model.event import Change, Event

_DELETED: Final = ("tocsin.token.deleted", "tocsin.user.deleted")


def taken(change: Change) -> Iterator[str]:
    """The ids of the tokens that a change deleted, and of the users whose sessions it ended."""
    for event in change:
        if event.type in _DELETED or (event.type == "tocsin.user.edited" and _signed_out(event)):
            yield event.topic.partition("/")[2]


def rests_on(owner: Hashable, gone: str) -> bool:
    """Whether what that owner opened ends with the token, user or session of the id `gone`.

    The id of a session begins with the id of what it was begun with, see `app/sessions.py`.
    Several ids are the owner together, see `also`.
    """
    if isinstance(owner, frozenset):
        return any(rests_on(each, gone) for each in owner)
    return isinstance(owner, str) and (owner == gone or owner.startswith(f"{gone}-"))


def also(owner: Hashable, principal_id: str) -> frozenset[str]:
    """The owner of what `owner` (None: nobody) opened and goes on with as that principal: what was
    opened before must not outlive the right to it. Of one token's or user's sessions the last one
    counts."""
    account = _account(principal_id)
    before = owner if isinstance(owner, frozenset) else frozenset[str]()
    return frozenset({principal_id, *(each for each in before if _account(each) != account)})


def _account(principal_id: str) -> str:
    return principal_id.partition("-")[0]


def _signed_out(event: Event) -> bool:
    return "signed_out" in msgspec.json.decode(event.data)
