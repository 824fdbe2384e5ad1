"""What `?at=` says."""

import pytest

from tocsin.model.asked_time import parse_at
from tocsin.model.errors import Code, Refused

NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1699999999", 1_699_999_999),
        ("0", 0),
        ("1700000000", NOW),
        ("2023-11-14T22:13:19Z", 1_699_999_999),
        ("2023-11-14T22:13:19.999Z", 1_699_999_999),
        ("2023-11-14T23:13:19+01:00", 1_699_999_999),
        ("2023-11-14T23:13:19 01:00", 1_699_999_999),
        ("2023-11-14T21:13:19-01:00", 1_699_999_999),
    ],
)
def test_seconds_and_rfc_3339_are_read(text: str, at: int) -> None:
    assert parse_at(text, NOW) == at


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", "Unix seconds or an RFC 3339 time"),
        ("yesterday", "Unix seconds or an RFC 3339 time"),
        ("-1", "Unix seconds or an RFC 3339 time"),
        ("1.5", "Unix seconds or an RFC 3339 time"),
        ("١٧", "Unix seconds or an RFC 3339 time"),
        ("9" * 5_000, "Unix seconds or an RFC 3339 time"),
        ("2023-11-14T22:13:19", "Unix seconds or an RFC 3339 time"),
        ("1700000001", "future"),
        ("2023-11-14T22:13:21Z", "future"),
    ],
)
def test_what_cannot_be_read_or_is_to_come_is_refused(text: str, allowed: str) -> None:
    with pytest.raises(Refused, match=allowed) as refused:
        parse_at(text, NOW)
    assert refused.value.code is Code.INVALID
    assert [error.path for error in refused.value.errors] == ["at"]
