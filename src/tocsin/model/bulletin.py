"""What subscribers are told of: which turns of an issue's course are worth a message."""

from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.issue import Issue, IssueEvent, IssueLabel, Update


class Kind(StrEnum):
    """What happened to the issue."""

    CREATED = "created"
    UPDATED = "updated"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ANNOUNCED = "announced"
    RESCHEDULED = "rescheduled"
    STARTED = "started"
    ENDED = "ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Bulletin:
    """One turn of an issue, as it stood right after. `at` is when it happened (Unix seconds)."""

    id: str
    kind: Kind
    at: int
    sequence: int
    issue: Issue
    update: Update | None


_KINDS = {
    IssueEvent.CREATED: Kind.CREATED,
    IssueEvent.UPDATED: Kind.UPDATED,
    IssueEvent.RESOLVED: Kind.RESOLVED,
    IssueEvent.REOPENED: Kind.REOPENED,
    IssueEvent.ANNOUNCED: Kind.ANNOUNCED,
    IssueEvent.STARTED: Kind.STARTED,
    IssueEvent.ENDED: Kind.ENDED,
    IssueEvent.CANCELLED: Kind.CANCELLED,
}


def kind_of(event: IssueEvent, issue: Issue, update: Update | None) -> Kind | None:
    """What subscribers are told of the event; None when nothing.

    They hear of what was made public: not of schedules more than a week ahead, which are announced
    later, nor of the past that somebody files. Of edits they hear when the schedule moved, which
    is the one kind that writes an update.
    """
    if not issue.announced and issue.label is not IssueLabel.INFORMATIONAL:
        return None
    if event is IssueEvent.EDITED:
        return Kind.RESCHEDULED if update is not None else None
    if event is IssueEvent.CREATED and issue.scheduled:
        return None  # told by the announcement, now or when its time comes
    return _KINDS.get(event)
