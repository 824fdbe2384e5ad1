"""How much of a time a component worked, told from the periods it spent in its states.

Times are Unix seconds. `periods` are a component's: oldest first, each beginning where the one
before ended, the last one open; before the first of them it did not exist.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from tocsin.model.component import State, worst
from tocsin.model.status import Period, Periods

# What `percent_uptime` looks back on, in seconds.
WINDOW = 30 * 24 * 3600


@dataclass(frozen=True)
class Day:
    """A day of a time zone: the worst state (None before the component existed), and the seconds
    spent in the two that are not operational."""

    date: date
    worst: State | None
    seconds_down: int
    seconds_degraded: int


def share(periods: Periods, since: int, until: int) -> float:
    """How much of the time from `since` to `until` was not spent in outage: 0.0 to 1.0.

    Of a component's life, where that began later; 1.0 when there is none of it yet.
    """
    lived = until - max(since, _began_at(periods[0]) if periods else until)
    if lived <= 0:
        return 1.0
    return 1.0 - _seconds(periods, State.OUTAGE, since, until) / lived


def percent_uptime(periods: Periods, now: int) -> float:
    """The share of the last 30 days, or of its life, that a component was not in outage, in %."""
    return 100.0 * share(periods, now - WINDOW, now)


def mean_percent_uptime(components: Iterable[Periods], now: int) -> float:
    """The mean of the components' `percent_uptime`; 100.0 without any."""
    each = [percent_uptime(periods, now) for periods in components]
    return sum(each) / len(each) if each else 100.0


def incident_free_streak(periods: Periods, created_at: int, now: int) -> float:
    """Seconds since a component left a state other than operational, or since `created_at` when
    that is later or there was none; 0.0 while it is not operational.

    A page's is the least of its components', with `created_at` the page's own.
    """
    current = periods[-1]
    if current.state is not State.OPERATIONAL:
        return 0.0
    recovered_at = current.began_at if len(periods) > 1 else created_at
    return float(max(now - max(recovered_at, created_at), 0))


def days(periods: Periods, zone: tzinfo, now: int, count: int) -> tuple[Day, ...]:
    """The last `count` days in that zone, oldest first, the last one being that of `now`.

    A day is from midnight to midnight: 23 or 25 hours long where the clocks change.
    """
    today = datetime.fromtimestamp(now, zone).date()
    dates = [today - timedelta(ago) for ago in range(count - 1, -2, -1)]
    return tuple(
        _day(periods, day, _midnight(day, zone), _midnight(following, zone), now)
        for day, following in pairwise(dates)
    )


def _day(periods: Periods, day: date, begins: int, ends: int, now: int) -> Day:
    states = [period.state for period in _between(periods, begins, ends)]
    until = min(ends, now)
    return Day(
        date=day,
        worst=worst(states) if states else None,
        seconds_down=_seconds(periods, State.OUTAGE, begins, until),
        seconds_degraded=_seconds(periods, State.DEGRADED, begins, until),
    )


def _midnight(day: date, zone: tzinfo) -> int:
    """When the day begins. Where the clocks skip midnight that is the moment they do so, and where
    they show it twice the first one: `fold=0` means both (PEP 495)."""
    return int(datetime.combine(day, time.min, zone).timestamp())


def _seconds(periods: Periods, state: State, since: int, until: int) -> int:
    return sum(
        min(until if period.ended_at is None else period.ended_at, until)
        - max(period.began_at, since)
        for period in _between(periods, since, until)
        if period.state is state
    )


def _between(periods: Periods, since: int, until: int) -> Periods:
    """The period that lasted at `since`, and those that began after that and before `until`."""
    first = bisect_right(periods, since, key=_began_at) - 1
    return periods[max(first, 0) : bisect_left(periods, until, key=_began_at)]


def _began_at(period: Period) -> int:
    return period.began_at
