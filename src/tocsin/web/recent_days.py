"""The last days of a page as a list: what happened, and between it runs of quiet days in a line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from tocsin.model.history import extent
from tocsin.model.issue import Issue, Phase
from tocsin.web.bars import SHOWN, Almanac
from tocsin.web.view import (
    BarsView,
    ComponentView,
    DayView,
    PastDayView,
    PastIssueView,
    Shown,
    TroubleView,
)
from tocsin.web.words import Words

# How many days the status page itself tells of.
COUNT = 15

_TROUBLE = (Shown.DEGRADED, Shown.OUTAGE)


def recent_days(
    almanac: Almanac, rows: Mapping[str, ComponentView], words: Words
) -> tuple[PastDayView, ...]:
    """The last 15 days, or as many as the page tells of and has existed for, newest first.

    An issue stands on the day on which it began. The others that it touched are not quiet, but have
    nothing else to tell.
    """
    names = {id_: row.name for id_, row in rows.items()}
    count = min(COUNT, almanac.count)
    dates = [almanac.today - timedelta(ago) for ago in range(count)]
    listed = _listed(almanac, dates[-1])
    told = [
        PastDayView(
            first=day,
            last=day,
            issues=tuple(past_issue(issue, names, words) for issue in listed.get(day, ())),
            troubles=tuple(_troubles(ago, rows.values())),
        )
        for ago, day in enumerate(dates)
    ]
    covered = {day for first, last in almanac.touched for day in dates if first <= day <= last}
    born = almanac.day_of(almanac.page.created_at)
    return tuple(
        _with_quiet_runs(
            day
            for day in told
            if not day.is_quiet or (day.first >= born and day.first not in covered)
        )
    )


def past_issue(issue: Issue, names: Mapping[str, str], words: Words) -> PastIssueView:
    """An issue in short, as lists of past ones show it; `names` are those of the page's components
    by id."""
    lasted = extent(issue)
    return PastIssueView(
        id=issue.id,
        title=issue.title,
        shown=severity(issue),
        note=_note(issue.phase, words),
        from_at=lasted.from_at,
        until_at=lasted.until_at,
        affects=tuple(name for id_, name in names.items() if id_ in issue.component_ids),
    )


def severity(issue: Issue) -> Shown:
    """How an issue is shown: by the state that it gave to its components last."""
    if issue.scheduled:
        return Shown.MAINTENANCE
    return SHOWN[issue.state_override] if issue.state_override else Shown.NONE


def _note(phase: Phase, words: Words) -> str | None:
    match phase:
        case Phase.STANDING | Phase.UNDERWAY:
            return words.history.ongoing
        case Phase.PLANNED | Phase.ANNOUNCED:
            return words.history.planned
        case Phase.CANCELLED:
            return words.history.cancelled
        case Phase.NOTED:
            return words.history.information
        case Phase.RESOLVED | Phase.OVER:
            return None


def _listed(almanac: Almanac, oldest: date) -> Mapping[date, Sequence[Issue]]:
    """The issues by the day that they stand on, which is the oldest for those that began before."""
    by_day: dict[date, list[Issue]] = {}
    for issue, (first, last) in zip(almanac.issues, almanac.touched, strict=True):
        if last >= oldest:
            by_day.setdefault(max(first, oldest), []).append(issue)
    return by_day


def _troubles(ago: int, rows: Iterable[ComponentView]) -> Iterator[TroubleView]:
    """What was not fine on a day without an issue about it."""
    for row in rows:
        day = _day(row.bars, ago) if row.bars else None
        if day is not None and day.shown in _TROUBLE and not day.issues:
            seconds = day.down if day.shown is Shown.OUTAGE else day.degraded
            since = day.since if day.goes_on is day.shown else None
            yield TroubleView(row.name, day.shown, seconds, since)


def _day(bars: BarsView, ago: int) -> DayView | None:
    return next((day for day in bars.days if day.ago == ago), None)


def _with_quiet_runs(days: Iterable[PastDayView]) -> Iterator[PastDayView]:
    """The same with each run of quiet days that follow each other as one."""
    numbered = enumerate(days)

    def run(place_and_day: tuple[int, PastDayView]) -> int | tuple[int]:
        place, day = place_and_day
        return day.first.toordinal() + place if day.is_quiet else (place,)

    for _, those in groupby(numbered, run):
        found = [day for _, day in those]
        yield PastDayView(found[-1].first, found[0].last, found[0].issues, found[0].troubles)
