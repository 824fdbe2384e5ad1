"""Correcting an issue."""

from dataclasses import replace

import pytest
from msgspec import UNSET

from tocsin.model.component import State
from tocsin.model.errors import Code, Refused
from tocsin.model.issue import (
    ANNOUNCED_BEFORE,
    Issue,
    IssueEvent,
    IssueLabel,
    NewIssue,
    NewUpdate,
    Transition,
    UpdateLabel,
    cancel,
    create,
    on_time,
    update,
)
from tocsin.model.issue_edit import Changes, edit

NOW = 1_700_000_000
NEW = NewIssue("i1", "Title", "body", "<p>body</p>\n", ("c1", "c2"))
STANDING = create(NEW, NOW).issue
COMING = create(replace(NEW, starts_at=NOW + 60, ends_at=NOW + 120), NOW).issue
PLANNED = create(
    replace(NEW, starts_at=NOW + 2 * ANNOUNCED_BEFORE, ends_at=NOW + 3 * ANNOUNCED_BEFORE), NOW
).issue


def begun() -> Issue:
    transition = on_time(COMING, NOW + 60)
    assert transition is not None
    return transition.issue


def edited(issue: Issue, changes: Changes, now: int = NOW) -> Transition:
    transition = edit(issue, changes, "u9", now)
    assert transition is not None
    return transition


def refusal(issue: Issue, changes: Changes, now: int = NOW) -> Refused:
    with pytest.raises(Refused) as refused:
        edit(issue, changes, "u9", now)
    return refused.value


def test_what_is_not_given_stays() -> None:
    transition = edited(STANDING, Changes(title="New", label=IssueLabel.IDENTIFIED))
    assert transition.events == (IssueEvent.EDITED,)
    assert transition.update is None
    assert transition.issue == replace(STANDING, title="New", label=IssueLabel.IDENTIFIED)


def test_everything_can_be_corrected() -> None:
    changes = Changes(
        body="b", body_html="<p>b</p>\n", component_ids=("c3",), state_override=State.OUTAGE
    )
    issue = edited(STANDING, changes).issue
    assert (issue.body, issue.body_html) == ("b", "<p>b</p>\n")
    assert (issue.component_ids, issue.state_override) == (("c3",), State.OUTAGE)
    assert edited(issue, Changes(state_override=None)).issue.state_override is None


def test_a_change_that_changes_nothing_is_none() -> None:
    assert edit(STANDING, Changes(), "u9", NOW) is None
    same = Changes(title="Title", component_ids=("c1", "c2"), starts_at=None, ends_at=None)
    assert edit(STANDING, same, "u9", NOW) is None


@pytest.mark.parametrize("component_ids", [(), ("c1", "c1")])
def test_an_issue_keeps_to_one_or_more_different_components(component_ids: tuple[str, ...]) -> None:
    refused = refusal(STANDING, Changes(component_ids=component_ids))
    assert refused.errors[0].path == "component_ids"


def test_an_issue_that_lost_its_components_can_still_be_corrected() -> None:
    old = replace(STANDING, standing=False, ended_at=NOW, component_ids=())
    assert edited(old, Changes(title="New")).issue.component_ids == ()


def test_an_issue_is_informational_from_the_start_or_never() -> None:
    noted = create(replace(NEW, label=IssueLabel.INFORMATIONAL), NOW).issue
    for issue, label in [(STANDING, IssueLabel.INFORMATIONAL), (noted, None)]:
        assert refusal(issue, Changes(label=label)).errors[0].path == "label"
    assert edited(noted, Changes(title="New")).issue.label is IssueLabel.INFORMATIONAL
    refused = refusal(noted, Changes(state_override=State.OUTAGE))
    assert refused.errors[0].path == "state_override"


def test_a_new_schedule_writes_an_update_that_says_so() -> None:
    told = update(COMING, NewUpdate("u1", "said"), NOW).issue
    transition = edited(told, Changes(starts_at=NOW + 100, ends_at=NOW + 200, title="New"))
    written = transition.update
    assert written is not None
    assert transition.issue.updates == (written, *told.updates)
    assert (written.id, written.issue_id, written.created_at) == ("u9", "i1", NOW)
    assert (written.label, written.state_override) == (None, UNSET)
    assert written.body == "Rescheduled: 2023-11-14 22:15:00 UTC to 2023-11-14 22:16:40 UTC."
    assert written.body_html == f"<p>{written.body}</p>\n"
    assert transition.issue.title == "New"
    assert transition.events == (IssueEvent.EDITED,)


def test_a_planned_issue_moved_nearer_is_due_for_its_announcement() -> None:
    nearer = edited(PLANNED, Changes(starts_at=NOW + 60)).issue
    announced = on_time(nearer, NOW)
    assert announced is not None
    assert announced.events == (IssueEvent.ANNOUNCED,)


def test_an_announced_issue_moved_away_stays_announced() -> None:
    away = Changes(starts_at=NOW + 2 * ANNOUNCED_BEFORE, ends_at=NOW + 3 * ANNOUNCED_BEFORE)
    assert edited(COMING, away).issue.announced


def test_the_end_may_change_until_the_issue_ends() -> None:
    assert edited(begun(), Changes(ends_at=NOW + 300), NOW + 70).issue.ends_at == NOW + 300


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (Changes(starts_at=NOW), "starts_at"),
        (Changes(ends_at=NOW), "ends_at"),
        (Changes(starts_at=NOW + 120), "ends_at"),
        (Changes(starts_at=None), "starts_at"),
        (Changes(ends_at=None), "ends_at"),
    ],
)
def test_a_schedule_stays_whole_and_in_the_future(changes: Changes, field: str) -> None:
    assert refusal(COMING, changes).errors[0].path == field


def test_a_begin_that_has_come_cannot_change() -> None:
    refused = refusal(begun(), Changes(starts_at=NOW + 100), NOW + 70)
    assert refused.code is Code.CONFLICT


def test_a_schedule_that_is_over_cannot_change() -> None:
    over = update(begun(), NewUpdate("u1", label=UpdateLabel.RESOLVED), NOW + 70).issue
    cancelled = cancel(COMING, NewUpdate("u1"), NOW).issue
    for issue in (over, cancelled):
        for changes in (Changes(starts_at=NOW + 200), Changes(ends_at=NOW + 300)):
            assert refusal(issue, changes, NOW + 80).code is Code.ISSUE_OVER
    assert edited(over, Changes(title="New")).issue.title == "New"


def test_an_unscheduled_issue_gets_no_schedule() -> None:
    refused = refusal(STANDING, Changes(starts_at=NOW + 60, ends_at=NOW + 120))
    assert refused.code is Code.ISSUE_NOT_SCHEDULED
