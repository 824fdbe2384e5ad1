"""Moments and spans in words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tocsin.web import moment

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOW = at("2026-11-21T14:25:30")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (23 * 60 + 59, "23 minutes"),
        (3_600, "1 hour"),
        (3_600 + 60, "1 hour 1 minute"),
        (5 * 3_600 + 59 * 60, "5 hours 59 minutes"),
        (86_400 + 3_599, "1 day"),
        (2 * 86_400 + 3_600, "2 days 1 hour"),
        (7 * 86_400 + 5 * 3_600, "7 days"),
        (400 * 86_400, "400 days"),
    ],
)
def test_a_span_has_two_units_at_most(seconds: int, words: str) -> None:
    assert moment.span(seconds) == words


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (NOW, "just now"),
        (NOW - 59, "just now"),
        (NOW - 60, "1 minute ago"),
        (NOW - 3_600 * 5 - 120, "5 hours ago"),
        (NOW + 30, "in less than a minute"),
        (NOW + 3_900, "in 1 hour 5 minutes"),
    ],
)
def test_the_past_is_rough_and_the_future_exact(then: int, words: str) -> None:
    assert moment.ago(then, NOW) == words


def test_a_clock_time_says_its_zone_and_as_much_of_the_date_as_is_in_doubt() -> None:
    assert moment.clock(at("2026-11-21T09:05:00"), NOW, UTC) == "09:05 UTC"
    assert moment.clock(at("2026-11-20T23:30:00"), NOW, UTC) == "20 Nov, 23:30 UTC"
    assert moment.clock(at("2026-11-20T23:30:00"), NOW, BERLIN) == "00:30 CET"
    assert moment.clock(at("2025-07-01T12:00:00"), NOW, BERLIN) == "1 Jul 2025, 14:00 CEST"


def test_a_window_names_the_second_day_only_when_it_is_another() -> None:
    night = at("2026-11-22T02:00:00"), at("2026-11-22T04:00:00")
    assert moment.window(*night, UTC) == "Sun 22 Nov, 02:00 to 04:00 UTC"
    assert moment.window(*night, ZoneInfo("America/New_York")) == "Sat 21 Nov, 21:00 to 23:00 EST"
    assert (
        moment.window(*night, ZoneInfo("Atlantic/South_Georgia"))
        == "Sun 22 Nov, 00:00 to 02:00 -02"
    )
    assert (
        moment.window(at("2026-11-22T23:00:00"), at("2026-11-23T01:00:00"), UTC)
        == "Sun 22 Nov, 23:00 to Mon 23 Nov, 01:00 UTC"
    )


def test_the_tooltip_and_the_attribute_are_exact() -> None:
    assert moment.exact(NOW, BERLIN) == "Sat 21 Nov 2026, 15:25:30 CET"
    assert moment.machine(NOW) == "2026-11-21T14:25:30Z"


def test_a_zone_is_found_by_its_name() -> None:
    assert moment.zone("UTC") is UTC
    assert moment.zone("Europe/Berlin") == BERLIN
