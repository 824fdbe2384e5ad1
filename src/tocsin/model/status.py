"""The periods that a component spent in one effective state after the other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tocsin.model.component import State

# How far back periods are known, in seconds before the newest one began: the 90 days that pages
# draw, in any time zone, of which the oldest may have begun an hour more than 90 * 24 hours ago.
REACH = 91 * 24 * 3600

Periods = tuple["Period", ...]


@dataclass(frozen=True)
class Period:
    """From `began_at` to `ended_at` (Unix seconds) a component was in this state, or still is."""

    state: State
    began_at: int
    ended_at: int | None = None


def begin(periods: Periods, state: State, at: int) -> Periods:
    """The periods once another has begun `at`, which ends the one before; oldest first.

    It begins with the one before where that is later. Those that ended more than REACH before it
    are forgotten.
    """
    if not periods:
        return (Period(state, at),)
    last = periods[-1]
    at = max(at, last.began_at)
    return (*_reaching(periods[:-1], at - REACH), replace(last, ended_at=at), Period(state, at))


def _reaching(ended: Iterable[Period], edge: int) -> Iterable[Period]:
    return (period for period in ended if period.ended_at is None or period.ended_at > edge)
