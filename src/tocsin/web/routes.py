"""The addresses of the status pages and their static files, answered in front of the application.

A plain ASGI callable: a page in an outage is asked for by everybody at once, and it costs little
more than a look into a dictionary.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import quote, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.app import rights
from tocsin.app.past import Past
from tocsin.app.recent import load_past
from tocsin.app.visitors import Visit
from tocsin.model.board import Board
from tocsin.model.errors import Code, Refused
from tocsin.model.page import Language
from tocsin.push.dispatch import StreamRequest, read_request
from tocsin.store.store import StoreUnavailable
from tocsin.web import assets
from tocsin.web.archive import Archive, Asked
from tocsin.web.documents import Document
from tocsin.web.page import refusal_html
from tocsin.web.pictures import Pictures
from tocsin.web.reply import HTML, Header, Reply
from tocsin.web.words import WORDS
from tocsin.wire import calendar

_PAGE = r"(?:/pages/(?P<slug>[^/]+))?"

_EVENT: Header = (b"content-type", calendar.MEDIA_TYPE.encode())
_PUBLIC: Header = (b"cache-control", b"public, max-age=5")
_PRIVATE: Header = (b"cache-control", b"private, no-cache")
_FOREVER: Header = (b"cache-control", b"public, max-age=31536000, immutable")
_NOT_KEPT: Header = (b"cache-control", b"no-store")

# What people are told who get no page.
_REFUSALS = {
    Code.NOT_FOUND: (404, "not_found"),
    Code.UNAUTHORIZED: (401, "unauthorized"),
    Code.METHOD_NOT_ALLOWED: (405, "method_not_allowed"),
    Code.INVALID: (422, "invalid"),
    Code.UNAVAILABLE: (503, "unavailable"),
}
_REFUSAL_HEADERS: dict[Code, tuple[Header, ...]] = {
    Code.UNAUTHORIZED: ((b"www-authenticate", b"Bearer"),),
    Code.METHOD_NOT_ALLOWED: ((b"allow", b"GET, HEAD"),),
}


class Admit(Protocol):
    """Finds out which page is meant (`request.path` has `slug`) and who asks; Refused when they may
    not see it, as it is now or as it stood on the board `past`."""

    async def __call__(self, request: StreamRequest, past: Board | None = None) -> Visit:
        """Let the visitor in."""
        ...


class Website:
    """ASGI: requests for status pages and static files; all others go to the application."""

    def __init__(
        self, app: ASGIApp, pictures: Pictures, archive: Archive, past: Past, admit: Admit
    ) -> None:
        self._app = app
        self._pictures = pictures
        self._archive = archive
        self._past = past
        self._admit = admit
        self._routes: dict[re.Pattern[str], _Answer] = {
            re.compile(f"{_PAGE}/"): self._page,
            re.compile("/pages/(?P<slug>[^/]+)"): _into_folder,
            re.compile(f"{_PAGE}/history"): self._history,
            re.compile(rf"{_PAGE}/history/(?P<month>\d{{4}}-\d\d)"): self._month,
            re.compile(rf"{_PAGE}/history/(?P<day>\d{{4}}-\d\d-\d\d)"): self._day,
            re.compile(rf"{_PAGE}/issues/(?P<issue_id>[^/]+)\.ics"): self._event,
            re.compile(f"{_PAGE}/issues/(?P<issue_id>[^/]+)"): self._issue,
            re.compile("(?P<asset>/static/.+)"): _asset,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        for pattern, answer in self._routes.items():
            if match := pattern.fullmatch(path):
                request = read_request(match, scope)
                reply = await self._reply(scope["method"], request, answer)
                await reply.send(scope, request.headers, send)
                return
        await self._app(scope, receive, send)

    async def _reply(self, method: str, request: StreamRequest, answer: "_Answer") -> Reply:
        try:
            if method not in ("GET", "HEAD"):
                raise Refused(Code.METHOD_NOT_ALLOWED, "A page can only be read.")
            return await answer(request)
        except Refused as refused:
            return _refusal(refused.code, self._language(request))
        except StoreUnavailable:
            return _refusal(Code.UNAVAILABLE, self._language(request))

    async def _page(self, request: StreamRequest) -> Reply:
        visit = await self._admit(request)
        at = request.first("at")
        if at is not None:
            return await self._page_of(self._past.moment(at), request)
        return _document(
            request, visit, self._pictures.document(visit.slug, _query(request, visit))
        )

    async def _page_of(self, at: int, request: StreamRequest) -> Reply:
        """The page as it stood."""
        try:
            board = await self._past.board(at)
        except Refused as refused:
            return _refusal(refused.code, self._language(request), "too_old")
        visit = await self._admit(request, board)
        recent = await load_past(self._past, board, visit.slug, at)
        query = _query(request, visit)
        document = await asyncio.to_thread(
            self._pictures.past_document, visit.slug, board, recent, at, query
        )
        return _document(request, visit, document)

    async def _history(self, request: StreamRequest) -> Reply:
        until = request.first("until")
        path = "history" if until is None else f"history?until={quote(until)}"
        return await self._told(request, path, lambda asked: self._archive.months(asked, until))

    async def _month(self, request: StreamRequest) -> Reply:
        month = request.path["month"] or ""
        path = f"history/{month}"
        return await self._told(request, path, lambda asked: self._archive.month(asked, month))

    async def _day(self, request: StreamRequest) -> Reply:
        day = request.path["day"] or ""
        return await self._told(
            request, f"history/{day}", lambda asked: self._archive.day(asked, day)
        )

    async def _issue(self, request: StreamRequest) -> Reply:
        id_ = request.path["issue_id"] or ""
        return await self._told(
            request, f"issues/{quote(id_)}", lambda asked: self._archive.issue(asked, id_)
        )

    async def _event(self, request: StreamRequest) -> Reply:
        id_ = request.path["issue_id"] or ""
        path = f"issues/{quote(id_)}.ics"
        return await self._told(
            request, path, lambda asked: self._archive.event(asked, id_), _EVENT
        )

    async def _told(
        self,
        request: StreamRequest,
        path: str,
        tell: Callable[[Asked], Awaitable[Document]],
        form: Header = HTML,
    ) -> Reply:
        """What the archive tells, which is at `path` in the status page's folder."""
        visit = await self._admit(request)
        asked = Asked(visit.slug, path, _query(request, visit))
        return _document(request, visit, await tell(asked), form)

    def _language(self, request: StreamRequest) -> Language:
        """That of the page which is meant, or would be."""
        return self._pictures.language(request.path.get("slug"), request.headers.get("host", ""))


_Answer = Callable[[StreamRequest], Awaitable[Reply]]


def _query(request: StreamRequest, visit: Visit) -> str:
    """What the links of a page have to repeat, so that they let in whom this one let in."""
    token = request.first("bt")
    if token is None or visit.owner != rights.bypass(visit.slug):
        return ""
    return "?" + urlencode({"bt": token})


def _document(
    request: StreamRequest, visit: Visit, document: Document, form: Header = HTML
) -> Reply:
    public = visit.owner == rights.public(visit.slug)
    headers = (_PUBLIC if public else _PRIVATE, (b"etag", document.etag.encode()))
    if document.etag in request.headers.get("if-none-match", ""):
        return Reply(304, headers, b"")
    return Reply(200, (form, *headers), document.body, document.packed)


async def _into_folder(request: StreamRequest) -> Reply:
    """The links of a page are relative to its folder, whose address ends with a slash."""
    query = urlencode(request.query, doseq=True)
    target = f"/pages/{quote(request.path['slug'] or '')}/" + (f"?{query}" if query else "")
    return Reply(308, ((b"location", target.encode()), _PUBLIC), b"")


async def _asset(request: StreamRequest) -> Reply:
    path = request.path["asset"] or ""
    asset = assets.find(path)
    if asset is None:
        raise Refused(Code.NOT_FOUND, "There is no such file.")
    kept = _FOREVER if path == asset.path else _NOT_KEPT
    headers = ((b"content-type", asset.media_type.encode()), kept)
    return Reply(200, headers, asset.body, asset.packed)


def _refusal(code: Code, language: Language, words: str | None = None) -> Reply:
    status, name = _REFUSALS[code]
    title, advice = getattr(WORDS[language].refusals, words or name)
    headers = (HTML, _NOT_KEPT, *_REFUSAL_HEADERS.get(code, ()))
    return Reply(status, headers, refusal_html(language, title, advice).encode())
