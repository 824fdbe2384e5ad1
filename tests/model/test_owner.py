"""What ends with a token, a user or a session."""

from collections.abc import Hashable
from typing import NamedTuple

import pytest

from tocsin.model.event import Event
from tocsin.model.owner import also, rests_on, taken


class Right(NamedTuple):
    """What owns a visitor's stream, where nobody has signed in."""

    kind: str


@pytest.mark.parametrize(
    ("owner", "ends"),
    [
        ("a1", True),
        ("a1-b2", True),
        ("a1-b2-c3", True),
        ("a12", False),
        ("b2", False),
        ("b2-a1", False),
        (Right("anybody"), False),
        (Right("a1"), False),
    ],
)
def test_what_was_begun_with_something_ends_with_it(owner: Hashable, ends: bool) -> None:
    assert rests_on(owner, "a1") is ends


@pytest.mark.parametrize(
    ("gone", "ends"), [("a1", True), ("b2", True), ("b2-s2", True), ("b2-s1", False), ("c3", False)]
)
def test_what_somebody_opened_as_one_and_another_ends_with_either(gone: str, ends: bool) -> None:
    owner: Hashable = None
    for principal_id in ("a1-s1", "b2-s1", "b2-s2"):
        owner = also(owner, principal_id)
    assert rests_on(owner, gone) is ends


def happened(type_: str, topic: str, data: bytes = b"{}") -> Event:
    return Event(1, 1, type_, topic, topic, "/tocsin", 0, 0, data)


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        (happened("tocsin.token.deleted", "token/a1"), ["a1"]),
        (happened("tocsin.user.deleted", "user/a1"), ["a1"]),
        (happened("tocsin.user.edited", "user/a1", b'{"user":{},"signed_out":true}'), ["a1"]),
        (happened("tocsin.user.edited", "user/a1", b'{"user":{}}'), []),
        (happened("tocsin.token.created", "token/a1"), []),
        (happened("tocsin.page.deleted", "page/a1"), []),
    ],
)
def test_a_change_takes_along_what_was_opened_by_what_it_deletes_or_signs_out(
    event: Event, gone: list[str]
) -> None:
    assert list(taken((event,))) == gone
