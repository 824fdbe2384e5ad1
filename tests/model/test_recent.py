"""The issues of the last 90 days."""

from dataclasses import replace

import pytest
from tests.web.sample import DAY, HOUR, NOW, issue, work

from tocsin.model import event_data
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, IssueEvent
from tocsin.model.recent import Recent, recent

OPEN = issue("i1", "Open", "c1", body="Text", body_html="<p>Text</p>")


def over(days_ago: float) -> Issue:
    ended_at = NOW - int(days_ago * DAY)
    return issue("i2", "Over", "c1", standing=False, began_at=ended_at - HOUR, ended_at=ended_at)


def told(event: str, about: Issue, at: int = NOW) -> Change:
    data = event_data.of_issue(IssueEvent(event), about)
    return (Event(1, 1, event, f"issue/{about.id}", "k", "/", at * 1_000, 0, data),)


def test_what_was_said_is_left_out() -> None:
    (kept,) = recent([OPEN], NOW).issues.values()
    assert kept == replace(OPEN, body="", body_html="", updates=())


@pytest.mark.parametrize(("days_ago", "kept"), [(90.9, True), (91.1, False)])
def test_an_issue_is_recent_for_91_days_after_its_end(days_ago: float, kept: bool) -> None:
    assert ("i2" in recent([over(days_ago)], NOW).issues) is kept


def test_what_visitors_do_not_know_of_is_not_there() -> None:
    assert recent([work("i1", "Secret", "c1", announced=False)], NOW).issues == {}


def test_it_follows_what_is_told_of_issues() -> None:
    now = Recent().apply(told("tocsin.issue.created", OPEN))
    assert list(now.issues) == ["i1"]
    renamed = now.apply(told("tocsin.issue.edited", replace(OPEN, title="New")))
    assert renamed.issues["i1"].title == "New"
    assert renamed.apply(told("tocsin.issue.deleted", OPEN)).issues == {}


def test_what_is_no_longer_recent_goes_when_something_else_is_told() -> None:
    before = recent([over(90)], NOW)
    later = before.apply(told("tocsin.issue.created", OPEN, at=NOW + 2 * DAY))
    assert list(later.issues) == ["i1"]


def test_other_events_leave_it_as_it_is() -> None:
    before = recent([OPEN], NOW)
    assert before.apply((Event(1, 1, "deploy", "a", "a", "/", 0, 0, b"{}"),)) is before
