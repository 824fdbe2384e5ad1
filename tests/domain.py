"""Pages, components and issues over a real store, without HTTP."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from tests.clock import HeldClock

from tocsin.app import board, components, issues, pages
from tocsin.app.components import ComponentChanges, NewComponent
from tocsin.app.pages import NewPage, Place
from tocsin.app.timers import Timers
from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.event import Change, Event
from tocsin.model.issue import Issue, NewIssue, NewUpdate, UpdateLabel
from tocsin.store.components import StoredComponent
from tocsin.store.issues import StoredIssue
from tocsin.store.pages import StoredPage
from tocsin.store.store import Store, open_store
from tocsin.store.tx import Tx

T = TypeVar("T")


@dataclass
class Domain:
    """A store with a page `main`, what it committed, and the board that follows it."""

    store: Store
    clock: HeldClock
    timers: Timers
    changes: list[Change] = field(default_factory=list)
    board: Board = field(default_factory=Board)

    async def do(self, unit: Callable[[Tx], T]) -> T:
        """Run a unit of work."""
        return (await self.store.change(unit)).value

    def committed(self, changes: Sequence[Change]) -> None:
        """Take note, as every surface does."""
        for change in changes:
            self.changes.append(change)
            self.board = self.board.apply(change)
            self.timers.on_change(change)

    @property
    def last(self) -> list[tuple[str, str]]:
        """Type (without `tocsin.`) and topic of the newest change's events."""
        return [(event.type.removeprefix("tocsin."), event.topic) for event in self.changes[-1]]

    @property
    def told(self) -> list[str]:
        """The types of the newest change's events, without `tocsin.`."""
        return [happened for happened, _ in self.last]

    async def make_page(self, slug: str, **fields: Any) -> StoredPage:
        """Make a page."""
        return await self.do(lambda tx: pages.create(tx, NewPage(slug, slug.title(), **fields)))

    async def component(
        self,
        name: str = "Website",
        state: State = State.OPERATIONAL,
        page: str = "main",
        group: str | None = None,
        follow: bool = False,
    ) -> str:
        """Make a component; returns its id."""
        new = NewComponent(name, manual_state=state, follow_incidents=follow)
        place = Place(page, group)
        made = await self.do(lambda tx: components.create(tx, new, place))
        return made.component.id

    async def edit_component(
        self, component_id: str, place: Place | None = None, **changes: Any
    ) -> StoredComponent:
        """Change some fields of a component, and where it stands."""
        return await self.do(
            lambda tx: components.edit(
                tx, components.get(tx.conn, component_id), ComponentChanges(**changes), place
            )
        )

    async def delete_component(self, component_id: str) -> None:
        """Remove a component."""
        await self.do(lambda tx: components.delete(tx, components.get(tx.conn, component_id)))

    async def issue(self, *component_ids: str, **fields: Any) -> str:
        """Make an issue; returns its id."""
        given = {"title": "Trouble", "body": "", "body_html": "", **fields}
        made = await self.do(
            lambda tx: issues.create(
                tx, NewIssue(id=tx.new_id(), component_ids=component_ids, **given)
            )
        )
        return made.issue.id

    async def update(self, issue_id: str, label: str | None = None, **fields: Any) -> StoredIssue:
        """Say something of an issue."""
        said = UpdateLabel(label) if label else None
        return await self.do(
            lambda tx: issues.update(
                tx, issues.get(tx.conn, issue_id), NewUpdate(tx.new_id(), label=said, **fields)
            )
        )

    async def shown(self, component_id: str) -> StoredComponent:
        """The component as it is kept."""
        return await self.store.read(lambda conn: components.get(conn, component_id))

    async def reported(self, issue_id: str) -> Issue:
        """The issue as it is kept."""
        return (await self.store.read(lambda conn: issues.get(conn, issue_id))).issue

    async def page(self, slug: str = "main") -> StoredPage:
        """The page as it is kept."""
        return await self.store.read(lambda conn: pages.get(conn, slug))

    async def loaded(self) -> Board:
        """The board as the database has it."""
        return (await self.store.read(board.load)).board


def data(event: Event) -> Any:
    """What the event carries."""
    return msgspec.json.decode(event.data)


@asynccontextmanager
async def domain(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain on that database, which is migrated if it is new."""
    store = open_store(url, clock)
    await store.start()
    there = Domain(store, clock, Timers(store, clock))
    there.board = await there.loaded()
    store.on_commit = there.committed
    try:
        await store.change(pages.ensure_main)
        yield there
    finally:
        await store.stop()
