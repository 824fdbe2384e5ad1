"""The pages of a status page's history: months, days, and every issue by itself."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model.board import Board
from tocsin.model.clock import Clock
from tocsin.model.component import Component
from tocsin.model.errors import not_found
from tocsin.model.issue import Issue
from tocsin.model.page import Page
from tocsin.model.report import report
from tocsin.store import components, history
from tocsin.store.store import Store
from tocsin.web import moment
from tocsin.web.archive_html import day_html, issue_html, months_html
from tocsin.web.archive_view import Chronicle, MonthsView, issue_view, midnight
from tocsin.web.compose import look_of
from tocsin.web.documents import Document, document
from tocsin.web.page import Place
from tocsin.web.site import Site
from tocsin.wire import calendar

# Months that `/history` shows at a time.
_MONTHS = 3
# Issues that one page of history lists at most; those that began last come before the rest.
_ISSUES = 500
_HELD = 64


class Asked(NamedTuple):
    """Whose history is asked for: `path` from the status page's folder, whose links are to repeat
    the `query`."""

    slug: str
    path: str
    query: str


class _Held(NamedTuple):
    """A document, and when it was made: after which event, and in which minute."""

    head: int
    minute: int
    document: Document


class _Span(NamedTuple):
    """The days of which a page has something to tell: from its first issue, or from when it was
    made if that was before, to today."""

    first: date
    last: date
    where: tzinfo


class Archive:
    """Lives on the event loop. `board` gives the board of now.

    A document is made once for an event of the log and a minute. Refused: not_found, for what the
    page has nothing to tell of.
    """

    def __init__(self, store: Store, board: Callable[[], Board], clock: Clock, site: Site) -> None:
        self._store = store
        self._board = board
        self._clock = clock
        self._site = site
        self._held: OrderedDict[Asked, _Held] = OrderedDict()
        self._making = asyncio.Lock()

    async def months(self, asked: Asked, until: str | None) -> Document:
        """Three months, the last one being `until` ("2026-11"), or that of now."""
        return await self._find(asked, partial(self._months, asked, until, _MONTHS))

    async def month(self, asked: Asked, month: str) -> Document:
        """The month ("2026-11")."""
        return await self._find(asked, partial(self._months, asked, month, 1))

    async def day(self, asked: Asked, day: str) -> Document:
        """The day ("2026-11-21")."""
        return await self._find(asked, partial(self._day, asked, day))

    async def issue(self, asked: Asked, issue_id: str) -> Document:
        """The issue of that id."""
        return await self._find(asked, partial(self._issue, asked, issue_id))

    async def event(self, asked: Asked, issue_id: str) -> Document:
        """The scheduled issue of that id, for calendars."""
        return await self._find(asked, partial(self._event, asked, issue_id))

    async def _find(self, asked: Asked, make: Callable[[], Awaitable[Document]]) -> Document:
        async with self._making:
            head, minute = self._store.head, self._now // 60
            held = self._held.pop(asked, None)
            if held is None or (held.head, held.minute) != (head, minute):
                held = _Held(head, minute, await make())
            self._held[asked] = held
            if len(self._held) > _HELD:
                self._held.popitem(last=False)
            return held.document

    async def _months(self, asked: Asked, until: str | None, count: int) -> Document:
        span = await self._span(asked.slug)
        oldest, newest = _before(span.first, 0), _before(span.last, 0)
        last = newest if until is None else _read(f"{until}-01")
        if not oldest <= last <= newest:
            raise not_found("month")
        first = max(_before(last, count - 1), oldest)
        told = await self._chronicle(asked.slug, first, _before(last, -1))
        view = MonthsView(
            look=look_of(told.page),
            months=tuple(map(told.month, _months_down(last, first))),
            newer=min(_before(last, -count), newest) if last < newest else None,
            older=_before(first, 1) if first > oldest else None,
            alone=count == 1,
        )
        return await self._render(partial(months_html, view), asked, told.page)

    async def _day(self, asked: Asked, text: str) -> Document:
        span, day = await self._span(asked.slug), _read(text)
        if not span.first <= day <= span.last:
            raise not_found("day")
        told = await self._chronicle(asked.slug, day, day + timedelta(1))
        return await self._render(partial(day_html, told.day(day)), asked, told.page)

    async def _issue(self, asked: Asked, issue_id: str) -> Document:
        page, issue = await self._tale(asked.slug, issue_id)
        ids = page.component_ids
        beside = await self._store.read(lambda conn: history.neighbours(conn, ids, issue))
        shown = self._shown(page)
        view = issue_view(page, shown, issue, beside.previous, beside.next)
        return await self._render(partial(issue_html, view), asked, page)

    async def _event(self, asked: Asked, issue_id: str) -> Document:
        page, issue = await self._tale(asked.slug, issue_id)
        if not issue.scheduled:
            raise not_found("scheduled issue")
        address = page.address(self._site.public_url)
        told = replace(report(self._board(), asked.slug, address), issues=(issue,))
        return document(await asyncio.to_thread(calendar.calendar, told, page.name))

    async def _tale(self, slug: str, issue_id: str) -> tuple[Page, Issue]:
        page = self._page(slug)
        ids = page.component_ids
        issue = await self._store.read(lambda conn: history.find(conn, ids, issue_id))
        if issue is None:
            raise not_found("issue")
        return page, issue

    async def _chronicle(self, slug: str, since: date, until: date) -> Chronicle:
        """What happened from the one day to before the other."""
        page, span = self._page(slug), await self._span(slug)
        from_at, until_at = midnight(since, span.where), midnight(until, span.where)
        ids = page.component_ids

        def told(conn: Connection) -> Chronicle:
            return Chronicle(
                page=page,
                components=self._shown(page),
                issues=history.overlapping(conn, ids, from_at, until_at, _ISSUES),
                troubles=components.troubles(conn, ids, from_at, until_at),
                first=span.first,
                now=self._now,
            )

        return await self._store.read(told)

    async def _span(self, slug: str) -> _Span:
        page = self._page(slug)
        ids = page.component_ids
        earliest = await self._store.read(lambda conn: history.earliest(conn, ids))
        where = moment.zone(page.timezone)
        first = min(page.created_at, earliest if earliest is not None else page.created_at)
        return _Span(
            datetime.fromtimestamp(first, where).date(),
            datetime.fromtimestamp(self._now, where).date(),
            where,
        )

    async def _render(
        self, write: Callable[[int, Place], str], asked: Asked, page: Page
    ) -> Document:
        url = f"{page.address(self._site.public_url)}/{asked.path}"
        place = Place(url, self._site, "../" * asked.path.count("/"), asked.query)
        return document(await asyncio.to_thread(write, self._now, place))

    def _page(self, slug: str) -> Page:
        page = self._board().pages.get(slug)
        if page is None:  # deleted in the meantime
            raise not_found("page")
        return page

    def _shown(self, page: Page) -> tuple[Component, ...]:
        """The page's components."""
        board = self._board()
        return tuple(board.components[id_] for id_ in page.component_ids if id_ in board.components)

    @property
    def _now(self) -> int:
        return self._clock.now_ms() // 1_000


def _read(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise not_found("day") from None


def _months_down(last: date, first: date) -> Iterator[date]:
    """The months from the one to the other, by their first days, the newest first."""
    while last >= first:
        yield last
        last = _before(last, 1)


def _before(day: date, months: int) -> date:
    """The first day of the month that is so many before that of `day`."""
    number = 12 * day.year + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
