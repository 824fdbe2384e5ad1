"""A component's days as bars: which were not quiet, for how long, and by which issues."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from math import floor
from typing import NamedTuple

from tocsin.model.component import State
from tocsin.model.history import extent
from tocsin.model.issue import Issue
from tocsin.model.page import Page
from tocsin.model.status import Periods
from tocsin.model.uptime import Day, days, share
from tocsin.web import moment
from tocsin.web.view import BarsView, DayView, Shown

SHOWN = {
    State.OPERATIONAL: Shown.OPERATIONAL,
    State.DEGRADED: Shown.DEGRADED,
    State.OUTAGE: Shown.OUTAGE,
}

# The days that a narrow screen shows.
FEW_DAYS = 30

_DAY_S = 24 * 60 * 60


class Almanac:
    """What the days of one page are drawn from, as of `now` (Unix seconds): `issues` are those that
    have begun and touch them, the one that began last first, and `touched` the first and the last
    of the days that each of them did."""

    def __init__(self, page: Page, issues: Iterable[Issue], where: tzinfo, now: int) -> None:
        self.where = where
        self.now = now
        self.today = datetime.fromtimestamp(now, where).date()
        self.count = page.history_days
        self.page = page
        begun = (issue for issue in issues if self._is_drawn(issue))
        self.issues = sorted(
            begun, key=lambda issue: (extent(issue).from_at, issue.id), reverse=True
        )
        self.touched = [self._days_of(issue) for issue in self.issues]
        self._places: Mapping[str, Sequence[int]] = _places(self.issues)

    def bars(self, component_id: str, periods: Periods) -> BarsView | None:
        """The bars of a component of the page, which spent these periods in its states; None when
        the page draws none."""
        if not self.page.show_bars:
            return None
        drawn = _draw(periods, self.where, self._settled(periods), self.count)
        concerned = self._issues_by_day(component_id)
        views = (
            self._view(day, drawn, periods, concerned.get(day, ()))
            for day in sorted(drawn.troubled.keys() | concerned.keys())
        )
        return BarsView(
            known=drawn.known,
            days=tuple(views),
            uptime=self._uptime(periods) if self.page.show_uptime else None,
        )

    def day_of(self, at: int) -> date:
        """The day of a moment, in the page's zone."""
        return moment.local(at, self.where).date()

    def _days_of(self, issue: Issue) -> tuple[date, date]:
        lasted = extent(issue)
        last = self.today if lasted.until_at is None else self.day_of(lasted.until_at)
        return max(self.day_of(lasted.from_at), self._first), min(last, self.today)

    @property
    def _first(self) -> date:
        return self.today - timedelta(self.count - 1)

    def _is_drawn(self, issue: Issue) -> bool:
        lasted = extent(issue)
        is_over_before = lasted.until_at is not None and self.day_of(lasted.until_at) < self._first
        unbegun = issue.scheduled and issue.began_at is None
        elsewhere = set(issue.component_ids).isdisjoint(self.page.component_ids)
        return not (is_over_before or unbegun or elsewhere or lasted.from_at > self.now)

    def _issues_by_day(self, component_id: str) -> Mapping[date, list[int]]:
        by_day: dict[date, list[int]] = defaultdict(list)
        for place in self._places.get(component_id, ()):
            first, last = self.touched[place]
            for after in range((last - first).days + 1):
                by_day[first + timedelta(after)].append(place)
        return by_day

    def _view(
        self, date: date, drawn: "_Drawn", periods: Periods, issues: Sequence[int]
    ) -> DayView:
        ago, current = (self.today - date).days, periods[-1]
        day = drawn.troubled.get(date)
        goes_on = ago == 0 and current.state is not State.OPERATIONAL
        quiet = Shown.OPERATIONAL if ago < drawn.known else Shown.NONE
        return DayView(
            ago=ago,
            shown=SHOWN[day.worst] if day and day.worst else quiet,
            down=day.seconds_down if day else 0,
            degraded=day.seconds_degraded if day else 0,
            goes_on=SHOWN[current.state] if goes_on else Shown.NONE,
            since=self._settled(periods) if goes_on else None,
            issues=tuple(issues),
        )

    def _settled(self, periods: Periods) -> int:
        """The moment from which on today is all in the state of now."""
        midnight = int(datetime.combine(self.today, time.min, self.where).timestamp())
        return max(midnight, periods[-1].began_at)

    def _uptime(self, periods: Periods) -> tuple[str, str]:
        whole, few = (
            _percent(share(periods, self.now - count * _DAY_S, self.now))
            for count in (self.count, min(self.count, FEW_DAYS))
        )
        return whole, few


def _places(issues: Iterable[Issue]) -> Mapping[str, Sequence[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, issue in enumerate(issues):
        for component_id in issue.component_ids:
            places[component_id].append(place)
    return places


class _Drawn(NamedTuple):
    """On how many of the last days a component existed, and those that were not quiet."""

    known: int
    troubled: Mapping[date, Day]


# Most components have no news when a page is composed again; their days are those of before.
@lru_cache(maxsize=2_048)
def _draw(periods: Periods, where: tzinfo, settled: int, count: int) -> _Drawn:
    drawn = days(periods, where, settled, count)
    return _Drawn(
        known=sum(day.worst is not None for day in drawn),
        troubled={day.date: day for day in drawn if day.worst not in (None, State.OPERATIONAL)},
    )


def _percent(part: float) -> str:
    """To a hundredth, never rounded up: 100 is for those that were never down."""
    hundredths = floor(part * 10_000)
    return "100" if hundredths == 10_000 else f"{hundredths / 100:.2f}"
