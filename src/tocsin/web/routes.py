"""The addresses of the status page and its static files, answered in front of the application.

A plain ASGI callable: a page in an outage is asked for by everybody at once, and it costs little
more than a look into a dictionary.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.model.errors import Code, Refused
from tocsin.push.dispatch import StreamRequest, read_request
from tocsin.web import assets
from tocsin.web.live_page import Admit
from tocsin.web.page import refusal_html
from tocsin.web.pictures import Pictures
from tocsin.web.reply import HTML, Header, Reply

_PAGE = re.compile(r"/|/pages/(?P<slug>[^/]+)/?")
_STATIC = re.compile(r"/static/.+")

_PUBLIC: Header = (b"cache-control", b"public, max-age=5")
_PRIVATE: Header = (b"cache-control", b"private, no-cache")
_FOREVER: Header = (b"cache-control", b"public, max-age=31536000, immutable")
_NOT_KEPT: Header = (b"cache-control", b"no-store")

# What people are told who get no page: status, what it is, what to do.
_REFUSALS = {
    Code.NOT_FOUND: (404, "There is no such page", "Check the address."),
    Code.UNAUTHORIZED: (401, "This page is private", "Ask its owner for the link that opens it."),
    Code.METHOD_NOT_ALLOWED: (405, "A page can only be read", "Open its address in a browser."),
}
_REFUSAL_HEADERS: dict[Code, tuple[Header, ...]] = {
    Code.UNAUTHORIZED: ((b"www-authenticate", b"Bearer"),),
    Code.METHOD_NOT_ALLOWED: ((b"allow", b"GET, HEAD"),),
}


class Website:
    """ASGI: requests for status pages and static files; all others go to the application."""

    def __init__(self, app: ASGIApp, pictures: Pictures, admit: Admit) -> None:
        self._app = app
        self._pictures = pictures
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        match = _PAGE.fullmatch(path) or _STATIC.fullmatch(path)
        if match is None:
            await self._app(scope, receive, send)
            return
        request = read_request(match, scope)
        reply = await self._reply(scope["method"], path, request)
        await reply.send(scope, request.headers, send)

    async def _reply(self, method: str, path: str, request: StreamRequest) -> Reply:
        try:
            if method not in ("GET", "HEAD"):
                raise Refused(Code.METHOD_NOT_ALLOWED, "A page can only be read.")
            return _asset(path) if "slug" not in request.path else await self._page(request)
        except Refused as refused:
            return _refusal(refused)

    async def _page(self, request: StreamRequest) -> Reply:
        visit = await self._admit(request)
        document = self._pictures.document(visit.slug)
        kept = _PUBLIC if self._pictures.seen(visit.slug).view.public else _PRIVATE
        headers = (kept, (b"etag", document.etag.encode()))
        if document.etag in request.headers.get("if-none-match", ""):
            return Reply(304, headers, b"")
        return Reply(200, (HTML, *headers), document.body, document.packed)


def _asset(path: str) -> Reply:
    asset = assets.find(path)
    if asset is None:
        raise Refused(Code.NOT_FOUND, "There is no such file.")
    kept = _FOREVER if path == asset.path else _NOT_KEPT
    headers = ((b"content-type", asset.media_type.encode()), kept)
    return Reply(200, headers, asset.body, asset.packed)


def _refusal(refused: Refused) -> Reply:
    status, title, advice = _REFUSALS[refused.code]
    headers = (HTML, _NOT_KEPT, *_REFUSAL_HEADERS.get(refused.code, ()))
    return Reply(status, headers, refusal_html(title, advice).encode())
