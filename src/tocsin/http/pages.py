"""/api/v1/pages."""

import asyncio
from typing import Annotated, Any, Self

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from tocsin.app import pages
from tocsin.app.idempotency import Answer
from tocsin.app.pages import NewPage, PageChanges
from tocsin.http.auth import Caller
from tocsin.http.body import Body, Id, Name
from tocsin.http.changes import change, created, done, removed, shown
from tocsin.http.conditions import IfMatch
from tocsin.http.left_out import left_out
from tocsin.http.listing import Listing, Page
from tocsin.http.page_settings import (
    Accent,
    Description,
    HistoryDays,
    Hosts,
    LanguageName,
    Link,
    Links,
    PageText,
    Slug,
    Timezone,
    VisibilityName,
)
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Principal, Scope
from tocsin.model.component import State
from tocsin.model.errors import Code
from tocsin.model.layout import COMPONENTS_LIMIT, WantedGroup
from tocsin.model.page import Language, LogoType, Visibility
from tocsin.model.precondition import Precondition, etag
from tocsin.store import pages as rows
from tocsin.store.pages import StoredPage
from tocsin.store.tx import Tx
from tocsin.wire import markdown

routes = Routes("pages")


class GroupIn(Body):
    """A group as it is to be: known by its `id`, else by its `name`; both null: the ungrouped."""

    id: Id | None = None
    name: Name | None
    component_ids: Annotated[tuple[Id, ...], Field(strict=False, max_length=COMPONENTS_LIMIT)] = ()

    def wanted(self) -> WantedGroup:
        """As a use case takes it."""
        return WantedGroup(self.id, self.name, self.component_ids)


Groups = Annotated[tuple[GroupIn, ...], Field(strict=False, max_length=COMPONENTS_LIMIT)]


class PageIn(Body):
    """A page to be made."""

    slug: Slug
    name: Name
    description: Description = ""
    hosts: Hosts = ()
    timezone: Timezone = "UTC"
    visibility: VisibilityName = Visibility.PUBLIC
    accent: Accent | None = None
    links: Links = ()
    language: LanguageName = Language.ENGLISH
    text_above: PageText = ""
    text_below: PageText = ""
    show_bars: bool = True
    show_uptime: bool = True
    history_days: HistoryDays = 90
    robots: bool = True
    groups: Groups = ()

    def given(self) -> dict[str, Any]:
        """The fields, by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class PagePatch(Patch):
    """What to change of a page; `groups` places its components, all of them."""

    name: Name = absent()
    description: Description = absent()
    hosts: Hosts = absent()
    timezone: Timezone = absent()
    visibility: VisibilityName = absent()
    accent: Accent | None = absent()
    links: Links = absent()
    language: LanguageName = absent()
    text_above: PageText = absent()
    text_below: PageText = absent()
    show_bars: bool = absent()
    show_uptime: bool = absent()
    history_days: HistoryDays = absent()
    robots: bool = absent()
    groups: Groups = absent()
    id: Repeated = absent()
    slug: Repeated = absent()
    logo: Repeated = absent()
    text_above_html: Repeated = absent()
    text_below_html: Repeated = absent()
    bypass_token: Repeated = absent()
    state: Repeated = absent()


class GroupOut(BaseModel):
    """Components shown together, in order; `id` and `name` are null for the ungrouped ones."""

    id: str | None
    name: str | None
    component_ids: list[str]


class LogoOut(BaseModel):
    """The picture that stands for a page's name: `/logo/{digest}` shows it."""

    type: LogoType
    digest: str


class PageOut(BaseModel):
    """A page. `state` is that of its components together; `bypass_token` needs `pages:write`."""

    id: str
    slug: str
    name: str
    description: str
    hosts: list[str]
    timezone: str
    visibility: Visibility
    bypass_token: str | None = left_out()
    logo: LogoOut | None
    accent: str | None
    links: list[Link]
    language: Language
    text_above: str
    text_above_html: str
    text_below: str
    text_below_html: str
    show_bars: bool
    show_uptime: bool
    history_days: int
    robots: bool
    groups: list[GroupOut]
    state: State

    @classmethod
    def of(cls, stored: StoredPage, caller: Principal) -> Self:
        """As the API shows it to the caller."""
        token = stored.bypass_token if caller.may(Scope.PAGES_WRITE) else None
        shown = {**vars(stored.page), "state": stored.state, "bypass_token": token}
        return cls.model_validate(shown, from_attributes=True)


@routes.get("/pages", answers=Listing[PageOut])
async def list_pages(request: Request, page: Page, caller: Caller) -> Listing[PageOut]:
    """Every page, newest first."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before, page.fetch))
    return page.page(found, lambda one: one.page.id, lambda one: PageOut.of(one, caller))


@routes.post("/pages", Scope.PAGES_WRITE, answers=PageOut, refuses=(Code.CONFLICT,), tagged=True)
async def create_page(request: Request, given: PageIn, caller: Caller) -> Response:
    """Make a page."""
    new = NewPage(**await _wanted(given.given()))
    return await change(
        request,
        lambda tx: pages.create(tx, new),
        lambda made: created(PageOut.of(made, caller), made.page.id, etag=_etag(made)),
    )


@routes.get("/pages/{slug}", answers=PageOut, tagged=True)
async def show_page(request: Request, slug: str, caller: Caller) -> Response:
    """One page."""
    stored = await services_of(request).store.read(lambda conn: pages.get(conn, slug))
    return shown(PageOut.of(stored, caller), etag=_etag(stored))


@routes.patch(
    "/pages/{slug}",
    Scope.PAGES_WRITE,
    answers=PageOut,
    refuses=(Code.CONFLICT, Code.PRECONDITION_FAILED),
    tagged=True,
)
async def edit_page(
    request: Request, slug: str, given: PagePatch, caller: Caller, if_match: IfMatch
) -> Response:
    """Change a page, or place its components."""
    changes = PageChanges(**await _wanted(given.given()))

    def unit(tx: Tx) -> StoredPage:
        stored = seen(tx, slug, if_match)
        given.check_repeated(PageOut.of(stored, caller))
        return pages.edit(tx, stored, changes)

    return await change(request, unit, lambda page: answer(page, caller))


@routes.delete(
    "/pages/{slug}",
    Scope.PAGES_WRITE,
    refuses=(Code.PAGE_NOT_DELETABLE, Code.PRECONDITION_FAILED),
)
async def delete_page(request: Request, slug: str, if_match: IfMatch) -> Response:
    """Delete a page. Its components stay; `main` cannot be deleted."""
    return await change(request, lambda tx: pages.delete(tx, seen(tx, slug, if_match)), removed)


@routes.post(
    "/pages/{slug}/rotate-bypass-token",
    Scope.PAGES_WRITE,
    answers=PageOut,
    status=200,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def rotate_bypass_token(
    request: Request, slug: str, caller: Caller, if_match: IfMatch
) -> Response:
    """Give a page another bypass token. What the old one had opened ends."""
    return await change(
        request,
        lambda tx: pages.rotate_bypass_token(tx, seen(tx, slug, if_match)),
        lambda page: answer(page, caller),
    )


async def _wanted(fields: dict[str, Any]) -> dict[str, Any]:
    """Those fields as a use case takes them, the texts rendered; not on the loop, which long ones
    would hold."""
    composed: dict[str, Any] = {
        name: tuple(one.wanted() for one in fields[name])
        for name in ("groups", "links")
        if name in fields
    }
    rendered = {
        f"{name}_html": await asyncio.to_thread(markdown.html, fields[name])
        for name in ("text_above", "text_below")
        if name in fields
    }
    return {**fields, **composed, **rendered}


def seen(tx: Tx, slug: str, if_match: Precondition) -> StoredPage:
    """The page as the caller saw it. Refused: not_found, precondition_failed."""
    stored = pages.get(tx.conn, slug)
    if_match.check(stored.page.id, stored.version)
    return stored


def answer(stored: StoredPage, caller: Principal) -> Answer:
    """The page as it is after a change."""
    return done(PageOut.of(stored, caller), stored.page.id, etag=_etag(stored))


def _etag(stored: StoredPage) -> str:
    return etag(stored.page.id, stored.version)
