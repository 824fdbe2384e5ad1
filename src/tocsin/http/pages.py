"""/api/v1/pages."""

import re
from functools import cache
from importlib import resources
from typing import Annotated, LiteralString, Self

from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from tocsin.app import pages
from tocsin.app.idempotency import Answer
from tocsin.app.pages import NewPage, PageChanges
from tocsin.http.auth import Caller
from tocsin.http.body import Body, Id, Name
from tocsin.http.changes import change, created, done, removed, shown
from tocsin.http.conditions import IfMatch
from tocsin.http.listing import Listing, Page
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Principal, Scope
from tocsin.model.component import State
from tocsin.model.errors import Code
from tocsin.model.layout import COMPONENTS_LIMIT, WantedGroup
from tocsin.model.page import Visibility, host_name
from tocsin.model.precondition import Precondition, etag
from tocsin.store import pages as rows
from tocsin.store.pages import StoredPage
from tocsin.store.tx import Tx

routes = Routes("pages")

_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*|\[[0-9a-f:.]+\]")


@cache
def _timezones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


def _invalid(message: LiteralString) -> PydanticCustomError:
    return PydanticCustomError("invalid", message)


def _known_timezone(name: str) -> str:
    if name not in _timezones():
        raise _invalid("has to be the IANA name of a timezone, such as Europe/Berlin")
    return name


def _host_name(host: str) -> str:
    name = host_name(host)
    if name != host.rstrip(".").lower() or not _HOST.fullmatch(name):
        raise _invalid("has to be a host name or address without a port, in ASCII (xn--...)")
    return name


def _different(hosts: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(hosts)) < len(hosts):
        raise _invalid("has a host twice")
    return hosts


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Description = Annotated[str, Field(max_length=65_536)]
Timezone = Annotated[str, Field(max_length=64), AfterValidator(_known_timezone)]
Host = Annotated[str, Field(min_length=1, max_length=254), AfterValidator(_host_name)]
Hosts = Annotated[tuple[Host, ...], Field(strict=False, max_length=100), AfterValidator(_different)]
VisibilityName = Annotated[Visibility, Field(strict=False)]


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
    groups: Groups = ()

    def new(self) -> NewPage:
        """As a use case takes it."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return NewPage(**{**given, "groups": tuple(group.wanted() for group in self.groups)})


class PagePatch(Patch):
    """What to change of a page; `groups` places its components, all of them."""

    name: Name = absent()
    description: Description = absent()
    hosts: Hosts = absent()
    timezone: Timezone = absent()
    visibility: VisibilityName = absent()
    groups: Groups = absent()
    id: Repeated = absent()
    slug: Repeated = absent()
    bypass_token: Repeated = absent()
    state: Repeated = absent()

    def changes(self) -> PageChanges:
        """As a use case takes it."""
        given = self.given()
        if "groups" in given:
            given["groups"] = tuple(group.wanted() for group in self.groups)
        return PageChanges(**given)


class GroupOut(BaseModel):
    """Components shown together, in order; `id` and `name` are null for the ungrouped ones."""

    id: str | None
    name: str | None
    component_ids: list[str]


class PageOut(BaseModel):
    """A page. `state` is that of its components together; `bypass_token` needs `pages:write`."""

    id: str
    slug: str
    name: str
    description: str
    hosts: list[str]
    timezone: str
    visibility: Visibility
    bypass_token: str | None = Field(default=None, exclude_if=lambda token: token is None)
    groups: list[GroupOut]
    state: State

    @classmethod
    def of(cls, stored: StoredPage, caller: Principal) -> Self:
        """As the API shows it to the caller."""
        page = stored.page
        return cls(
            id=page.id,
            slug=page.slug,
            name=page.name,
            description=page.description,
            hosts=list(page.hosts),
            timezone=page.timezone,
            visibility=page.visibility,
            bypass_token=stored.bypass_token if caller.may(Scope.PAGES_WRITE) else None,
            groups=[GroupOut.model_validate(group, from_attributes=True) for group in page.groups],
            state=stored.state,
        )


@routes.get("/pages", answers=Listing[PageOut])
async def list_pages(request: Request, page: Page, caller: Caller) -> Listing[PageOut]:
    """Every page, newest first."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before, page.fetch))
    return page.page(found, lambda one: one.page.id, lambda one: PageOut.of(one, caller))


@routes.post("/pages", Scope.PAGES_WRITE, answers=PageOut, refuses=(Code.CONFLICT,), tagged=True)
async def create_page(request: Request, given: PageIn, caller: Caller) -> Response:
    """Make a page."""
    return await change(
        request,
        lambda tx: pages.create(tx, given.new()),
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

    def unit(tx: Tx) -> StoredPage:
        stored = _seen(tx, slug, if_match)
        given.check_repeated(PageOut.of(stored, caller))
        return pages.edit(tx, stored, given.changes())

    return await change(request, unit, lambda page: _answer(page, caller))


@routes.delete(
    "/pages/{slug}",
    Scope.PAGES_WRITE,
    refuses=(Code.PAGE_NOT_DELETABLE, Code.PRECONDITION_FAILED),
)
async def delete_page(request: Request, slug: str, if_match: IfMatch) -> Response:
    """Delete a page. Its components stay; `main` cannot be deleted."""
    return await change(request, lambda tx: pages.delete(tx, _seen(tx, slug, if_match)), removed)


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
        lambda tx: pages.rotate_bypass_token(tx, _seen(tx, slug, if_match)),
        lambda page: _answer(page, caller),
    )


def _seen(tx: Tx, slug: str, if_match: Precondition) -> StoredPage:
    stored = pages.get(tx.conn, slug)
    if_match.check(stored.page.id, stored.version)
    return stored


def _answer(stored: StoredPage, caller: Principal) -> Answer:
    return done(PageOut.of(stored, caller), stored.page.id, etag=_etag(stored))


def _etag(stored: StoredPage) -> str:
    return etag(stored.page.id, stored.version)
