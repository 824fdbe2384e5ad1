"""A component's days as bars."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tests.web.sample import BORN, DAY, HOUR, NOW, issue, page, work

from tocsin.model.component import State
from tocsin.model.issue import Issue
from tocsin.model.page import Group
from tocsin.model.status import Period, Periods
from tocsin.web.bars import Almanac
from tocsin.web.view import BarsView, DayView, Shown

MIDNIGHT = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp())
BERLIN = ZoneInfo("Europe/Berlin")
MAIN = page(Group(None, None, ("c1",)))


def bars(periods: Periods, *issues: Issue, now: int = NOW) -> BarsView:
    drawn = Almanac(MAIN, issues, UTC, now).bars("c1", periods)
    assert drawn is not None
    return drawn


def states(*changes: tuple[State, int]) -> Periods:
    ends = [at for _, at in changes[1:]]
    return tuple(
        Period(state, at, end) for (state, at), end in zip(changes, [*ends, None], strict=True)
    )


QUIET = states((State.OPERATIONAL, BORN - DAY))


def test_a_component_without_trouble_has_no_days_to_tell_of() -> None:
    assert bars(QUIET) == BarsView(known=90, days=(), uptime=("100", "100"))


def test_days_before_a_component_existed_are_not_known() -> None:
    assert bars(states((State.OPERATIONAL, NOW - 2 * DAY))).known == 3


def test_a_day_of_trouble_tells_its_worst_and_both_lengths() -> None:
    down = states(
        (State.OPERATIONAL, BORN - DAY),
        (State.DEGRADED, MIDNIGHT - DAY + HOUR),
        (State.OUTAGE, MIDNIGHT - DAY + 3 * HOUR),
        (State.OPERATIONAL, MIDNIGHT - DAY + 4 * HOUR),
    )
    (day,) = bars(down).days
    assert day == DayView(
        ago=1, shown=Shown.OUTAGE, down=HOUR, degraded=2 * HOUR, goes_on=Shown.NONE, since=None,
        issues=(),
    )  # fmt: skip


def test_what_goes_on_today_is_told_from_its_beginning_and_never_changes_by_itself() -> None:
    down = states(
        (State.OPERATIONAL, BORN - DAY),
        (State.OUTAGE, MIDNIGHT + HOUR),
        (State.OPERATIONAL, MIDNIGHT + 2 * HOUR),
        (State.DEGRADED, MIDNIGHT + 3 * HOUR),
    )
    (day,) = bars(down).days
    assert (day.shown, day.down, day.degraded) == (Shown.OUTAGE, HOUR, 0)
    assert (day.goes_on, day.since) == (Shown.DEGRADED, MIDNIGHT + 3 * HOUR)
    assert bars(down, now=NOW + HOUR).days == (day,)


def test_what_goes_on_since_yesterday_counts_today_from_midnight() -> None:
    down = states((State.OPERATIONAL, BORN - DAY), (State.OUTAGE, MIDNIGHT - HOUR))
    yesterday, today = bars(down).days
    assert (yesterday.ago, yesterday.down, yesterday.since) == (1, HOUR, None)
    assert (today.ago, today.down, today.goes_on, today.since) == (0, 0, Shown.OUTAGE, MIDNIGHT)


def test_uptime_is_never_rounded_up_to_100() -> None:
    down = states(
        (State.OPERATIONAL, BORN - DAY),
        (State.OUTAGE, NOW - 40 * DAY),
        (State.OPERATIONAL, NOW - 40 * DAY + 1),
    )
    assert bars(down).uptime == ("99.99", "100")


def test_a_page_may_tell_no_uptime_or_draw_no_bars() -> None:
    silent = Almanac(page(MAIN.groups[0], show_uptime=False), (), UTC, NOW).bars("c1", QUIET)
    assert silent is not None
    assert silent.uptime is None
    assert Almanac(page(MAIN.groups[0], show_bars=False), (), UTC, NOW).bars("c1", QUIET) is None


def test_a_page_of_fewer_days_knows_of_fewer() -> None:
    week = Almanac(page(MAIN.groups[0], history_days=7), (), UTC, NOW)
    old = issue("i1", "Old", "c1", began_at=NOW - 9 * DAY, ended_at=NOW - 8 * DAY, standing=False)
    drawn = Almanac(page(MAIN.groups[0], history_days=7), (old,), UTC, NOW)
    assert week.bars("c1", QUIET) == BarsView(known=7, days=(), uptime=("100", "100"))
    assert drawn.issues == []


def test_an_issue_is_told_on_every_day_that_it_touched() -> None:
    long = issue(
        "i1", "Long", "c1", began_at=MIDNIGHT - 2 * DAY, ended_at=MIDNIGHT - 1, standing=False
    )
    new = issue("i2", "New", "c1", "c9", began_at=NOW - HOUR)
    drawn = bars(QUIET, long, new)
    assert [(day.ago, day.shown, day.issues) for day in drawn.days] == [
        (2, Shown.OPERATIONAL, (1,)),
        (1, Shown.OPERATIONAL, (1,)),
        (0, Shown.OPERATIONAL, (0,)),
    ]


def test_what_has_not_begun_or_is_elsewhere_is_not_told() -> None:
    planned = work("i1", "Planned", "c1", starts_at=NOW - 60)
    elsewhere = issue("i2", "Elsewhere", "c9")
    future = issue("i3", "Future", "c1", began_at=NOW + 60)
    assert bars(QUIET, planned, elsewhere, future).days == ()


def test_an_issue_that_began_before_the_first_day_is_told_from_that_on() -> None:
    old = issue("i1", "Old", "c1", began_at=NOW - 100 * DAY, ended_at=NOW - 88 * DAY)
    assert [day.ago for day in bars(QUIET, old).days] == [89, 88]


def test_days_are_those_of_the_pages_zone() -> None:
    evening = int(datetime(2026, 11, 21, 23, 30, tzinfo=UTC).timestamp())
    almanac = Almanac(MAIN, (), BERLIN, evening)
    assert almanac.today == date(2026, 11, 22)
    assert almanac.day_of(NOW) == date(2026, 11, 21)
