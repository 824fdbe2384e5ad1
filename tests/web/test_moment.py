"""Moments and spans in words."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tocsin.model.page import Language
from tocsin.web import moment
from tocsin.web.moment import Moments
from tocsin.web.words import WORDS

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOW = at("2026-11-21T14:25:30")
ENGLISH = Moments(NOW, UTC, WORDS[Language.ENGLISH].times)
GERMAN = Moments(NOW, UTC, WORDS[Language.GERMAN].times)
IN_BERLIN = Moments(NOW, BERLIN, WORDS[Language.ENGLISH].times)


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
    assert ENGLISH.span(seconds) == words


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
    assert ENGLISH.ago(then) == words


def test_what_goes_on_gets_longer() -> None:
    assert ENGLISH.lasting(120, NOW - 60) == "3 minutes"
    assert ENGLISH.lasting(120, NOW + 60) == "2 minutes"
    assert ENGLISH.since(NOW - 3_600) == ENGLISH.length(0, 3_600) == "1 hour"


def test_a_clock_time_says_its_zone_and_as_much_of_the_date_as_is_in_doubt() -> None:
    assert ENGLISH.clock(at("2026-11-21T09:05:00")) == "09:05 UTC"
    assert ENGLISH.clock(at("2026-11-20T23:30:00")) == "20 Nov, 23:30 UTC"
    assert IN_BERLIN.clock(at("2026-11-20T23:30:00")) == "00:30 CET"
    assert IN_BERLIN.clock(at("2025-07-01T12:00:00")) == "1 Jul 2025, 14:00 CEST"


def test_a_window_names_the_second_day_only_when_it_is_another() -> None:
    night = at("2026-11-22T02:00:00"), at("2026-11-22T04:00:00")
    new_york = Moments(NOW, ZoneInfo("America/New_York"), WORDS[Language.ENGLISH].times)
    island = Moments(NOW, ZoneInfo("Atlantic/South_Georgia"), WORDS[Language.ENGLISH].times)
    over_midnight = at("2026-11-22T23:00:00"), at("2026-11-23T01:00:00")
    assert ENGLISH.window(*night) == "Sun 22 Nov, 02:00 to 04:00 UTC"
    assert new_york.window(*night) == "Sat 21 Nov, 21:00 to 23:00 EST"
    assert island.window(*night) == "Sun 22 Nov, 00:00 to 02:00 -02"
    assert ENGLISH.window(*over_midnight) == "Sun 22 Nov, 23:00 to Mon 23 Nov, 01:00 UTC"


def test_below_a_day_a_time_need_not_say_it() -> None:
    assert ENGLISH.extent(at("2026-11-22T02:00:00"), at("2026-11-22T04:00:00")) == (
        "02:00 to 04:00 UTC"
    )
    assert ENGLISH.extent(at("2026-11-22T23:00:00"), at("2026-11-23T01:00:00")) == (
        "Sun 22 Nov, 23:00 to Mon 23 Nov, 01:00 UTC"
    )


def test_the_tooltip_and_the_attribute_are_exact() -> None:
    assert IN_BERLIN.exact(NOW) == "Sat 21 Nov 2026, 15:25:30 CET"
    assert IN_BERLIN.machine(NOW) == moment.machine(NOW) == "2026-11-21T14:25:30Z"


def test_days_and_months_say_another_year() -> None:
    assert ENGLISH.long(date(2026, 11, 3)) == "3 November"
    assert ENGLISH.long(date(2025, 11, 3)) == "3 November 2025"
    assert ENGLISH.full(date(2026, 11, 3)) == "Tue 3 Nov 2026"
    assert ENGLISH.month(date(2026, 11, 1)) == "November 2026"


def test_a_run_of_days_names_a_month_that_they_share_once() -> None:
    assert ENGLISH.run(date(2026, 11, 3), date(2026, 11, 11)) == "3 to 11 November"
    assert ENGLISH.run(date(2026, 10, 30), date(2026, 11, 2)) == "30 October to 2 November"
    assert ENGLISH.run(date(2025, 11, 3), date(2026, 11, 11)) == "3 November 2025 to 11 November"
    assert GERMAN.run(date(2026, 11, 3), date(2026, 11, 11)) == "3. bis 11. November"


def test_german_says_it_in_german() -> None:
    assert GERMAN.clock(NOW - 86_400) == "20. Nov., 14:25 UTC"
    assert GERMAN.ago(NOW - 3 * 86_400) == "vor 3 Tagen"
    assert GERMAN.ago(NOW + 3 * 86_400) == "in 3 Tagen"
    assert GERMAN.span(3 * 86_400) == "3 Tage"
    assert GERMAN.ago(NOW + 5) == "in weniger als einer Minute"
    assert GERMAN.window(NOW, NOW + 3_600) == "Sa, 21. Nov., 14:25 bis 15:25 UTC"


def test_a_zone_is_found_by_its_name() -> None:
    assert moment.zone("UTC") is UTC
    assert moment.zone("Europe/Berlin") == BERLIN


def test_a_time_at_the_end_of_the_calendar_can_be_shown_everywhere() -> None:
    tokyo = Moments(NOW, ZoneInfo("Asia/Tokyo"), WORDS[Language.ENGLISH].times)
    assert tokyo.full(moment.local(253_402_300_799, tokyo.where).date()) == "Thu 30 Dec 9999"
