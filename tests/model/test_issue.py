"""The course of an issue."""

from dataclasses import replace

import pytest
from msgspec import UNSET

from tocsin.model.component import State
from tocsin.model.errors import Code, Refused
from tocsin.model.issue import (
    ANNOUNCED_BEFORE,
    COMPONENTS_LIMIT,
    COURSE,
    Issue,
    IssueEvent,
    IssueLabel,
    NewIssue,
    NewUpdate,
    Phase,
    Step,
    Transition,
    UpdateLabel,
    cancel,
    create,
    due_at,
    on_time,
    update,
)

NOW = 1_700_000_000
NEW = NewIssue("i1", "Title", "body", "<p>body</p>\n", ("c1", "c2"))
SOON = replace(NEW, starts_at=NOW + 60, ends_at=NOW + 120)
LATER = replace(NEW, starts_at=NOW + ANNOUNCED_BEFORE + 1, ends_at=NOW + ANNOUNCED_BEFORE + 60)
PAST = replace(NEW, began_at=NOW - 60, ended_at=NOW - 30)
NOTED = replace(NEW, label=IssueLabel.INFORMATIONAL)


def say(issue: Issue, label: UpdateLabel | None = None, at: int = NOW) -> Transition:
    return update(issue, NewUpdate("u1", "said", "<p>said</p>\n", label), at)


def taken(issue: Issue, at: int) -> Issue:
    """The issue after the step of its schedule that is due."""
    transition = on_time(issue, at)
    assert transition is not None
    return transition.issue


def in_phase(phase: Phase) -> Issue:
    """An issue that got into this phase by the decisions themselves."""
    standing, announced = create(NEW, NOW).issue, create(SOON, NOW).issue
    underway = taken(announced, NOW + 60)
    return {
        Phase.STANDING: standing,
        Phase.RESOLVED: say(standing, UpdateLabel.RESOLVED).issue,
        Phase.NOTED: create(NOTED, NOW).issue,
        Phase.PLANNED: create(LATER, NOW).issue,
        Phase.ANNOUNCED: announced,
        Phase.UNDERWAY: underway,
        Phase.OVER: taken(underway, NOW + 120),
        Phase.CANCELLED: cancel(announced, NewUpdate("u0"), NOW).issue,
    }[phase]


LABELS = {
    Step.UPDATE: UpdateLabel.MONITORING,
    Step.ADDENDUM: UpdateLabel.ADDENDUM,
    Step.RESOLVE: UpdateLabel.RESOLVED,
}


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("step", [*LABELS, Step.CANCEL])
def test_every_call_in_every_phase_does_what_the_table_says(phase: Phase, step: Step) -> None:
    issue = in_phase(phase)
    assert issue.phase is phase
    cell = COURSE[phase][step]

    def call() -> Transition:
        if step is Step.CANCEL:
            return cancel(issue, NewUpdate("u1"), NOW + 70)
        return say(issue, LABELS[step], NOW + 70)

    if isinstance(cell, Code):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.code is cell
        return
    follows, event = cell
    transition = call()
    assert transition.issue.phase is follows
    assert transition.events == (event,)
    assert transition.update is transition.issue.updates[0]
    assert transition.issue.updates[1:] == issue.updates


# Birth


def test_an_unscheduled_issue_is_born_standing() -> None:
    transition = create(NEW, NOW)
    issue = transition.issue
    assert transition.events == (IssueEvent.CREATED,)
    assert transition.update is None
    assert (issue.standing, issue.announced, issue.scheduled) == (True, True, False)
    assert (issue.began_at, issue.ended_at, issue.created_at) == (NOW, None, NOW)
    assert (issue.retrospective, issue.cancelled, issue.updates) == (False, False, ())
    assert (issue.title, issue.body, issue.component_ids) == ("Title", "body", ("c1", "c2"))


def test_an_informational_issue_is_born_resolved_and_told_to_nobody() -> None:
    issue = create(NOTED, NOW).issue
    assert (issue.standing, issue.announced) == (False, False)
    assert (issue.began_at, issue.ended_at) == (NOW, NOW)


def test_a_retrospective_issue_is_born_resolved_and_backdated() -> None:
    issue = create(PAST, NOW).issue
    assert issue.phase is Phase.RESOLVED
    assert (issue.retrospective, issue.announced) == (True, False)
    assert (issue.began_at, issue.ended_at, issue.created_at) == (NOW - 60, NOW - 30, NOW)


def test_an_informational_issue_may_be_of_the_past() -> None:
    issue = create(replace(PAST, label=IssueLabel.INFORMATIONAL), NOW).issue
    assert issue.phase is Phase.NOTED
    assert (issue.began_at, issue.ended_at) == (NOW - 60, NOW - 30)


def test_a_scheduled_issue_within_a_week_is_announced_at_once() -> None:
    at_last = replace(NEW, starts_at=NOW + ANNOUNCED_BEFORE, ends_at=NOW + ANNOUNCED_BEFORE + 1)
    for new in (SOON, at_last):
        transition = create(new, NOW)
        assert transition.events == (IssueEvent.CREATED, IssueEvent.ANNOUNCED)
        assert transition.issue.announced
        assert not transition.issue.standing
        assert transition.issue.began_at is None


def test_a_scheduled_issue_further_ahead_is_not() -> None:
    transition = create(LATER, NOW)
    assert transition.events == (IssueEvent.CREATED,)
    assert transition.issue.phase is Phase.PLANNED
    assert transition.issue.coming


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (replace(SOON, starts_at=NOW), "starts_at"),
        (replace(SOON, ends_at=None), "ends_at"),
        (replace(PAST, ended_at=NOW + 1), "ended_at"),
        (replace(PAST, ended_at=None), "ended_at"),
        (replace(SOON, began_at=NOW - 1, ended_at=NOW), "began_at"),
        (replace(SOON, label=IssueLabel.INFORMATIONAL), "starts_at"),
        (replace(NOTED, state_override=State.OUTAGE), "state_override"),
        (replace(NEW, component_ids=()), "component_ids"),
        (replace(NEW, component_ids=("c1", "c1")), "component_ids"),
        (
            replace(NEW, component_ids=tuple(map(str, range(COMPONENTS_LIMIT + 1)))),
            "component_ids",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(new: NewIssue, field: str) -> None:
    with pytest.raises(Refused) as refused:
        create(new, NOW)
    assert refused.value.code is Code.INVALID
    assert refused.value.errors[0].path == field


# Updates


def test_resolving_ends_a_standing_issue_now() -> None:
    issue = say(create(NEW, NOW).issue, UpdateLabel.RESOLVED, NOW + 5).issue
    assert (issue.standing, issue.ended_at) == (False, NOW + 5)


def test_resolving_again_changes_no_time() -> None:
    issue = say(in_phase(Phase.RESOLVED), UpdateLabel.RESOLVED, NOW + 99).issue
    assert issue.ended_at == NOW


def test_reopening_takes_the_end_back_and_keeps_the_begin() -> None:
    issue = say(in_phase(Phase.RESOLVED), None, NOW + 99).issue
    assert (issue.standing, issue.began_at, issue.ended_at) == (True, NOW, None)


def test_a_retrospective_issue_that_is_reopened_is_told_of_from_then_on() -> None:
    transition = say(create(PAST, NOW).issue)
    assert transition.events == (IssueEvent.REOPENED,)
    assert (transition.issue.standing, transition.issue.announced) == (True, True)
    assert transition.issue.began_at == NOW - 60


def test_updates_are_newest_first_and_leave_the_issues_own_label() -> None:
    first = say(in_phase(Phase.STANDING), UpdateLabel.IDENTIFIED)
    second = update(first.issue, NewUpdate("u2", "m", "h", UpdateLabel.MONITORING), NOW + 1)
    assert [one.id for one in second.issue.updates] == ["u2", "u1"]
    assert second.issue.label is None
    assert second.update is not None
    assert (second.update.issue_id, second.update.created_at) == ("i1", NOW + 1)
    assert (second.update.body, second.update.body_html) == ("m", "h")


def test_the_last_override_given_counts() -> None:
    issue = create(replace(NEW, state_override=State.DEGRADED), NOW).issue
    kept = update(issue, NewUpdate("u1"), NOW)
    assert kept.issue.state_override is State.DEGRADED
    assert kept.update is not None
    assert kept.update.state_override is UNSET
    worse = update(kept.issue, NewUpdate("u2", state_override=State.OUTAGE), NOW)
    assert worse.issue.state_override is State.OUTAGE
    cleared = update(worse.issue, NewUpdate("u3", state_override=None), NOW)
    assert cleared.issue.state_override is None


def test_an_informational_issue_takes_no_override_from_an_update() -> None:
    with pytest.raises(Refused) as refused:
        update(in_phase(Phase.NOTED), NewUpdate("u1", state_override=State.OUTAGE), NOW)
    assert refused.value.errors[0].path == "state_override"
    update(in_phase(Phase.NOTED), NewUpdate("u1", state_override=None), NOW)


def test_the_label_cancelled_comes_from_cancelling_alone() -> None:
    with pytest.raises(Refused) as refused:
        say(in_phase(Phase.ANNOUNCED), UpdateLabel.CANCELLED)
    assert refused.value.errors[0].path == "label"
    transition = cancel(in_phase(Phase.ANNOUNCED), NewUpdate("u1", label=None), NOW)
    assert transition.update is not None
    assert transition.update.label is UpdateLabel.CANCELLED


def test_cancelling_what_has_begun_ends_it_now() -> None:
    issue = cancel(in_phase(Phase.UNDERWAY), NewUpdate("u1"), NOW + 70).issue
    assert (issue.cancelled, issue.standing, issue.ended_at) == (True, False, NOW + 70)


def test_cancelling_what_has_not_begun_leaves_it_without_a_time() -> None:
    issue = in_phase(Phase.CANCELLED)
    assert (issue.began_at, issue.ended_at) == (None, None)


def test_resolving_maintenance_ends_it_before_its_time() -> None:
    issue = say(in_phase(Phase.UNDERWAY), UpdateLabel.RESOLVED, NOW + 70).issue
    assert (issue.phase, issue.ended_at) == (Phase.OVER, NOW + 70)
    assert on_time(issue, NOW + 999) is None


# Time


def test_a_schedule_takes_its_steps_when_their_time_has_come() -> None:
    issue = create(LATER, NOW).issue
    assert LATER.starts_at is not None
    assert LATER.ends_at is not None
    course = [
        (LATER.starts_at - ANNOUNCED_BEFORE, IssueEvent.ANNOUNCED, Phase.ANNOUNCED),
        (LATER.starts_at, IssueEvent.STARTED, Phase.UNDERWAY),
        (LATER.ends_at, IssueEvent.ENDED, Phase.OVER),
    ]
    for time, event, phase in course:
        assert due_at(issue) == time
        assert on_time(issue, time - 1) is None
        transition = on_time(issue, time)
        assert transition is not None
        assert (transition.events, transition.update) == ((event,), None)
        issue = transition.issue
        assert issue.phase is phase
    assert due_at(issue) is None


def test_steps_that_were_slept_through_are_taken_in_order_with_their_planned_times() -> None:
    issue = create(LATER, NOW).issue
    events: list[IssueEvent] = []
    while transition := on_time(issue, NOW + 10 * ANNOUNCED_BEFORE):
        events += transition.events
        issue = transition.issue
    assert events == [IssueEvent.ANNOUNCED, IssueEvent.STARTED, IssueEvent.ENDED]
    assert (issue.began_at, issue.ended_at) == (LATER.starts_at, LATER.ends_at)


@pytest.mark.parametrize("phase", [Phase.STANDING, Phase.RESOLVED, Phase.NOTED, Phase.CANCELLED])
def test_nothing_happens_to_the_others_by_time(phase: Phase) -> None:
    assert due_at(in_phase(phase)) is None
    assert on_time(in_phase(phase), NOW + 10 * ANNOUNCED_BEFORE) is None
