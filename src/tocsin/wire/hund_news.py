"""What a live stream has to tell of an event, whatever a version of its protocol calls it."""

from dataclasses import dataclass, replace

from tocsin.model import event_data
from tocsin.model.board import Board, Picture
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, IssueEvent, Update

_CONCERNED = ("tocsin.component.", "tocsin.issue.", "tocsin.page.")


@dataclass(frozen=True)
class IssueNews:
    """An issue, with the updates it had before the change; of a reopened one, all it has now."""

    issue: Issue
    is_whole: bool
    update: Update | None


def concerns(change: Change) -> bool:
    """Whether any stream may have something to tell of the change. That the board is the same after
    it does not settle it: an addendum to a resolved issue is told of, but shown by no picture."""
    return any(event.type.startswith(_CONCERNED) for event in change)


def news_of(event: Event, before: Board, now: Picture) -> IssueNews | None:
    """What is new of the issue of a `tocsin.issue.*` event; None on a stream that does not show its
    components, and while the issue is not announced.

    `before` is the board before the event's change, `now` the picture after it.
    """
    read = event_data.read_issue(event.data)
    issue = read.issue
    if now.first_named(issue.component_ids) is None or not issue.announced:
        return None
    known = before.issues.get(issue.id)
    updates = read.updates or (known.updates if known else ())
    return IssueNews(replace(issue, updates=updates), _is_shown_whole(event, issue), read.update)


def _is_shown_whole(event: Event, issue: Issue) -> bool:
    """A scheduled issue is shown when it is announced, at once or later, not by being created."""
    created = event.type == IssueEvent.CREATED and issue.standing
    return created or event.type in (IssueEvent.ANNOUNCED, IssueEvent.STARTED, IssueEvent.ENDED)


def looks_other(event: Event, was: Picture, now: Picture) -> bool:
    """Whether the event's issue is in only one of two pictures, or differs between them in what an
    edit changes: not in its updates, nor in whether it stands, of which other events tell."""
    issue_id = event_data.read_issue(event.data).issue.id
    return _looks(was.issues.get(issue_id)) != _looks(now.issues.get(issue_id))


def _looks(issue: Issue | None) -> tuple[object, ...] | None:
    if issue is None:
        return None
    said = (issue.title, issue.body_html, issue.label)
    return (*said, issue.component_ids, issue.starts_at, issue.ends_at)
