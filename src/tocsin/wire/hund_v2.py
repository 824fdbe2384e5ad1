"""The Hund Live Event API, v2: the picture and the triggers of v1 under other names, with uptime.

Let a client follow these rules: `init_event` replaces everything; `status_created` sets the state
of its component wherever that is named, and `degraded` or `restored` say the same again;
`issue_created` and `issue_started` insert or replace by id; `issue_updated` goes to the front of
its issue's updates, ignored for an unknown issue; `issue_reopened` inserts the issue it carries;
`issue_ended`, `issue_resolved` and `issue_cancelled` remove theirs. Then after every change it
holds what a fresh `init_event` would give it, but for the numbers that grow by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tocsin.model import event_data
from tocsin.model.board import Board, Picture
from tocsin.model.component import Component, State
from tocsin.model.errors import not_found
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, IssueEvent, IssueLabel, Update, UpdateLabel
from tocsin.model.page import Page
from tocsin.model.uptime import incident_free_streak, mean_percent_uptime
from tocsin.wire.hund_frame import Frame, frame
from tocsin.wire.hund_news import IssueNews, looks_other, news_of


@dataclass(frozen=True)
class View:
    """What a stream is about, a page or one component of it; and what it tells beside the board:
    the time (Unix seconds), and the service's address, without final slash."""

    slug: str
    component_id: str | None
    now: int
    public_url: str


def init_event(board: Board, view: View, sequence: int) -> Frame:
    """The whole picture, on a board as of `sequence`.

    Refuses with `not_found` a page that is not there and a component that is not on it.
    """
    scene = _scene(board, view)
    if scene is None:
        raise not_found("page" if view.slug not in board.pages else "component on this page")
    return _init_event(scene, sequence)


def frames(before: Board, after: Board, change: Change, view: View) -> list[Frame]:
    """What the stream is sent of a change between two boards; nothing when `after` no longer shows
    what the stream is about, which should end then."""
    was, now = _scene(before, view), _scene(after, view)
    if now is None:
        return []
    told = [each for event in change for each in _told(event, before, now)]
    if was is None or _is_untold(was, now, change):
        told.append(_init_event(now, change[-1].sequence))
    return told


def cache_grown(board: Board, view: View, sequence: int) -> Frame | None:
    """The numbers that change though nothing happens; None when the board does not show it."""
    scene = _scene(board, view)
    return _frame(sequence, "cache_grown", scene) if scene is not None else None


@dataclass(frozen=True)
class _Scene:
    """What a view shows on a board."""

    board: Board
    page: Page
    picture: Picture
    view: View

    @cached_property
    def head(self) -> dict[str, object]:
        """What is in every event."""
        now, created_at = self.view.now, self._created_at
        histories = [self.board.periods[one.id] for one in self.picture.components]
        streaks = [incident_free_streak(periods, created_at, now) for periods in histories]
        return {
            "state": self.picture.state,
            "percent_uptime": mean_percent_uptime(histories, now),
            "incident_free_streak": min(streaks, default=float(max(now - created_at, 0))),
        }

    @property
    def _created_at(self) -> int:
        id_ = self.view.component_id
        return self.page.created_at if id_ is None else self.board.components[id_].created_at

    @cached_property
    def address(self) -> str:
        """The page's, for links to its issues."""
        return self.page.address(self.view.public_url)

    @cached_property
    def components(self) -> dict[str, Component]:
        """Those that are shown, by id, in the order of the picture."""
        return {one.id: one for one in self.picture.components}

    @cached_property
    def layout(self) -> list[tuple[str | None, str | None, list[Component]]]:
        """Id, name and components of each group of which something is shown."""
        return [
            (group.id, group.name, shown)
            for group in self.page.groups
            if (shown := [one for one in map(self.components.get, group.component_ids) if one])
        ]


def _scene(board: Board, view: View) -> _Scene | None:
    picture = board.picture(view.slug, view.component_id)
    return _Scene(board, board.pages[view.slug], picture, view) if picture is not None else None


def _init_event(scene: _Scene, sequence: int) -> Frame:
    groups = [
        {
            "id": id_,
            "name": name,
            "components": [
                {"id": one.id, "name": one.name, "state": one.state} for one in components
            ],
        }
        for id_, name, components in scene.layout
    ]
    issues = [_issue(issue, scene) for issue in scene.picture.issues.values()]
    return _frame(sequence, "init_event", scene, issues=issues, groups=groups)


def _told(event: Event, before: Board, now: _Scene) -> Iterator[Frame]:
    if event.type == "tocsin.component.status":
        yield from _told_of_status(event, now)
    elif event.type.startswith("tocsin.issue."):
        news = news_of(event, before, now.picture)
        if news is not None:
            yield from _told_of_issue(event, news, now)


def _told_of_status(event: Event, now: _Scene) -> Iterator[Frame]:
    read = event_data.read_component(event.data)
    shown, state = now.components.get(read.component.id), read.component.state
    if shown is None:
        return
    status = {"component": _component(shown) | {"state": state}, "state": state}
    yield _frame(event.sequence, "status_created", now, status=status)
    if state is State.OPERATIONAL:
        down = read.time_down
        yield _frame(event.sequence, "restored", now, status=status, time_down=down)
    else:
        yield _frame(event.sequence, "degraded", now, status=status)


_SHOWN_WHOLE = {
    IssueEvent.CREATED: "issue_created",
    IssueEvent.ANNOUNCED: "issue_created",
    IssueEvent.STARTED: "issue_started",
    IssueEvent.ENDED: "issue_ended",
}
_UPDATED = {
    IssueEvent.UPDATED: "issue_updated",
    IssueEvent.EDITED: "issue_updated",  # a change of the schedule says so in an update
    IssueEvent.RESOLVED: "issue_resolved",
    IssueEvent.CANCELLED: "issue_cancelled",
    IssueEvent.REOPENED: "issue_reopened",
}


def _told_of_issue(event: Event, news: IssueNews, now: _Scene) -> Iterator[Frame]:
    type_ = IssueEvent(event.type)
    if news.is_whole:
        yield _frame(event.sequence, _SHOWN_WHOLE[type_], now, issue=_issue(news.issue, now))
    if news.update is not None:
        update = _update(news.update)
        if type_ is IssueEvent.REOPENED:
            update["issue"] = _issue(news.issue, now)
        yield _frame(event.sequence, _UPDATED[type_], now, update=update)


# The changes of an issue that the picture may show and no other event carries.
_UNTOLD = {IssueEvent.EDITED, IssueEvent.DELETED}


def _is_untold(was: _Scene, now: _Scene, change: Change) -> bool:
    if _surroundings(was) != _surroundings(now):
        return True
    return any(
        event.type in _UNTOLD and looks_other(event, was.picture, now.picture) for event in change
    )


def _surroundings(scene: _Scene) -> tuple[object, ...]:
    """What is shown around states and issues: the groups, what their components are called and how
    they are described, and where the issues' pages are."""
    shown = [(one.id, one.name, one.description) for one in scene.picture.components]
    groups = [(id_, name, [one.id for one in ones]) for id_, name, ones in scene.layout]
    return (shown, groups, scene.address)


# Objects


def _issue(issue: Issue, scene: _Scene) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": issue.id,
        "title": issue.title,
        "body": issue.body_html,
        "label": _words(issue.label),
        "components": [
            _component(one) for one in scene.picture.components if one.id in issue.component_ids
        ],
        "standing": issue.standing,
        "scheduled": issue.scheduled,
        "created_at": issue.created_at,
        "updates": [_update(update) for update in issue.updates],
        "url": f"{scene.address}/issues/{issue.id}",
    }
    if issue.scheduled:
        shown |= {"starts_at": issue.starts_at, "ends_at": issue.ends_at}
    return shown


def _component(one: Component) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "description": one.description, "state": one.state}


def _update(update: Update) -> dict[str, Any]:
    return {
        "issue_id": update.issue_id,
        "body": update.body_html,
        "label": _words(update.label),
        "created_at": update.created_at,
    }


def _words(label: IssueLabel | UpdateLabel | None) -> str | None:
    return label and label.capitalize()


def _frame(sequence: int, event: str, scene: _Scene, **data: object) -> Frame:
    return frame(sequence, event, {**scene.head, **data})
