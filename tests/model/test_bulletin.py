"""What subscribers hear of an issue, along its whole course."""

from typing import Any

import pytest

from tocsin.model import issue as course
from tocsin.model import issue_edit
from tocsin.model.bulletin import Kind, kind_of
from tocsin.model.issue import (
    Issue,
    IssueEvent,
    IssueLabel,
    NewIssue,
    NewUpdate,
    Transition,
    UpdateLabel,
)
from tocsin.model.issue_edit import Changes

NOW = 1_700_000_000
DAY = 86_400


def heard(taken: Transition | None) -> list[Kind | None]:
    assert taken is not None
    return [kind_of(event, taken.issue, taken.update) for event in taken.events]


def made(**fields: object) -> Transition:
    given: dict[str, Any] = {
        "id": "i",
        "title": "t",
        "body": "",
        "body_html": "",
        "component_ids": ("c",),
    }
    return course.create(NewIssue(**(given | fields)), NOW)


def told(issue: Issue, label: UpdateLabel | None = None, at: int = NOW) -> Transition:
    return course.update(issue, NewUpdate("u", label=label), at)


def test_an_issue_is_told_from_its_beginning_to_its_end() -> None:
    standing = made()
    assert heard(standing) == [Kind.CREATED]
    assert heard(told(standing.issue)) == [Kind.UPDATED]
    resolved = told(standing.issue, UpdateLabel.RESOLVED)
    assert heard(resolved) == [Kind.RESOLVED]
    assert heard(told(resolved.issue, UpdateLabel.ADDENDUM)) == [Kind.UPDATED]
    assert heard(told(resolved.issue)) == [Kind.REOPENED]


def test_maintenance_is_told_once_it_is_announced() -> None:
    near = made(starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    assert heard(near) == [None, Kind.ANNOUNCED]
    begun = course.on_time(near.issue, NOW + DAY)
    assert heard(begun) == [Kind.STARTED]
    assert begun is not None
    assert heard(course.on_time(begun.issue, NOW + 2 * DAY)) == [Kind.ENDED]
    assert heard(course.cancel(near.issue, NewUpdate("u"), NOW)) == [Kind.CANCELLED]


def test_maintenance_that_is_far_ahead_is_not_told_of_yet() -> None:
    far = made(starts_at=NOW + 30 * DAY, ends_at=NOW + 31 * DAY)
    assert heard(far) == [None]
    assert heard(told(far.issue)) == [None]
    assert heard(course.cancel(far.issue, NewUpdate("u"), NOW)) == [None]
    moved = Changes(starts_at=NOW + 40 * DAY, ends_at=NOW + 41 * DAY)
    assert heard(issue_edit.edit(far.issue, moved, "u", NOW)) == [None]
    assert heard(course.on_time(far.issue, NOW + 23 * DAY)) == [Kind.ANNOUNCED]


def test_of_edits_only_a_moved_schedule_is_told() -> None:
    near = made(starts_at=NOW + DAY, ends_at=NOW + 2 * DAY).issue
    moved = Changes(ends_at=NOW + 3 * DAY)
    assert heard(issue_edit.edit(near, moved, "u", NOW)) == [Kind.RESCHEDULED]
    assert heard(issue_edit.edit(near, Changes(title="Typo mended"), "u", NOW)) == [None]


def test_a_notice_is_told_and_the_filed_past_is_not() -> None:
    notice = made(label=IssueLabel.INFORMATIONAL)
    assert heard(notice) == [Kind.CREATED]
    assert heard(told(notice.issue)) == [Kind.UPDATED]
    assert heard(made(began_at=NOW - 20, ended_at=NOW - 10)) == [None]


@pytest.mark.parametrize("event", IssueEvent)
def test_what_is_deleted_is_not_told_and_everything_else_is(event: IssueEvent) -> None:
    update = told(made().issue).update
    is_told = kind_of(event, made().issue, update) is not None
    assert is_told is (event is not IssueEvent.DELETED)
