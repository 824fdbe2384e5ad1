"""Correcting an issue: what may still change, and the update that a new schedule writes."""

from dataclasses import dataclass, replace

from msgspec import UNSET, UnsetType

from tocsin.model import span
from tocsin.model.component import State
from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.issue import (
    Issue,
    IssueEvent,
    IssueLabel,
    Phase,
    Transition,
    Update,
    check,
    check_components,
    refusal,
)
from tocsin.model.unset import without_unset

_MAY_CHANGE = {
    "starts_at": (Phase.PLANNED, Phase.ANNOUNCED),
    "ends_at": (Phase.PLANNED, Phase.ANNOUNCED, Phase.UNDERWAY),
}


@dataclass(frozen=True)
class Changes:
    """What an edit changes; UNSET leaves a field as it is. `body` comes with its `body_html`."""

    title: str | UnsetType = UNSET
    body: str | UnsetType = UNSET
    body_html: str | UnsetType = UNSET
    label: IssueLabel | UnsetType | None = UNSET
    component_ids: tuple[str, ...] | UnsetType = UNSET
    state_override: State | UnsetType | None = UNSET
    starts_at: int | UnsetType | None = UNSET
    ends_at: int | UnsetType | None = UNSET


def edit(issue: Issue, changes: Changes, update_id: str, now: int) -> Transition | None:
    """Correct an issue; None when that changes nothing. A new schedule writes an update of id
    `update_id` that says so. Refuses as `create`; with `issue_not_scheduled`, `conflict` (begun) or
    `issue_over` a time that can no longer change; and (`invalid`) making an issue informational, or
    an informational one something else."""
    edited = replace(issue, **without_unset(changes))
    if edited == issue:
        return None
    if IssueLabel.INFORMATIONAL in {issue.label, edited.label} and issue.label is not edited.label:
        raise invalid("label", "an issue is informational from the start or never")
    check(edited)
    if edited.component_ids != issue.component_ids:
        check_components(edited.component_ids)
    if (edited.starts_at, edited.ends_at) == (issue.starts_at, issue.ends_at):
        return Transition(edited, (IssueEvent.EDITED,))
    _check_new_times(issue, edited, now)
    note = _rescheduled(edited, update_id, now)
    edited = replace(edited, updates=(note, *issue.updates))
    return Transition(edited, (IssueEvent.EDITED,), note)


def _check_new_times(before: Issue, after: Issue, now: int) -> None:
    for name, phases in _MAY_CHANGE.items():
        time = getattr(after, name)
        if time == getattr(before, name):
            continue
        if before.phase not in phases:
            raise _too_late(before, name)
        if time is not None and time <= now:
            raise invalid(name, "must be in the future")


def _too_late(issue: Issue, name: str) -> Refused:
    if not issue.scheduled:
        return refusal(Code.ISSUE_NOT_SCHEDULED)
    if issue.standing:
        return Refused(Code.CONFLICT, f"The issue has begun: {name} can no longer change.")
    return Refused(Code.ISSUE_OVER, f"The issue is over: {name} can no longer change.")


def _rescheduled(issue: Issue, update_id: str, now: int) -> Update:
    said = f"Rescheduled: {span.told(*span.check_order(issue.starts_at, issue.ends_at))}."
    return Update(update_id, issue.id, said, f"<p>{said}</p>\n", None, now)
