"""The issue: what the people who run a system say about it, and the course such a report takes.

Every decision here takes the issue and `now` (Unix seconds) and returns a `Transition`, or raises
`Refused`. Nothing is decided by the clock except in `create` (is it within a week?) and `on_time`:
announced, begun and ended are facts that stay as they were written.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from msgspec import UNSET, UnsetType

from tocsin.model import span
from tocsin.model.component import State
from tocsin.model.errors import Code, Refused, invalid

BODY_LIMIT = 65_536
COMPONENTS_LIMIT = 100
ANNOUNCED_BEFORE = 7 * 24 * 3600


class Phase(StrEnum):
    """Where an issue stands in its course."""

    STANDING = "standing"
    RESOLVED = "resolved"
    NOTED = "noted"  # informational: born resolved, never standing
    PLANNED = "planned"  # scheduled, more than a week ahead: not yet shown to anyone
    ANNOUNCED = "announced"
    UNDERWAY = "underway"  # scheduled, begun, standing
    OVER = "over"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What can happen to an issue: four kinds of update, and three moments of a schedule."""

    UPDATE = "update"
    ADDENDUM = "addendum"
    RESOLVE = "resolve"
    CANCEL = "cancel"
    ANNOUNCE = "announce"
    BEGIN = "begin"
    END = "end"


class IssueEvent(StrEnum):
    """The types of the events about an issue."""

    CREATED = "tocsin.issue.created"
    EDITED = "tocsin.issue.edited"
    UPDATED = "tocsin.issue.updated"
    RESOLVED = "tocsin.issue.resolved"
    REOPENED = "tocsin.issue.reopened"
    CANCELLED = "tocsin.issue.cancelled"
    ANNOUNCED = "tocsin.issue.announced"
    STARTED = "tocsin.issue.started"
    ENDED = "tocsin.issue.ended"
    DELETED = "tocsin.issue.deleted"


# The whole course. A cell is the phase that follows and the event that says so, or the code of the
# refusal. Two rules beside it: an issue is born into STANDING, RESOLVED, NOTED or PLANNED
# (`create`), and the last three steps are taken when their time has come (`on_time`).
COURSE: dict[Phase, dict[Step, tuple[Phase, IssueEvent] | Code]] = {
    Phase.STANDING: {
        Step.UPDATE: (Phase.STANDING, IssueEvent.UPDATED),
        Step.ADDENDUM: (Phase.STANDING, IssueEvent.UPDATED),
        Step.RESOLVE: (Phase.RESOLVED, IssueEvent.RESOLVED),
        Step.CANCEL: Code.ISSUE_NOT_SCHEDULED,
    },
    Phase.RESOLVED: {
        Step.UPDATE: (Phase.STANDING, IssueEvent.REOPENED),
        Step.ADDENDUM: (Phase.RESOLVED, IssueEvent.UPDATED),
        Step.RESOLVE: (Phase.RESOLVED, IssueEvent.UPDATED),
        Step.CANCEL: Code.ISSUE_NOT_SCHEDULED,
    },
    Phase.NOTED: {
        Step.UPDATE: (Phase.NOTED, IssueEvent.UPDATED),
        Step.ADDENDUM: (Phase.NOTED, IssueEvent.UPDATED),
        Step.RESOLVE: (Phase.NOTED, IssueEvent.UPDATED),
        Step.CANCEL: Code.ISSUE_NOT_SCHEDULED,
    },
    Phase.PLANNED: {
        Step.UPDATE: (Phase.PLANNED, IssueEvent.UPDATED),
        Step.ADDENDUM: (Phase.PLANNED, IssueEvent.UPDATED),
        Step.RESOLVE: Code.ISSUE_NOT_BEGUN,
        Step.CANCEL: (Phase.CANCELLED, IssueEvent.CANCELLED),
        Step.ANNOUNCE: (Phase.ANNOUNCED, IssueEvent.ANNOUNCED),
    },
    Phase.ANNOUNCED: {
        Step.UPDATE: (Phase.ANNOUNCED, IssueEvent.UPDATED),
        Step.ADDENDUM: (Phase.ANNOUNCED, IssueEvent.UPDATED),
        Step.RESOLVE: Code.ISSUE_NOT_BEGUN,
        Step.CANCEL: (Phase.CANCELLED, IssueEvent.CANCELLED),
        Step.BEGIN: (Phase.UNDERWAY, IssueEvent.STARTED),
    },
    Phase.UNDERWAY: {
        Step.UPDATE: (Phase.UNDERWAY, IssueEvent.UPDATED),
        Step.ADDENDUM: (Phase.UNDERWAY, IssueEvent.UPDATED),
        Step.RESOLVE: (Phase.OVER, IssueEvent.RESOLVED),
        Step.CANCEL: (Phase.CANCELLED, IssueEvent.CANCELLED),
        Step.END: (Phase.OVER, IssueEvent.ENDED),
    },
    Phase.OVER: {
        Step.UPDATE: Code.ISSUE_OVER,
        Step.ADDENDUM: (Phase.OVER, IssueEvent.UPDATED),
        Step.RESOLVE: Code.ISSUE_OVER,
        Step.CANCEL: Code.ISSUE_OVER,
    },
    Phase.CANCELLED: {
        Step.UPDATE: Code.ISSUE_OVER,
        Step.ADDENDUM: (Phase.CANCELLED, IssueEvent.UPDATED),
        Step.RESOLVE: Code.ISSUE_OVER,
        Step.CANCEL: Code.ISSUE_OVER,
    },
}

_DETAILS = {
    Code.ISSUE_NOT_SCHEDULED: "The issue has no schedule.",
    Code.ISSUE_NOT_BEGUN: "The issue has not begun yet; cancel it instead.",
    Code.ISSUE_OVER: "The issue is over; only an addendum can still be added.",
}


def refusal(code: Code) -> Refused:
    """The refusal that a cell of COURSE stands for."""
    return Refused(code, _DETAILS[code])


class IssueLabel(StrEnum):
    """What kind of report an issue is."""

    ASSESSED = "assessed"
    IDENTIFIED = "identified"
    INFORMATIONAL = "informational"
    INVESTIGATING = "investigating"
    MAINTENANCE = "maintenance"


class UpdateLabel(StrEnum):
    """What an update says of its issue. `cancelled` is given by `cancel` alone."""

    IDENTIFIED = "identified"
    INVESTIGATING = "investigating"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    ADDENDUM = "addendum"
    CANCELLED = "cancelled"


_STEP_OF_LABEL: dict[UpdateLabel | None, Step] = {
    UpdateLabel.RESOLVED: Step.RESOLVE,
    UpdateLabel.ADDENDUM: Step.ADDENDUM,
}


@dataclass(frozen=True)
class Update:
    """One thing said about an issue after its creation. `state_override` UNSET: it says nothing
    about the override; None: it takes it away."""

    id: str
    issue_id: str
    body: str
    body_html: str
    label: UpdateLabel | None
    created_at: int
    state_override: State | UnsetType | None = UNSET


@dataclass(frozen=True)
class Issue:
    """An issue with its updates, newest first. Times are Unix seconds.

    `state_override` is the last one given by the issue or one of its updates; it counts while the
    issue is `standing`. `announced`: the live streams have told of it, and will of its updates.
    """

    id: str
    title: str
    body: str
    body_html: str
    label: IssueLabel | None
    component_ids: tuple[str, ...]
    state_override: State | None
    standing: bool
    scheduled: bool
    starts_at: int | None
    ends_at: int | None
    began_at: int | None
    ended_at: int | None
    created_at: int
    cancelled: bool
    retrospective: bool
    announced: bool
    updates: tuple[Update, ...] = ()

    @property
    def phase(self) -> Phase:
        """Where it stands, told from its facts alone."""
        return self._phase_scheduled() if self.scheduled else self._phase_unscheduled()

    def _phase_unscheduled(self) -> Phase:
        if self.label is IssueLabel.INFORMATIONAL:
            return Phase.NOTED
        return Phase.STANDING if self.standing else Phase.RESOLVED

    def _phase_scheduled(self) -> Phase:
        if self.cancelled:
            return Phase.CANCELLED
        if self.standing:
            return Phase.UNDERWAY
        if self.ended_at is not None:
            return Phase.OVER
        return Phase.ANNOUNCED if self.announced else Phase.PLANNED

    @property
    def coming(self) -> bool:
        """Scheduled, and neither begun nor cancelled."""
        return self.phase in (Phase.PLANNED, Phase.ANNOUNCED)


@dataclass(frozen=True)
class NewIssue:
    """What the caller gives to make an issue, `id` and the rendered body included."""

    id: str
    title: str
    body: str
    body_html: str
    component_ids: tuple[str, ...]
    label: IssueLabel | None = None
    state_override: State | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    began_at: int | None = None
    ended_at: int | None = None


@dataclass(frozen=True)
class NewUpdate:
    """What the caller gives to update an issue, `id` and the rendered body included."""

    id: str
    body: str = ""
    body_html: str = ""
    label: UpdateLabel | None = None
    state_override: State | UnsetType | None = UNSET


@dataclass(frozen=True)
class Transition:
    """A decision: the issue as it is from now on (its `updates` include the new one), the events to
    append, in order (`event_data.of_issue`), and the update that was made if any."""

    issue: Issue
    events: tuple[IssueEvent, ...]
    update: Update | None = None


def create(new: NewIssue, now: int) -> Transition:
    """Make an issue. Refuses (`invalid`) a schedule or a past that makes no sense, an override on
    an informational issue, and no, too many or repeated components; whether these exist is the
    caller's to check."""
    if new.starts_at is not None and new.began_at is not None:
        raise invalid("began_at", "an issue is scheduled or in the past, not both")
    span.check_planned(new.starts_at, new.ends_at, now)
    span.check_past(new.began_at, new.ended_at, now)
    check_components(new.component_ids)
    unborn = _unborn(new, now)
    check(unborn)
    made = _enter(_birth(new), unborn, now if new.ended_at is None else new.ended_at)
    announced = on_time(made, now)
    if announced is None:
        return Transition(made, (IssueEvent.CREATED,))
    return Transition(announced.issue, (IssueEvent.CREATED, *announced.events))


def update(issue: Issue, given: NewUpdate, now: int) -> Transition:
    """Say something about an issue, which may resolve, end or reopen it. Refuses with
    `issue_not_begun` or `issue_over` as COURSE says, and `invalid` for the label `cancelled` and
    for an override on an informational issue."""
    if given.label is UpdateLabel.CANCELLED:
        raise invalid("label", "cancelled comes only from cancelling the issue")
    return _tell(issue, _STEP_OF_LABEL.get(given.label, Step.UPDATE), given, now)


def cancel(issue: Issue, given: NewUpdate, now: int) -> Transition:
    """Call a scheduled issue off before its end; the update's label is `cancelled` whatever was
    given. Refuses with `issue_not_scheduled` or `issue_over`."""
    return _tell(issue, Step.CANCEL, replace(given, label=UpdateLabel.CANCELLED), now)


def check_components(component_ids: tuple[str, ...]) -> None:
    """Refuse (`invalid`) no, too many or repeated components where an issue names some. Those of an
    issue that is over may be deleted, so that such a one may have none."""
    count = len(component_ids)
    if not 1 <= count <= COMPONENTS_LIMIT or len(set(component_ids)) < count:
        raise invalid("component_ids", f"must be 1 to {COMPONENTS_LIMIT} different components")


def check(issue: Issue) -> None:
    """Refuse (`invalid`) what no issue may be: informational with a schedule or an override."""
    if issue.label is IssueLabel.INFORMATIONAL and issue.scheduled:
        raise invalid("starts_at", "an informational issue has no schedule")
    if issue.label is IssueLabel.INFORMATIONAL and issue.state_override is not None:
        raise invalid("state_override", "an informational issue overrides no state")


def due_at(issue: Issue) -> int | None:
    """When its schedule takes the next step; None when it takes no more."""
    step = _next_step(issue)
    return step and step[1]


def on_time(issue: Issue, now: int) -> Transition | None:
    """The next step of its schedule if that is due, else None. One that was slept through is taken
    with its planned time; call again until None."""
    step = _next_step(issue)
    if step is None or step[1] > now:
        return None
    return _take(issue, *step)


def _next_step(issue: Issue) -> tuple[Step, int] | None:
    if issue.starts_at is None or issue.ends_at is None:
        return None
    match issue.phase:
        case Phase.PLANNED:
            return Step.ANNOUNCE, issue.starts_at - ANNOUNCED_BEFORE
        case Phase.ANNOUNCED:
            return Step.BEGIN, issue.starts_at
        case Phase.UNDERWAY:
            return Step.END, issue.ends_at
        case _:
            return None


def _tell(issue: Issue, step: Step, given: NewUpdate, now: int) -> Transition:
    override = issue.state_override if given.state_override is UNSET else given.state_override
    taken = _take(replace(issue, state_override=override), step, now)
    check(taken.issue)
    told = Update(issue_id=issue.id, created_at=now, **vars(given))
    return replace(taken, issue=replace(taken.issue, updates=(told, *issue.updates)), update=told)


def _take(issue: Issue, step: Step, at: int) -> Transition:
    cell = COURSE[issue.phase][step]
    if isinstance(cell, Code):
        raise refusal(cell)
    phase, event = cell
    return Transition(issue if phase is issue.phase else _enter(phase, issue, at), (event,))


def _enter(phase: Phase, issue: Issue, at: int) -> Issue:
    match phase:
        case Phase.PLANNED:
            return issue
        case Phase.ANNOUNCED:
            return replace(issue, announced=True)
        case Phase.STANDING:
            return replace(issue, standing=True, announced=True, ended_at=None)
        case Phase.UNDERWAY:
            return replace(issue, standing=True, began_at=at)
        case Phase.RESOLVED | Phase.NOTED | Phase.OVER:
            return replace(issue, standing=False, ended_at=at)
        case Phase.CANCELLED:
            ended_at = at if issue.standing else None
            return replace(issue, standing=False, cancelled=True, ended_at=ended_at)
        case _:
            assert_never(phase)


def _birth(new: NewIssue) -> Phase:
    if new.label is IssueLabel.INFORMATIONAL:
        return Phase.NOTED
    if new.starts_at is not None:
        return Phase.PLANNED
    return Phase.STANDING if new.began_at is None else Phase.RESOLVED


def _unborn(new: NewIssue, now: int) -> Issue:
    scheduled, retrospective = new.starts_at is not None, new.began_at is not None
    given = vars(new) | {
        "began_at": new.began_at if scheduled or retrospective else now,
        "ended_at": None,
    }
    return Issue(
        **given,
        created_at=now,
        scheduled=scheduled,
        retrospective=retrospective,
        standing=False,
        announced=False,
        cancelled=False,
    )
