"""What each page says in formats other than HTML: put together once a change, for all who ask."""

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from tocsin.app.past import Past
from tocsin.model.board import Board
from tocsin.model.errors import not_found
from tocsin.model.event import Change
from tocsin.model.issue import Issue
from tocsin.model.page import Page
from tocsin.model.report import Report, report
from tocsin.store import history
from tocsin.store.store import Store
from tocsin.web.documents import Document, document

# How many issues a report has beside those that are open, of each of the two kinds.
_RECENT = 50

_CONCERNED = ("tocsin.component.", "tocsin.issue.", "tocsin.page.")


@dataclass(frozen=True)
class Edition:
    """The report on a page, and the documents that were made of it."""

    report: Report
    _documents: dict[Hashable, Document] = field(default_factory=dict)

    def document(self, name: Hashable, write: Callable[[Report], bytes]) -> Document:
        """The document of that name, written at the first call."""
        if name not in self._documents:
            self._documents[name] = document(write(self.report))
        return self._documents[name]


class Editions:
    """Lives on the event loop. `board` gives the board of now; `public_url` has no final slash."""

    def __init__(
        self, store: Store, board: Callable[[], Board], past: Past, public_url: str
    ) -> None:
        self._store = store
        self._board = board
        self._past = past
        self._public_url = public_url
        self._current: dict[str, asyncio.Task[Edition]] = {}

    def publish(self, change: Change) -> None:
        """Begin new editions if the change concerns any page. On the loop, in commit order.

        The board does not tell: it keeps nothing of an addendum to an issue that is closed.
        """
        if any(event.type.startswith(_CONCERNED) for event in change):
            self._current.clear()

    async def current(self, slug: str) -> Edition:
        """The edition of now of the page `slug`. Refused: not_found, when it was deleted."""
        task = self._current.get(slug)
        if task is None:
            task = self._current[slug] = asyncio.create_task(self._make(slug))
            task.add_done_callback(lambda done: self._forget(slug, done))
        return await asyncio.shield(task)

    async def past(self, board: Board, slug: str, at: int) -> Edition:
        """The edition of the page `slug` at the time `at`, when it stood on that board."""
        component_ids = board.pages[slug].component_ids
        told = await self._past.issues(at, lambda conn: _recent(conn, component_ids, at))
        return self._edition(board, slug, told)

    async def _make(self, slug: str) -> Edition:
        component_ids = self._page(slug).component_ids
        told = await self._store.read(lambda conn: _recent(conn, component_ids))
        return self._edition(self._board(), slug, told)

    def _edition(self, board: Board, slug: str, told: Iterable[Issue]) -> Edition:
        """Its links lead to where the page is now."""
        return Edition(report(board, slug, self._page(slug).address(self._public_url), told))

    def _page(self, slug: str) -> Page:
        """The page of now, which may have been deleted since its visitor was let in."""
        page = self._board().pages.get(slug)
        if page is None:
            raise not_found("page")
        return page

    def _forget(self, slug: str, done: asyncio.Task[Edition]) -> None:
        """The next who asks tries again what failed."""
        failed = done.cancelled() or done.exception() is not None
        if failed and self._current.get(slug) is done:
            del self._current[slug]


def _recent(
    conn: Connection, component_ids: Collection[str], made_by: int | None = None
) -> list[Issue]:
    both = (
        history.newest(conn, component_ids, _RECENT, scheduled=scheduled, made_by=made_by)
        for scheduled in (False, True)
    )
    return [issue for issues in both for issue in issues]
