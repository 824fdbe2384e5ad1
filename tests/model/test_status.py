"""The periods that a component spent in its states."""

from tocsin.model.component import State
from tocsin.model.status import REACH, Period, Periods, begin

OPERATIONAL, DEGRADED, OUTAGE = State
DAY = 86_400


def test_the_first_period_is_open() -> None:
    assert begin((), DEGRADED, 100) == (Period(DEGRADED, 100, None),)


def test_the_next_period_ends_the_one_before() -> None:
    periods = begin(begin((), OPERATIONAL, 100), OUTAGE, 160)
    assert periods == (Period(OPERATIONAL, 100, 160), Period(OUTAGE, 160))


def test_a_period_begins_no_sooner_than_the_one_before() -> None:
    periods = begin(begin((), OPERATIONAL, 100), OUTAGE, 40)
    assert periods == (Period(OPERATIONAL, 100, 100), Period(OUTAGE, 100))


def test_what_ended_before_the_reach_is_forgotten() -> None:
    early = begin(begin(begin((), OPERATIONAL, 0), OUTAGE, 10), OPERATIONAL, 20)
    inside = begin(early, DEGRADED, REACH + 9)
    assert [period.began_at for period in inside] == [0, 10, 20, REACH + 9]
    assert [period.began_at for period in begin(early, DEGRADED, REACH + 10)] == [
        10,
        20,
        REACH + 10,
    ]
    assert [period.began_at for period in begin(early, DEGRADED, REACH + 20)] == [20, REACH + 20]


def test_forgetting_bit_by_bit_is_forgetting_at_once() -> None:
    moments = [number * 7 * DAY for number in range(40)]
    states = [(OPERATIONAL, OUTAGE)[number % 2] for number in range(40)]
    periods: Periods = ()
    for state, at in zip(states, moments, strict=True):
        periods = begin(periods, state, at)
    kept = [at for at in moments if at + 7 * DAY > moments[-1] - REACH]
    assert [period.began_at for period in periods] == kept


def test_the_reach_covers_ninety_days_of_any_zone() -> None:
    assert REACH >= 90 * DAY + 3600
