"""The board: everything that the live streams and the status pages show, folded from the log."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tocsin.model import event_data
from tocsin.model.component import Component, State, worst
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, IssueEvent, Phase, Update
from tocsin.model.page import MAIN, Page, host_name
from tocsin.model.status import Periods, begin

V = TypeVar("V")


@dataclass(frozen=True)
class Picture:
    """What one live stream shows: a page's components in page order, or the one component; the
    worst of their states; and the issues about any of them, newest `created_at` first, then id."""

    state: State
    components: tuple[Component, ...]
    issues: Mapping[str, Issue]

    def first_named(self, component_ids: Iterable[str]) -> str | None:
        """The name of the first of these that is shown here, in the order of the picture."""
        named = set(component_ids)
        return next((one.name for one in self.components if one.id in named), None)


@dataclass(frozen=True)
class Board:
    """Pages by slug; components by id, and the periods each spent in one state, oldest first, the
    last one open; the issues that stand or are to come, by id, with their updates.

    `apply` is the only way on: it gives what a fresh load would give after the same change.
    """

    pages: Mapping[str, Page] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)
    periods: Mapping[str, Periods] = field(default_factory=dict)
    issues: Mapping[str, Issue] = field(default_factory=dict)

    def apply(self, change: Change) -> "Board":
        """The board after `change`; the same object when nothing on it changes."""
        board = self
        for event in change:
            fold = _FOLDS.get(event.type)
            board = fold(board, event) if fold else board
        return board

    def slug_of(self, host: str) -> str:
        """The page that a Host header chooses; `main` when no page has that host."""
        name = host_name(host)
        return next((slug for slug, page in self.pages.items() if name in page.hosts), MAIN)

    def picture(self, slug: str, component_id: str | None = None) -> Picture | None:
        """What the stream of this page, or of this component of it, shows; None when there is no
        such page or the component is not on it."""
        page = self.pages.get(slug)
        if page is None or component_id not in (None, *page.component_ids):
            return None
        shown = page.component_ids if component_id is None else (component_id,)
        components = tuple(self.components[one] for one in shown if one in self.components)
        return Picture(
            state=worst(one.state for one in components),
            components=components,
            issues=self._public({one.id for one in components}),
        )

    def _public(self, component_ids: set[str]) -> dict[str, Issue]:
        concerning = (
            issue
            for issue in self.issues.values()
            if (issue.standing or issue.phase is Phase.ANNOUNCED)
            and not component_ids.isdisjoint(issue.component_ids)
        )
        ordered = sorted(concerning, key=lambda issue: (-issue.created_at, issue.id))
        return {issue.id: issue for issue in ordered}


def is_told(event: Event) -> bool:
    """Whether boards are folded of such events."""
    return event.type in _FOLDS


def belongs(issue: Issue) -> bool:
    """Whether a board has this issue: it stands, or is to come (announced or not)."""
    return issue.standing or issue.coming


def _with(mapping: Mapping[str, V], key: str, value: V) -> Mapping[str, V]:
    return {**mapping, key: value}


def _without(mapping: Mapping[str, V], key: str) -> Mapping[str, V]:
    return {other: value for other, value in mapping.items() if other != key}


def _put_page(board: Board, event: Event) -> Board:
    page = event_data.read_page(event.data)
    others = {slug: one for slug, one in board.pages.items() if one.id != page.id}
    return replace(board, pages={**others, page.slug: page})


def _drop_page(board: Board, event: Event) -> Board:
    page = event_data.read_page(event.data)
    return replace(board, pages=_without(board.pages, page.slug))


def _put_component(board: Board, event: Event) -> Board:
    read = event_data.read_component(event.data)
    component = read.component
    periods = board.periods.get(component.id, ())
    if read.began_at is not None:
        periods = begin(periods, component.state, read.began_at)
    elif not periods:
        periods = begin((), component.state, component.created_at)
    return replace(
        board,
        components=_with(board.components, component.id, component),
        periods=_with(board.periods, component.id, periods),
    )


def _drop_component(board: Board, event: Event) -> Board:
    gone = event_data.read_component(event.data).component.id
    return replace(
        board,
        components=_without(board.components, gone),
        periods=_without(board.periods, gone),
    )


def _put_issue(board: Board, event: Event) -> Board:
    read = event_data.read_issue(event.data)
    if not belongs(read.issue):
        return _drop_issue(board, event)
    issue = replace(read.issue, updates=_updates(read, board.issues.get(read.issue.id)))
    return replace(board, issues=_with(board.issues, issue.id, issue))


def _updates(read: event_data.IssueData, held: Issue | None) -> tuple[Update, ...]:
    if read.updates is not None:
        return read.updates
    before = held.updates if held else ()
    return (read.update, *before) if read.update else before


def _drop_issue(board: Board, event: Event) -> Board:
    gone = event_data.read_issue(event.data).issue.id
    if gone not in board.issues:
        return board
    return replace(board, issues=_without(board.issues, gone))


_FOLDS: dict[str, Callable[[Board, Event], Board]] = {
    "tocsin.page.created": _put_page,
    "tocsin.page.edited": _put_page,
    "tocsin.page.deleted": _drop_page,
    "tocsin.component.created": _put_component,
    "tocsin.component.edited": _put_component,
    "tocsin.component.status": _put_component,
    "tocsin.component.deleted": _drop_component,
    **dict.fromkeys(IssueEvent, _put_issue),
    IssueEvent.DELETED: _drop_issue,
}
