"""A page in formats that other programs read: feed, calendar, badge, JSON, and a script for other
sites. Answered in front of the application, as the page itself is, and as cheaply."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.app import rights
from tocsin.app.past import Past
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.report import Report
from tocsin.push.dispatch import StreamRequest, read_request
from tocsin.store.store import StoreUnavailable
from tocsin.web import embed, wording
from tocsin.web.documents import Document
from tocsin.web.editions import Edition, Editions
from tocsin.web.pictures import Pictures
from tocsin.web.reply import Header, Reply
from tocsin.web.routes import Admit
from tocsin.web.view import PageView
from tocsin.web.words import WORDS
from tocsin.wire import atom, badge, calendar, problem, statuspage

See = Callable[[], PageView]


@dataclass(frozen=True, slots=True)
class _Format:
    """How a file is written and served.

    `write` is given the report, how to see what the page shows, and the id of a component, if the
    file is `of_component`. `of_past`: it can be had as of another time. `kept_s` is how long a copy
    of it is good enough.
    """

    media_type: str
    write: Callable[[Report, See, str | None], bytes]
    of_component: bool = False
    of_past: bool = False
    kept_s: int = 5


def _feed(report: Report, *_: object) -> bytes:
    words = WORDS[report.page.language]
    title = wording.title(words, report.page.name)
    return atom.feed(report, title, partial(wording.label, words))


def _calendar(report: Report, *_: object) -> bytes:
    title = wording.title(WORDS[report.page.language], report.page.name)
    return calendar.calendar(report, title)


def _badge(report: Report, see: See, component_id: str | None) -> bytes:
    words, view = WORDS[report.page.language], see()
    label, shown = wording.title(words, report.page.name), view.answer.shown
    rows = (row for group in view.groups for row in group.components)
    for row in rows:
        if row.id == component_id:
            label, shown = row.name, row.shown
    return badge.badge(label, wording.state(words, shown), shown)


def _embed(report: Report, _: See, component_id: str | None) -> bytes:
    return embed.script(report, component_id)


def _json(name: str) -> _Format:
    def write(report: Report, *_: object) -> bytes:
        return statuspage.render(report, name)

    return _Format("application/json; charset=utf-8", write, of_past=True)


FORMATS = {
    "feed.atom": _Format(atom.MEDIA_TYPE, _feed),
    "calendar.ics": _Format(calendar.MEDIA_TYPE, _calendar),
    "badge.svg": _Format(badge.MEDIA_TYPE, _badge, of_component=True),
    "embed.js": _Format(embed.MEDIA_TYPE, _embed, of_component=True, kept_s=300),
    **{f"api/v2/{name}.json": _json(name) for name in statuspage.FILES},
}

_PATH = re.compile(rf"(?:/pages/(?P<slug>[^/]+))?/(?P<file>{'|'.join(map(re.escape, FORMATS))})")

# Pages of other origins may show, run and read all of it.
_SHARED: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"if-none-match"),
    (b"access-control-max-age", b"86400"),
)
_PRIVATE: Header = (b"cache-control", b"private, no-cache")
_REFUSAL: tuple[Header, ...] = (
    (b"content-type", problem.MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
)
_OF_REFUSAL: dict[Code, tuple[Header, ...]] = {
    Code.METHOD_NOT_ALLOWED: ((b"allow", b"GET, HEAD"),),
    Code.UNAUTHORIZED: ((b"www-authenticate", b"Bearer"),),
    Code.UNAVAILABLE: ((b"retry-after", b"1"),),
}


class Formats:
    """ASGI: requests for a page in these formats; all others go to the application."""

    def __init__(
        self, app: ASGIApp, editions: Editions, pictures: Pictures, past: Past, admit: Admit
    ) -> None:
        self._app = app
        self._editions = editions
        self._pictures = pictures
        self._past = past
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        request = read_request(match, scope)
        reply = await self._reply(scope["method"], request, match["file"])
        await reply.send(scope, request.headers, send)

    async def _reply(self, method: str, request: StreamRequest, file: str) -> Reply:
        if method == "OPTIONS" and "access-control-request-method" in request.headers:
            return Reply(204, (*_SHARED, *_PREFLIGHT), b"")
        try:
            if method not in ("GET", "HEAD"):
                raise Refused(Code.METHOD_NOT_ALLOWED, "A page can only be read.")
            return await self._answer(request, file)
        except StoreUnavailable:
            return _refusal(Refused(Code.UNAVAILABLE, "This cannot be read just now."))
        except Refused as refused:
            return _refusal(refused)

    async def _answer(self, request: StreamRequest, file: str) -> Reply:
        form = FORMATS[file]
        visit = await self._admit(request)
        at = request.first("at") if form.of_past else None
        if at is None:
            edition = await self._editions.current(visit.slug)
        else:
            moment = self._past.moment(at)
            board = await self._past.board(moment)
            visit = await self._admit(request, board)
            edition = await self._editions.past(board, visit.slug, moment)
        component_id = request.first("component") if form.of_component else None
        document = self._document(edition, file, component_id)
        public = visit.owner == rights.public(visit.slug)
        kept = (b"cache-control", b"public, max-age=%d" % form.kept_s) if public else _PRIVATE
        headers = (*_SHARED, kept, (b"etag", document.etag.encode()))
        if document.etag in request.headers.get("if-none-match", ""):
            return Reply(304, headers, b"")
        media_type = (b"content-type", form.media_type.encode())
        return Reply(200, (media_type, *headers), document.body, document.packed)

    def _document(self, edition: Edition, file: str, component_id: str | None) -> Document:
        page = edition.report.page
        if component_id not in (None, *page.component_ids):
            raise not_found("component on this page")

        def write(report: Report) -> bytes:
            return FORMATS[file].write(report, see, component_id)

        def see() -> PageView:
            return self._pictures.seen(page.slug).view

        return edition.document((file, component_id), write)


def _refusal(refused: Refused) -> Reply:
    headers = (*_REFUSAL, *_OF_REFUSAL.get(refused.code, ()), *_SHARED)
    return Reply(problem.status(refused.code), headers, problem.body(refused))
