"""The Hund Live Event API, v1: a board and its changes as the events of a live stream.

Field names, types and nesting are those of `seeds/hund-live-events-v1.txt`. Let a client follow
these rules: `init_event` replaces everything; `issue_event` inserts or replaces by id, but drops an
issue that it held as standing and that stands no more; `update_event` goes to the front of its
issue's updates, ignored for an unknown issue; an issue whose newest update is `resolved` or
`cancelled` is dropped. Then after every change it holds what a fresh `init_event` would give it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from tocsin.model import event_data
from tocsin.model.board import Board, Picture
from tocsin.model.errors import not_found
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, IssueEvent, Update

_CONCERNED = ("tocsin.component.", "tocsin.issue.", "tocsin.page.")


class Frame(NamedTuple):
    """One event of a live stream. `sequence` is its place in the log, `data` one line of JSON."""

    sequence: int
    event: str
    data: bytes


def init_event(board: Board, slug: str, component_id: str | None, sequence: int) -> Frame:
    """The whole picture of a page, or of one component of it, on a board as of `sequence`.

    Refuses with `not_found` a page that is not there and a component that is not on it.
    """
    picture = board.picture(slug, component_id)
    if picture is None:
        raise not_found("page" if slug not in board.pages else "component on this page")
    return _init_event(picture, sequence)


def concerns(change: Change) -> bool:
    """Whether any stream may have something to tell of the change. That the board is the same after
    it does not settle it: an addendum to a resolved issue is told of, but shown by no picture."""
    return any(event.type.startswith(_CONCERNED) for event in change)


def frames(
    before: Board, after: Board, change: Change, slug: str, component_id: str | None
) -> list[Frame]:
    """What the stream of this page, or of one component of it, is sent of a change between two
    boards; nothing when `after` no longer shows what the stream is about, which should end then."""
    was, now = before.picture(slug, component_id), after.picture(slug, component_id)
    if now is None:
        return []
    told = [frame for event in change for frame in _told(event, before, now)]
    if was is None or _is_untold(was, now, change):
        told.append(_init_event(now, change[-1].sequence))
    return told


def _init_event(picture: Picture, sequence: int) -> Frame:
    issues = [
        _issue(issue, picture.first_named(issue.component_ids), issue.updates)
        for issue in picture.issues.values()
    ]
    return _frame(sequence, "init_event", picture, issues=issues)


def _told(event: Event, before: Board, now: Picture) -> Iterator[Frame]:
    if event.type == "tocsin.component.status":
        yield from _told_of_status(event, now)
    elif event.type.startswith("tocsin.issue."):
        yield from _told_of_issue(event, before, now)


def _told_of_status(event: Event, now: Picture) -> Iterator[Frame]:
    component = event_data.read_component(event.data).component
    name = now.first_named((component.id,))
    if name is not None:
        status = {"component": name, "state": component.state}
        yield _frame(event.sequence, "status_event", now, status=status)


def _told_of_issue(event: Event, before: Board, now: Picture) -> Iterator[Frame]:
    read = event_data.read_issue(event.data)
    issue = read.issue
    name = now.first_named(issue.component_ids)
    if name is None or not issue.announced:
        return
    if _is_shown_whole(event, issue):
        known = before.issues.get(issue.id)
        shown = _issue(issue, name, known.updates if known else ())
        yield _frame(event.sequence, "issue_event", now, issue=shown)
    if read.update is not None:
        yield _frame(event.sequence, "update_event", now, update=_update(read.update))


def _is_shown_whole(event: Event, issue: Issue) -> bool:
    """A scheduled issue is shown when it is announced, at once or later, not by being created."""
    created = event.type == IssueEvent.CREATED and issue.standing
    return created or event.type in (IssueEvent.ANNOUNCED, IssueEvent.STARTED, IssueEvent.ENDED)


# The changes of an issue that the picture may show and no other event carries.
_UNTOLD = {IssueEvent.EDITED, IssueEvent.REOPENED, IssueEvent.DELETED}


def _is_untold(was: Picture, now: Picture, change: Change) -> bool:
    if [(one.id, one.name) for one in was.components] != [
        (one.id, one.name) for one in now.components
    ]:
        return True
    return any(
        event.type in _UNTOLD and _looks(event, was) != _looks(event, now) for event in change
    )


def _looks(event: Event, picture: Picture) -> tuple[object, ...] | None:
    """How the event's issue looks in the picture, apart from what is not told of by editing it."""
    issue = picture.issues.get(event_data.read_issue(event.data).issue.id)
    if issue is None:
        return None
    said = (issue.title, issue.body_html, issue.label)
    return (*said, issue.component_ids, issue.starts_at, issue.ends_at)


def _issue(issue: Issue, component: str | None, updates: tuple[Update, ...]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": issue.id,
        "title": issue.title,
        "body": issue.body_html,
        "label": issue.label,
        "component": component,
        "standing": issue.standing,
        "scheduled": issue.scheduled,
        "created_at": issue.created_at,
        "updates": [_update(update) for update in updates],
    }
    if issue.scheduled:
        shown |= {"starts_at": issue.starts_at, "ends_at": issue.ends_at}
    return shown


def _update(update: Update) -> dict[str, Any]:
    return {
        "issue_id": update.issue_id,
        "body": update.body_html,
        "label": update.label,
        "created_at": update.created_at,
    }


def _frame(sequence: int, event: str, picture: Picture, **data: object) -> Frame:
    encoded = msgspec.json.encode({"state": picture.state, **data})
    return Frame(sequence, event, _inert(encoded))


def _inert(encoded: bytes) -> bytes:
    """JSON that may stand in a script element: these three occur inside strings only."""
    return encoded.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")
