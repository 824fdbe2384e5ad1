"""Issues in the history of a page."""

from dataclasses import replace
from typing import Any

import pytest

from tocsin.model.history import as_told, extent, is_public
from tocsin.model.issue import (
    Issue,
    IssueLabel,
    NewIssue,
    NewUpdate,
    UpdateLabel,
    cancel,
    create,
    on_time,
)
from tocsin.model.issue import update as updated

NOW = 1_700_000_000
DAY = 86_400


def made(**given: Any) -> Issue:
    return create(NewIssue("i", "T", "", "", ("c",), **given), NOW).issue


def planned(begins: int = DAY) -> Issue:
    return made(starts_at=NOW + begins, ends_at=NOW + begins + 100)


def stepped(issue: Issue, now: int) -> Issue:
    step = on_time(issue, now)
    assert step is not None
    return step.issue


def test_trouble_lasts_from_its_report_until_it_is_resolved() -> None:
    issue = made()
    assert extent(issue) == (NOW, None)
    resolved = updated(issue, NewUpdate("u", label=UpdateLabel.RESOLVED), NOW + 5).issue
    assert extent(resolved) == (NOW, NOW + 5)


def test_what_was_reported_later_lasted_when_it_did() -> None:
    assert extent(made(began_at=NOW - 50, ended_at=NOW - 20)) == (NOW - 50, NOW - 20)


def test_information_is_of_one_moment() -> None:
    assert extent(made(label=IssueLabel.INFORMATIONAL)) == (NOW, NOW)


def test_maintenance_lasts_as_planned_until_it_is_known_better() -> None:
    issue = planned()
    assert extent(issue) == (NOW + DAY, NOW + DAY + 100)
    begun = stepped(issue, NOW + DAY)
    assert extent(begun) == (NOW + DAY, NOW + DAY + 100)
    early = updated(begun, NewUpdate("u", label=UpdateLabel.RESOLVED), NOW + DAY + 30).issue
    assert extent(early) == (NOW + DAY, NOW + DAY + 30)


def test_maintenance_that_was_called_off_keeps_its_plan() -> None:
    assert extent(cancel(planned(), NewUpdate("u"), NOW + 5).issue) == (
        NOW + DAY,
        NOW + DAY + 100,
    )


@pytest.mark.parametrize(
    ("issue", "public"),
    [
        (made(), True),
        (made(label=IssueLabel.INFORMATIONAL), True),
        (made(began_at=NOW - 9, ended_at=NOW), True),
        (planned(), True),
        (planned(30 * DAY), False),
        (cancel(planned(), NewUpdate("u"), NOW).issue, True),
        (cancel(planned(30 * DAY), NewUpdate("u"), NOW).issue, False),
    ],
)
def test_visitors_know_of_maintenance_once_it_is_announced(issue: Issue, public: bool) -> None:
    assert is_public(issue) is public


def test_an_issue_of_the_past_has_the_words_and_updates_of_then() -> None:
    before = made()
    later = replace(before, title="T2")
    for seconds in (10, 20):
        later = updated(later, NewUpdate(f"u{seconds}"), NOW + seconds).issue
    first = later.updates[-1]
    assert as_told(later, before, NOW + 10) == replace(before, updates=(first,))
    assert as_told(later, None, NOW + 9) == replace(later, updates=())
