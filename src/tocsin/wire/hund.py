"""The Hund Live Event API, v1: a board and its changes as the events of a live stream.

Field names, types and nesting are those of `seeds/hund-live-events-v1.txt`. Let a client follow
these rules: `init_event` replaces everything; `issue_event` inserts or replaces by id, but drops an
issue that it held as standing and that stands no more; `update_event` goes to the front of its
issue's updates, ignored for an unknown issue; an issue whose newest update is `resolved` or
`cancelled` is dropped. Then after every change it holds what a fresh `init_event` would give it.
"""

from collections.abc import Iterator
from typing import Any

from tocsin.model import event_data
from tocsin.model.board import Board, Picture
from tocsin.model.errors import not_found
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, IssueEvent, Update
from tocsin.wire.hund_frame import Frame, frame
from tocsin.wire.hund_news import looks_other, news_of


def init_event(board: Board, slug: str, component_id: str | None, sequence: int) -> Frame:
    """The whole picture of a page, or of one component of it, on a board as of `sequence`.

    Refuses with `not_found` a page that is not there and a component that is not on it.
    """
    picture = board.picture(slug, component_id)
    if picture is None:
        raise not_found("page" if slug not in board.pages else "component on this page")
    return _init_event(picture, sequence)


def frames(
    before: Board, after: Board, change: Change, slug: str, component_id: str | None
) -> list[Frame]:
    """What the stream of this page, or of one component of it, is sent of a change between two
    boards; nothing when `after` no longer shows what the stream is about, which should end then."""
    was, now = before.picture(slug, component_id), after.picture(slug, component_id)
    if now is None:
        return []
    told = [each for event in change for each in _told(event, before, now)]
    if was is None or _is_untold(was, now, change):
        told.append(_init_event(now, change[-1].sequence))
    return told


def _init_event(picture: Picture, sequence: int) -> Frame:
    issues = [
        _issue(issue, picture.first_named(issue.component_ids)) for issue in picture.issues.values()
    ]
    return frame(sequence, "init_event", {"state": picture.state, "issues": issues})


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
        yield frame(event.sequence, "status_event", {"state": now.state, "status": status})


def _told_of_issue(event: Event, before: Board, now: Picture) -> Iterator[Frame]:
    news = news_of(event, before, now)
    if news is None:
        return
    if news.is_whole:
        shown = _issue(news.issue, now.first_named(news.issue.component_ids))
        yield frame(event.sequence, "issue_event", {"state": now.state, "issue": shown})
    if news.update is not None:
        update = _update(news.update)
        yield frame(event.sequence, "update_event", {"state": now.state, "update": update})


# The changes of an issue that the picture may show and no other event carries.
_UNTOLD = {IssueEvent.EDITED, IssueEvent.REOPENED, IssueEvent.DELETED}


def _is_untold(was: Picture, now: Picture, change: Change) -> bool:
    if [(one.id, one.name) for one in was.components] != [
        (one.id, one.name) for one in now.components
    ]:
        return True
    return any(event.type in _UNTOLD and looks_other(event, was, now) for event in change)


def _issue(issue: Issue, component: str | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": issue.id,
        "title": issue.title,
        "body": issue.body_html,
        "label": issue.label,
        "component": component,
        "standing": issue.standing,
        "scheduled": issue.scheduled,
        "created_at": issue.created_at,
        "updates": [_update(update) for update in issue.updates],
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
