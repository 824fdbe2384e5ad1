"""What the pages of a status page's history show, as plain values, and how they come about."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property

from tocsin.model.component import Component, State
from tocsin.model.history import extent
from tocsin.model.issue import Issue, Phase
from tocsin.model.page import Page
from tocsin.model.status import Period
from tocsin.web import moment
from tocsin.web.bars import SHOWN
from tocsin.web.compose import look_of, opening, said_after
from tocsin.web.recent_days import past_issue, severity
from tocsin.web.view import EntryView, Look, PastIssueView, Shown, TroubleView
from tocsin.web.words import WORDS

_ALARM = {shown: alarm for alarm, shown in enumerate(Shown)}


@dataclass(frozen=True, slots=True)
class CellView:
    """A day in a month's calendar; `shown` is the worst of it, None where there is nothing to know:
    before the page was, and to come."""

    day: date
    shown: Shown | None


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month, its days in order and its issues, the newest first."""

    first: date
    cells: tuple[CellView, ...]
    issues: tuple[PastIssueView, ...]


@dataclass(frozen=True, slots=True)
class MonthsView:
    """Some months, the newest first; `newer` and `older` are those with which other pages begin.
    `alone`: it is the page of one month."""

    look: Look
    months: tuple[MonthView, ...]
    newer: date | None
    older: date | None
    alone: bool


@dataclass(frozen=True, slots=True)
class DayPageView:
    """A day: its issues, and each component that was not fine. `before` and `after` are the days
    beside it that have a page."""

    look: Look
    day: date
    shown: Shown
    issues: tuple[PastIssueView, ...]
    troubles: tuple[TroubleView, ...]
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class IssuePageView:
    """An issue with all that was said, oldest first. `window` is what was planned; `previous` and
    `next` are the ids and titles of those that began before and after it."""

    look: Look
    id: str
    title: str
    phase: Phase
    shown: Shown
    affects: tuple[str, ...]
    from_at: int
    until_at: int | None
    window: tuple[int, int] | None
    entries: tuple[EntryView, ...]
    previous: tuple[str, str] | None
    next: tuple[str, str] | None


@dataclass(frozen=True)
class Chronicle:
    """What happened on a page within some time, as of `now` (Unix seconds): `issues`, what began
    last first, and the periods that its components were not operational. `first` is the first day
    of which there is something to tell."""

    page: Page
    components: Sequence[Component]
    issues: Sequence[Issue]
    troubles: Mapping[str, Sequence[Period]]
    first: date
    now: int

    @property
    def where(self) -> tzinfo:
        """The page's time zone."""
        return moment.zone(self.page.timezone)

    def month(self, first: date) -> MonthView:
        """The month that begins with that day."""
        shown = self._shown_by_day
        days = [first + timedelta(after) for after in range(monthrange(first.year, first.month)[1])]
        began = [issue for issue in self.issues if self._day(extent(issue).from_at) in days]
        return MonthView(
            first=first,
            cells=tuple(CellView(day, self._cell(day, shown)) for day in days),
            issues=tuple(self._brief(issue) for issue in began),
        )

    def day(self, day: date) -> DayPageView:
        """The day; `issues` are those that touched it."""
        today = self._day(self.now)
        return DayPageView(
            look=look_of(self.page),
            day=day,
            shown=self._shown_by_day.get(day, Shown.OPERATIONAL),
            issues=tuple(self._brief(issue) for issue in self.issues),
            troubles=tuple(self._troubles(day)),
            before=day - timedelta(1) if day > self.first else None,
            after=day + timedelta(1) if day < today else None,
        )

    def _brief(self, issue: Issue) -> PastIssueView:
        return past_issue(issue, self._names, WORDS[self.page.language])

    @property
    def _names(self) -> Mapping[str, str]:
        return {component.id: component.name for component in self.components}

    def _day(self, at: int) -> date:
        return moment.local(at, self.where).date()

    def _cell(self, day: date, shown: Mapping[date, Shown]) -> Shown | None:
        if not self.first <= day <= self._day(self.now):
            return None
        return shown.get(day, Shown.OPERATIONAL)

    @cached_property
    def _shown_by_day(self) -> Mapping[date, Shown]:
        """The worst of each day that was not quiet."""
        worst: dict[date, Shown] = {}
        for day, shown in self._marks():
            worst[day] = max(worst.get(day, Shown.NONE), shown, key=_ALARM.__getitem__)
        return worst

    def _marks(self) -> Iterator[tuple[date, Shown]]:
        for periods in self.troubles.values():
            for period in periods:
                for day in self._days(period.began_at, period.ended_at):
                    yield day, SHOWN[period.state]
        for issue in self.issues:
            if issue.scheduled and issue.began_at is not None:
                for day in self._days(issue.began_at, issue.ended_at):
                    yield day, Shown.MAINTENANCE

    def _days(self, from_at: int, until_at: int | None) -> Iterator[date]:
        first, last = self._day(from_at), self._day(self.now if until_at is None else until_at)
        return (first + timedelta(after) for after in range((last - first).days + 1))

    def _troubles(self, day: date) -> Iterator[TroubleView]:
        begins, ends = midnight(day, self.where), midnight(day + timedelta(1), self.where)
        for component in self.components:
            for state in (State.OUTAGE, State.DEGRADED):
                spent = [
                    period
                    for period in self.troubles.get(component.id, ())
                    if period.state is state
                    and period.began_at < ends
                    and (period.ended_at is None or period.ended_at > begins)
                ]
                if spent:
                    yield _trouble(component, spent, begins, ends, self.now)


def issue_view(
    page: Page,
    components: Iterable[Component],
    issue: Issue,
    previous: Issue | None,
    following: Issue | None,
) -> IssuePageView:
    """The page of an issue that was read with its updates."""
    words, lasted = WORDS[page.language], extent(issue)
    planned = issue.starts_at is not None and issue.ends_at is not None
    return IssuePageView(
        look=look_of(page),
        id=issue.id,
        title=issue.title,
        phase=issue.phase,
        shown=severity(issue),
        affects=tuple(one.name for one in components if one.id in issue.component_ids),
        from_at=lasted.from_at,
        until_at=lasted.until_at,
        window=(issue.starts_at or 0, issue.ends_at or 0) if planned else None,
        entries=(opening(issue, words), *reversed(said_after(issue, words))),
        previous=(previous.id, previous.title) if previous else None,
        next=(following.id, following.title) if following else None,
    )


def midnight(day: date, where: tzinfo) -> int:
    """When a day begins, in Unix seconds."""
    return int(datetime.combine(day, time.min, where).timestamp())


def _trouble(
    component: Component, spent: Sequence[Period], begins: int, ends: int, now: int
) -> TroubleView:
    """How long a component was in the one state of these periods on a day, and if it still is."""
    goes_on = spent[-1].ended_at is None and now < ends
    over = spent[:-1] if goes_on else spent
    return TroubleView(
        name=component.name,
        shown=SHOWN[spent[0].state],
        seconds=sum(min(one.ended_at or ends, ends) - max(one.began_at, begins) for one in over),
        since=max(spent[-1].began_at, begins) if goes_on else None,
    )
