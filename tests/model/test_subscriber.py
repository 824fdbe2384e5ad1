"""Addresses as visitors type them, and who is given up."""

import pytest

from tocsin.model.errors import Refused
from tocsin.model.subscriber import (
    LOST_AFTER,
    Medium,
    is_lost,
    limited_by,
    read_email,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("you@example.org", "you@example.org"),
        (" You.Too+tag@Example.ORG\n", "you.too+tag@example.org"),
        ("you@straße.example", "you@xn--strae-oqa.example"),
        ("you@BÜCHER.example", "you@xn--bcher-kva.example"),
        ("!#$%&'*+/=?^_`{|}~-@a-1.example", "!#$%&'*+/=?^_`{|}~-@a-1.example"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert read_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "you",
        "@example.org",
        "you@",
        "you@localhost",
        "you@10.0.0.1",
        "you@[10.0.0.1]",
        "you@example..org",
        "you@-a.example",
        "you@\u2024.example",
        ".you@example.org",
        "you.@example.org",
        "y..ou@example.org",
        '"you me"@example.org',
        "you@a@example.org",
        "you@example.org, other@example.org",
        "you@example.org\r\nBcc: all@example.org",
        "<you@example.org>",
        "yöu@example.org",
        f"{'a' * 65}@example.org",
        f"you@{'a' * 64}.example",
        f"you@{'.'.join(['a' * 60] * 4)}.example",
        f"{'a' * 64}@{'.'.join(['a' * 60] * 3)}.{'a' * 9}",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="email: must be"):
        read_email(typed)


def test_requests_are_counted_by_mailbox_and_by_host() -> None:
    assert limited_by(Medium.EMAIL, "you+one@example.org") == "you@example.org"
    assert limited_by(Medium.EMAIL, "you@example.org") == "you@example.org"
    assert limited_by(Medium.WEBHOOK, "https://example.org:81/a") == "example.org"


def test_one_that_nothing_reaches_is_lost_after_days_not_before() -> None:
    assert not is_lost(None, 1_000_000)
    assert not is_lost(1_000_000, 1_000_000 + LOST_AFTER - 1)
    assert is_lost(1_000_000, 1_000_000 + LOST_AFTER)
