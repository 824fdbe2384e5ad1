"""Who may see a page, and by what right."""

import secrets
from collections.abc import Hashable
from dataclasses import dataclass

from tocsin.app import rights
from tocsin.app.access import Access
from tocsin.app.live import LiveSurface
from tocsin.model.access import Scope
from tocsin.model.board import Board
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.page import Visibility
from tocsin.store import pages as stored_pages
from tocsin.store.store import Store


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request says about itself: which page it means, and what it has to show."""

    slug: str | None
    host: str
    secret: str | None
    bypass_token: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor who may see the page; `owner` is whose deletion or change ends the visit."""

    slug: str
    owner: Hashable


class Doorkeeper:
    """Lets visitors in."""

    def __init__(self, live: LiveSurface, access: Access, store: Store) -> None:
        self._live = live
        self._access = access
        self._store = store

    async def admit(self, visitor: Visitor, past: Board | None = None) -> Visit:
        """The page that the visitor means. Refused: not_found, or unauthorized for a private one.

        To see it as it stood on the board `past`, it has to have been there, and the visitor needs
        a right to it also where it was private then: making it public tells nothing of before.
        """
        slug = visitor.slug or self._live.board.slug_of(visitor.host)
        boards = (self._live.board, past or self._live.board)
        pages = [page for board in boards if (page := board.pages.get(slug))]
        if len(pages) < len(boards):
            raise not_found("page")
        if all(page.visibility is Visibility.PUBLIC for page in pages):
            return Visit(slug, rights.public(slug))
        return Visit(slug, await self._right(slug, visitor))

    async def _right(self, slug: str, visitor: Visitor) -> Hashable:
        if visitor.bypass_token and await self._bypasses(slug, visitor.bypass_token):
            return rights.bypass(slug)
        principal = await self._access.principal(visitor.secret) if visitor.secret else None
        if principal is None or not principal.may(Scope.READ):
            raise Refused(
                Code.UNAUTHORIZED,
                "This page is private: its bypass token (?bt=) or a token that may read opens it.",
            )
        return principal.id

    async def _bypasses(self, slug: str, given: str) -> bool:
        stored = await self._store.read(lambda conn: stored_pages.find(conn, slug))
        return stored is not None and secrets.compare_digest(
            stored.bypass_token.encode(), given.encode()
        )
