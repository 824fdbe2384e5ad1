"""A world in memory: pages, components and issues, changed by the model's decisions alone.

Each change gives the events that the program would append, and moves a `Board` along with them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from tocsin.model import event_data, issue_edit
from tocsin.model import issue as lifecycle
from tocsin.model.board import Board, belongs
from tocsin.model.component import Component, State, effective
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, IssueEvent, NewIssue, NewUpdate, Transition
from tocsin.model.issue_edit import Changes
from tocsin.model.page import Group, Page, Visibility
from tocsin.model.status import REACH, Period, Periods

START = 1_700_000_000


def page(number: int, slug: str, component_ids: Sequence[str] = ()) -> Page:
    """A page with one group of ungrouped components."""
    groups = (Group(None, None, tuple(component_ids)),)
    return Page(
        f"page{number}", slug, slug, "", (f"{slug}.test",), "UTC", Visibility.PUBLIC, groups, START
    )


def component(name: str, state: State = State.OPERATIONAL) -> Component:
    """A component that is called what its id is."""
    return Component(name, name, "", state, state, False, START)


@dataclass
class World:
    """Facts as a store would keep them, and the board that follows their changes."""

    pages: dict[str, Page] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    periods: dict[str, Periods] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    now: int = START
    board: Board = field(default_factory=Board)
    sequence: int = 0
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _events: list[tuple[str, str, bytes]] = field(default_factory=list)

    def new_id(self) -> str:
        """24 hex digits, ascending."""
        return f"{next(self._numbers):024x}"

    def loaded(self) -> Board:
        """The board as a fresh start would load it."""
        issues = {id_: issue for id_, issue in self.issues.items() if belongs(issue)}
        return Board(dict(self.pages), dict(self.components), dict(self.periods), issues)

    def commit(self, work: Callable[[], object]) -> tuple[Board, Change]:
        """Do the work as one change; the board before it, and its events, statuses first."""
        self._events = []
        work()
        self._settle()
        first = self.sequence + 1
        change = tuple(
            Event(sequence, first, type_, topic, topic, "/tocsin", self.now * 1000, 0, data)
            for sequence, (type_, topic, data) in enumerate(self._events, first)
        )
        self.sequence += len(change)
        before, self.board = self.board, self.board.apply(change)
        return before, change

    def _append(self, type_: str, topic: str, data: bytes) -> None:
        self._events.append((type_, topic, data))

    def _settle(self) -> None:
        """Components whose effective state is another now: their events go before all others."""
        statuses = [
            (one, previous)
            for one in list(self.components.values())
            if (previous := one.state) is not self._effective(one)
        ]
        told = self._events
        self._events = []
        for one, previous in statuses:
            after = replace(one, state=self._effective(one))
            self.components[one.id] = after
            time_down = self._time_down(one) if after.state is State.OPERATIONAL else None
            self._begin_status(after)
            data = event_data.of_status(after, (), previous, self.now, time_down)
            self._append("tocsin.component.status", f"component/{one.id}", data)
        self._events += told

    def _begin_status(self, after: Component) -> None:
        """A row ends and another begins; no more is loaded than what ended within REACH."""
        *ended, last = self.periods[after.id]
        rows = (*ended, replace(last, ended_at=self.now), Period(after.state, self.now))
        self.periods[after.id] = tuple(
            row for row in rows if row.ended_at is None or row.ended_at > self.now - REACH
        )

    def _time_down(self, one: Component) -> int:
        fine = (row for row in self.periods[one.id] if row.state is State.OPERATIONAL)
        down_since = max((row.ended_at or self.now for row in fine), default=one.created_at)
        return self.now - down_since

    def _effective(self, one: Component) -> State:
        overrides = (
            issue.state_override
            for issue in self.issues.values()
            if issue.standing and issue.state_override and one.id in issue.component_ids
        )
        return effective(one.manual_state, overrides)

    # Pages and components

    def add_page(self, made: Page) -> None:
        self.pages[made.slug] = made
        self._append("tocsin.page.created", f"page/{made.slug}", event_data.of_page(made))

    def drop_page(self, slug: str) -> None:
        gone = self.pages.pop(slug)
        self._append("tocsin.page.deleted", f"page/{slug}", event_data.of_page(gone))

    def edit_page(self, slug: str, **changes: Any) -> None:
        before = self.pages[slug]
        edited = self.pages[slug] = replace(before, **changes)
        if edited != before:
            self._append("tocsin.page.edited", f"page/{slug}", event_data.of_page(edited))

    def place(self, slug: str, component_ids: Iterable[str], group: str | None = None) -> None:
        """Put exactly these components on the page, in this order, in one group of that name."""
        self.edit_page(slug, groups=(Group(group, group, tuple(component_ids)),))

    def add_component(self, made: Component) -> None:
        self.components[made.id] = made
        self.periods[made.id] = (Period(made.state, made.created_at),)
        self._append(
            "tocsin.component.created", f"component/{made.id}", event_data.of_component(made, ())
        )

    def edit_component(self, id_: str, **changes: Any) -> None:
        edited = replace(self.components[id_], **changes)
        self.components[id_] = edited
        after = replace(edited, state=self._effective(edited))
        self._append(
            "tocsin.component.edited", f"component/{id_}", event_data.of_component(after, ())
        )

    def drop_component(self, id_: str) -> None:
        """Delete one that no standing or coming issue is about; pages and old issues lose it."""
        gone = self.components.pop(id_)
        del self.periods[id_]
        for old in self.issues.values():
            left = tuple(other for other in old.component_ids if other != id_)
            self.issues[old.id] = replace(old, component_ids=left)
        self._append(
            "tocsin.component.deleted", f"component/{id_}", event_data.of_component(gone, ())
        )
        for slug, one in list(self.pages.items()):
            self.place(slug, (other for other in one.component_ids if other != id_))

    def in_use(self, id_: str) -> bool:
        """Whether a standing or coming issue is about the component."""
        return any(belongs(issue) and id_ in issue.component_ids for issue in self.issues.values())

    # Issues

    def create(self, new: NewIssue) -> None:
        self._take(lifecycle.create(new, self.now))

    def update(self, id_: str, given: NewUpdate) -> None:
        self._take(lifecycle.update(self.issues[id_], given, self.now))

    def cancel(self, id_: str) -> None:
        self._take(lifecycle.cancel(self.issues[id_], NewUpdate(self.new_id()), self.now))

    def edit(self, id_: str, changes: Changes) -> None:
        self._take(issue_edit.edit(self.issues[id_], changes, self.new_id(), self.now))

    def drop_issue(self, id_: str) -> None:
        gone = self.issues.pop(id_)
        data = event_data.of_issue(IssueEvent.DELETED, gone)
        self._append(IssueEvent.DELETED, f"issue/{id_}", data)

    def take_due_step(self, id_: str) -> bool:
        """Take the next step of an issue's schedule; whether one was due."""
        transition = lifecycle.on_time(self.issues[id_], self.now)
        self._take(transition)
        return transition is not None

    def take_due_steps(self, id_: str) -> None:
        """Take all steps of an issue's schedule that are due."""
        while self.take_due_step(id_):
            pass

    def _take(self, transition: Transition | None) -> None:
        if transition is None:
            return
        issue = self.issues[transition.issue.id] = transition.issue
        for event in transition.events:
            data = event_data.of_issue(event, issue, transition.update)
            self._append(event, f"issue/{issue.id}", data)
