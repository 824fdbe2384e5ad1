"""Times in RFC 3339."""

import pytest

from tocsin.model import rfc3339


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("1970-01-01T00:00:01Z", 1_000),
        ("2023-11-14T22:13:20.5Z", 1_700_000_000_500),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000_000),
        ("1969-12-31T23:59:59Z", -1_000),
    ],
)
def test_a_time_with_its_zone_is_read(text: str, time_ms: int) -> None:
    assert rfc3339.milliseconds(text) == time_ms


@pytest.mark.parametrize("text", ["", "yesterday", "2023-11-14T22:13:20", "2023-11-14", "17"])
def test_anything_else_is_not(text: str) -> None:
    assert rfc3339.milliseconds(text) is None
