"""The pages' addresses over a real store, without a socket."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.responses import PlainTextResponse
from tests.domain import Domain

from tocsin.app import rights
from tocsin.app.past import Past
from tocsin.app.visitors import Visit
from tocsin.model.board import Board
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.event import Change
from tocsin.model.page import Visibility
from tocsin.model.recent import Recent
from tocsin.push.dispatch import StreamRequest
from tocsin.web.archive import Archive
from tocsin.web.pictures import Pictures
from tocsin.web.routes import Website
from tocsin.web.site import Site

URL = "http://tocsin.test"
SECRET = "secret"


@dataclass
class Visited:
    """A domain, and a client of its pages."""

    there: Domain
    client: httpx.AsyncClient
    pictures: Pictures

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """What is answered there."""
        return await self.client.get(path, headers=headers)

    async def html(self, path: str) -> str:
        """The page at `path`, which has to be one."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@asynccontextmanager
async def visited(there: Domain) -> AsyncIterator[Visited]:
    """The pages of a domain; private ones are opened by SECRET."""
    site = Site(URL)
    pictures = Pictures(lambda: there.board, Recent(), there.clock, site)
    archive = Archive(there.store, lambda: there.board, there.clock, site)

    async def admit(request: StreamRequest, past: Board | None = None) -> Visit:
        slug = request.path["slug"] or there.board.slug_of(request.headers["host"])
        boards = (there.board, past or there.board)
        if not all(slug in board.pages for board in boards):
            raise not_found("page")
        if all(board.pages[slug].visibility is Visibility.PUBLIC for board in boards):
            return Visit(slug, rights.public(slug))
        if request.first("bt") != SECRET:
            raise Refused(Code.UNAUTHORIZED, "This page is private.")
        return Visit(slug, rights.bypass(slug))

    def committed(changes: Sequence[Change]) -> None:
        for change in changes:
            before = there.board
            there.committed([change])
            pictures.follow(before, there.board, change)

    there.store.on_commit = committed
    app = PlainTextResponse("the application")
    website = Website(app, pictures, archive, Past(there.store, there.clock), admit)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(website), base_url=URL) as client:
        yield Visited(there, client, pictures)
