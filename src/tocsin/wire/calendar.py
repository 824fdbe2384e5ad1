"""A page's maintenance as an iCalendar (RFC 5545, RFC 7986) that calendars subscribe to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tocsin.model.issue import Issue, Phase
from tocsin.model.report import Report, last_change
from tocsin.wire.plain_text import plain

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE = "text/calendar; charset=utf-8"

# How often a calendar should ask again.
_REFRESH = timedelta(minutes=15)


def calendar(report: Report, title: str) -> bytes:
    """The calendar called `title`: an event for each scheduled issue.

    An event keeps its UID for good. Its SEQUENCE rises with each thing that is said of the issue,
    which a new schedule, an early end and a cancellation always say, so that calendars move it and
    strike it out.
    """
    from icalendar import Calendar, vDuration, vText  # not at the top: it takes a tenth of a second

    made = Calendar.new(
        prodid="-//Tocsin//Status page//EN",
        url=f"{report.address}/",
        uid=f"{report.page.id}@tocsin",
        last_modified=_time(report.changed_at),
        subcomponents=[_event(report, issue) for issue in report.issues if issue.scheduled],
    )
    for name in ("NAME", "X-WR-CALNAME"):  # which the library takes as they are, unescaped
        made[name] = vText(plain(title))
    made["REFRESH-INTERVAL"] = vDuration(_REFRESH, params={"VALUE": "DURATION"})
    made["X-PUBLISHED-TTL"] = vDuration(_REFRESH)  # for those who do not know the other
    written: bytes = made.to_ical()
    return written


def _event(report: Report, issue: Issue) -> "Event":
    from icalendar import STATUS, TRANSP, Event

    changed_at = _time(last_change(issue))
    starts_at, ends_at = _window(issue)
    return Event.new(
        uid=f"{issue.id}@tocsin",
        sequence=len(issue.updates),
        status=STATUS.CANCELLED if issue.phase is Phase.CANCELLED else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,
        summary=plain(issue.title),
        description=plain("\n\n".join(_description(report, issue))),
        url=report.issue_address(issue),
        start=_time(starts_at),
        end=_time(ends_at),
        created=_time(issue.created_at),
        last_modified=changed_at,
        stamp=changed_at,
    )


def _window(issue: Issue) -> tuple[int, int]:
    """From when to when: as planned, but no longer than it took. An event has to take some time."""
    assert issue.starts_at is not None  # both are given to every scheduled issue
    assert issue.ends_at is not None
    ends_at = issue.ends_at
    if issue.phase is Phase.OVER and issue.ended_at is not None:
        ends_at = issue.ended_at
    return issue.starts_at, max(ends_at, issue.starts_at + 1)


def _description(report: Report, issue: Issue) -> Iterator[str]:
    """What is affected, and what was said, newest first, as it was written."""
    names = ", ".join(one.name for one in report.components_of(issue))
    said = (names, *(update.body for update in issue.updates), issue.body)
    yield from (text.strip() for text in said if text.strip())


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
