"""The last days of a page as a list."""

from datetime import date
from typing import Any

import pytest
from tests.web.sample import DAY, HOUR, MINUTE, NOW, board, component, issue, page, recent_of, work

from tocsin.model.component import State
from tocsin.model.issue import Issue, IssueLabel
from tocsin.model.page import Group, Language
from tocsin.web.compose import compose
from tocsin.web.recent_days import past_issue
from tocsin.web.view import PastDayView, Shown, TroubleView
from tocsin.web.words import WORDS

MAIN = page(Group(None, None, ("c1", "c2")))


def over(id_: str, days_ago: float, **given: Any) -> Issue:
    began_at = NOW - int(days_ago * DAY)
    return issue(
        id_,
        id_.upper(),
        "c1",
        **{"began_at": began_at, "ended_at": began_at + HOUR, "standing": False, **given},
    )


def listed(*issues: Issue, main: Any = MAIN, **since: int) -> tuple[PastDayView, ...]:
    shown = board(
        main,
        component("c1", "Website"),
        component("c2", "API", State.DEGRADED if "c2" in since else State.OPERATIONAL),
        issues=tuple(one for one in issues if one.standing),
        **since,
    )
    return compose(shown, "main", recent_of(shown, *issues), NOW).past


def spans(days: tuple[PastDayView, ...]) -> list[tuple[int, int, list[str]]]:
    return [(day.first.day, day.last.day, [one.id for one in day.issues]) for day in days]


def test_quiet_days_are_one_run() -> None:
    assert spans(listed()) == [(7, 21, [])]


def test_issues_stand_between_the_runs_on_the_day_they_began() -> None:
    days = listed(over("a", 3), over("b", 3.1), over("c", 10), over("d", 20))
    assert spans(days) == [
        (19, 21, []),
        (18, 18, ["a", "b"]),
        (12, 17, []),
        (11, 11, ["c"]),
        (7, 10, []),
    ]


def test_days_that_an_issue_covers_are_not_called_quiet() -> None:
    long = over("a", 5, ended_at=NOW - 2 * DAY)
    assert spans(listed(long)) == [(20, 21, []), (16, 16, ["a"]), (7, 15, [])]
    standing = issue("s", "Standing", "c1", began_at=NOW - 3 * DAY)
    assert spans(listed(standing)) == [(18, 18, ["s"]), (7, 17, [])]


def test_what_began_before_the_list_stands_on_its_first_day() -> None:
    long = over("a", 30, ended_at=NOW - 13 * DAY)
    assert spans(listed(long)) == [(9, 21, []), (7, 7, ["a"])]


def test_a_page_that_tells_of_fewer_days_or_is_younger_lists_fewer() -> None:
    assert spans(listed(main=page(MAIN.groups[0], history_days=3))) == [(19, 21, [])]
    young = page(MAIN.groups[0], created_at=NOW - 2 * DAY)
    assert spans(listed(main=young)) == [(19, 21, [])]
    assert spans(listed(over("a", 4), main=young)) == [(19, 21, []), (17, 17, ["a"])]


def test_a_page_without_components_lists_nothing() -> None:
    empty = board(page())
    assert compose(empty, "main", recent_of(empty), NOW).past == ()


def test_an_issue_says_what_its_times_do_not() -> None:
    notes = {
        one.id: (one.note, one.shown)
        for day in listed(
            over("resolved", 1, state_override=State.DEGRADED),
            over("noted", 1, label=IssueLabel.INFORMATIONAL),
            work("cancelled", "C", "c1", cancelled=True, began_at=NOW - DAY, ended_at=NOW - DAY),
            issue("standing", "S", "c1", state_override=State.OUTAGE),
        )
        for one in day.issues
    }
    assert notes == {
        "resolved": (None, Shown.DEGRADED),
        "noted": ("Information", Shown.NONE),
        "cancelled": ("Cancelled", Shown.MAINTENANCE),
        "standing": ("Ongoing", Shown.OUTAGE),
    }


def test_trouble_without_an_issue_is_told_as_well() -> None:
    (today, *_) = listed(c2=NOW - 30 * MINUTE)
    assert today.first == date(2026, 11, 21)
    assert today.troubles == (TroubleView("API", Shown.DEGRADED, 0, NOW - 30 * MINUTE),)
    (told, *_) = listed(issue("i", "I", "c2", began_at=NOW - HOUR), c2=NOW - 30 * MINUTE)
    assert told.troubles == ()


def test_trouble_that_is_over_is_told_with_its_length() -> None:
    troubles = {day.first.day: day.troubles for day in listed(c1=NOW - 2 * DAY)}
    assert troubles[19] == (TroubleView("Website", Shown.OUTAGE, HOUR, None),)


def test_a_page_without_bars_does_not_tell_of_trouble_by_itself() -> None:
    hidden = page(MAIN.groups[0], show_bars=False)
    assert spans(listed(main=hidden, c1=NOW - 2 * DAY)) == [(7, 21, [])]


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({}, "Planned"),
        ({"standing": True, "began_at": NOW}, "Ongoing"),
        ({"cancelled": True}, "Cancelled"),
    ],
)
def test_history_says_where_maintenance_stands(given: dict[str, Any], note: str) -> None:
    told = past_issue(work("w", "Works", "c1", **given), {"c1": "Website"}, WORDS[Language.ENGLISH])
    assert (told.note, told.shown, told.affects) == (note, Shown.MAINTENANCE, ("Website",))
