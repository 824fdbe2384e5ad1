"""Uptime: shares of a time, streaks without incident, and the days of a zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.component import State, worst
from tocsin.model.status import Period, Periods, begin
from tocsin.model.uptime import (
    WINDOW,
    Day,
    days,
    incident_free_streak,
    mean_percent_uptime,
    percent_uptime,
    share,
)

OPERATIONAL, DEGRADED, OUTAGE = State
HOUR, DAY = 3_600, 86_400
BORN = 1_700_000_000
BERLIN = ZoneInfo("Europe/Berlin")


def course(*begun: tuple[State, int]) -> Periods:
    """Periods from the states and the times at which each began."""
    periods: Periods = ()
    for state, at in begun:
        periods = begin(periods, state, at)
    return periods


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    """Local time as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


# Shares


def test_only_outage_counts_against_the_share() -> None:
    periods = course((OPERATIONAL, 0), (DEGRADED, 20), (OUTAGE, 40), (OPERATIONAL, 50))
    assert share(periods, 0, 100) == 0.9
    assert share(periods, 0, 40) == 1.0
    assert share(periods, 40, 50) == 0.0


def test_periods_count_as_far_as_they_lie_in_the_time() -> None:
    periods = course((OUTAGE, 0), (OPERATIONAL, 50), (OUTAGE, 90))
    assert share(periods, 40, 60) == 0.5
    assert share(periods, 80, 100) == 0.5


def test_the_share_is_of_the_life_of_what_was_made_later() -> None:
    assert share(course((OUTAGE, 80), (OPERATIONAL, 90)), 0, 100) == 0.5


@pytest.mark.parametrize("periods", [(), course((OUTAGE, 100)), course((OUTAGE, 200))])
def test_what_has_not_lived_was_not_in_outage(periods: Periods) -> None:
    assert share(periods, 0, 100) == 1.0


def test_percent_uptime_looks_back_thirty_days() -> None:
    now = BORN + 100 * DAY
    periods = course((OUTAGE, BORN), (OPERATIONAL, now - WINDOW + 3 * DAY), (DEGRADED, now - DAY))
    assert percent_uptime(periods, now) == pytest.approx(90)
    assert percent_uptime(periods, now + 3 * DAY) == 100.0


def test_a_pages_uptime_is_the_mean_of_its_components() -> None:
    down, fine = course((OUTAGE, BORN)), course((OPERATIONAL, BORN))
    assert mean_percent_uptime([down, fine, fine, fine], BORN + DAY) == 75.0
    assert mean_percent_uptime([], BORN) == 100.0


# Streaks


def test_without_an_incident_the_streak_is_as_long_as_the_life() -> None:
    assert incident_free_streak(course((OPERATIONAL, BORN)), BORN, BORN + 90) == 90.0


@pytest.mark.parametrize("state", [DEGRADED, OUTAGE])
def test_an_incident_ends_the_streak_and_recovery_begins_another(state: State) -> None:
    during = course((OPERATIONAL, BORN), (state, BORN + 10))
    assert incident_free_streak(during, BORN, BORN + 15) == 0.0
    after = begin(during, OPERATIONAL, BORN + 20)
    assert incident_free_streak(after, BORN, BORN + 50) == 30.0


def test_a_page_counts_from_its_own_making() -> None:
    recovered = course((OUTAGE, BORN), (OPERATIONAL, BORN + 10))
    assert incident_free_streak(recovered, BORN + 40, BORN + 50) == 10.0
    added_later = course((OPERATIONAL, BORN + 30))
    assert incident_free_streak(added_later, BORN, BORN + 50) == 50.0


def test_a_clock_that_was_set_back_makes_no_negative_streak() -> None:
    assert incident_free_streak(course((OPERATIONAL, BORN)), BORN, BORN - 5) == 0.0


# Days


def test_days_end_with_the_one_that_is_today_in_the_zone() -> None:
    periods = course((OPERATIONAL, BORN))
    now = at("2026-11-21 00:30")
    assert [day.date for day in days(periods, BERLIN, now, 3)] == [
        date(2026, 11, 19),
        date(2026, 11, 20),
        date(2026, 11, 21),
    ]
    assert days(periods, UTC, now, 1)[0].date == date(2026, 11, 20)


def test_a_day_tells_the_worst_state_and_the_seconds_in_trouble() -> None:
    periods = course(
        (OPERATIONAL, at("2026-11-19 08:00")),
        (DEGRADED, at("2026-11-20 10:00")),
        (OUTAGE, at("2026-11-20 23:00")),
        (OPERATIONAL, at("2026-11-21 01:00")),
        (DEGRADED, at("2026-11-21 09:00")),
    )
    assert days(periods, BERLIN, at("2026-11-21 09:30"), 4) == (
        Day(date(2026, 11, 18), None, 0, 0),
        Day(date(2026, 11, 19), OPERATIONAL, 0, 0),
        Day(date(2026, 11, 20), OUTAGE, HOUR, 13 * HOUR),
        Day(date(2026, 11, 21), OUTAGE, HOUR, HOUR // 2),
    )


def test_a_state_that_a_day_began_with_and_left_at_midnight_is_not_of_that_day() -> None:
    midnight = at("2026-11-21 00:00")
    periods = course((OUTAGE, midnight - DAY), (OPERATIONAL, midnight))
    assert [day.worst for day in days(periods, BERLIN, midnight + 5, 2)] == [OUTAGE, OPERATIONAL]


def test_what_was_made_this_second_has_a_day() -> None:
    assert days(course((DEGRADED, BORN)), UTC, BORN, 1)[0].worst is DEGRADED


def test_today_exists_from_its_first_second() -> None:
    midnight = at("2026-11-21 00:00")
    (today,) = days(course((OUTAGE, midnight - DAY)), BERLIN, midnight, 1)
    assert today == Day(date(2026, 11, 21), OUTAGE, 0, 0)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Africa/Cairo", "2026-04-24", 23),  # the clocks go from 00:00 to 01:00
        ("Africa/Cairo", "2026-10-29", 25),  # they go from 24:00 back to 23:00
        ("America/Havana", "2026-11-01", 25),  # they show midnight twice
        ("Asia/Kathmandu", "2026-03-29", 24),
    ],
)
def test_a_day_is_as_long_as_the_zones_clocks_make_it(zone: str, day: str, hours: float) -> None:
    down = course((OUTAGE, at("2026-01-01 00:00")))
    noon = at(f"{day} 12:00", ZoneInfo(zone)) + DAY
    of_it = days(down, ZoneInfo(zone), noon, 2)[0]
    assert (of_it.date.isoformat(), of_it.seconds_down) == (day, hours * HOUR)


states = st.sampled_from(State)
steps = st.lists(st.tuples(states, st.integers(0, 20 * DAY)), min_size=1, max_size=12)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/Havana", "Pacific/Apia", "Africa/Cairo"])


@given(steps, zones, st.integers(0, 30 * DAY))
def test_the_days_add_up_to_the_time_in_trouble(
    taken: list[tuple[State, int]], zone: str, later: int
) -> None:
    moment, begun = BORN, []
    for state, after in taken:
        moment += after
        begun.append((state, moment))
    periods, now = course(*begun), moment + later
    told = days(periods, ZoneInfo(zone), now, 80)
    assert [day.date - told[0].date for day in told] == [timedelta(n) for n in range(80)]
    first = at(f"{told[0].date} 00:00", ZoneInfo(zone))
    for state, counted in [
        (OUTAGE, sum(day.seconds_down for day in told)),
        (DEGRADED, sum(day.seconds_degraded for day in told)),
    ]:
        assert counted == sum(_length(one, first, now) for one in periods if one.state is state)
    today, current = told[-1].worst, periods[-1].state
    assert today is not None
    assert worst((today, current)) is today
    assert 0.0 <= share(periods, first, now) <= 1.0


def _length(period: Period, since: int, until: int) -> int:
    ended_at = until if period.ended_at is None else period.ended_at
    return max(min(ended_at, until) - max(period.began_at, since), 0)
