"""The addresses where visitors subscribe: by form with an HTML answer, or as JSON.

Below the page (by host, or after `/pages/{slug}`), answered in front of the application:

| | |
| --- | --- |
| `GET POST /subscribe` | ask: `email` or `url`, `component` (repeated), `which` = `all` or `some` |
| `GET POST /subscribe/{token}` | confirm what was asked for; a webhook is sent its challenge |
| `GET POST /subscription/{token}` | the subscription; `component` and `which` as above |
| `GET POST /subscription/{token}/stop` | end it; a POST is all it takes (RFC 8058) |

Without `which`, no component means all; as JSON they are `component_ids`, null for all. A GET
changes nothing: there are mail servers that open every link.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.app import links
from tocsin.app.subscribing import Asked, Subscription, Wish
from tocsin.app.subscriptions import Subscriptions
from tocsin.app.throttle import TooOften
from tocsin.app.visitor_hooks import Challenged, Echo
from tocsin.app.visitors import Visit
from tocsin.model.board import Board
from tocsin.model.errors import Code, Refused
from tocsin.model.page import Language, Page, Visibility
from tocsin.model.subscriber import Medium, OptIn
from tocsin.push.dispatch import StreamRequest, read_request
from tocsin.store.errors import StoreUnavailable
from tocsin.web import subscribing_form as forms
from tocsin.web import subscribing_pages as pages
from tocsin.web.reply import HTML, Header, Reply
from tocsin.web.subscribing_form import Given
from tocsin.web.subscribing_pages import Draft, Shell
from tocsin.wire import problem

_PAGE = r"(?:/pages/(?P<slug>[^/]+))?"
_TOKEN = r"(?P<token>[A-Za-z0-9_-]{32})"

_PRIVATE: Header = (b"cache-control", b"no-store")
_JSON: Header = (b"content-type", b"application/json")
_PROBLEM: Header = (b"content-type", problem.MEDIA_TYPE.encode())

Admit = Callable[[StreamRequest], Awaitable[Visit]]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is answered, to people and to programs."""

    html: str
    data: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request: where it came from (a network address), and what it sent, None for a GET."""

    request: StreamRequest
    address: str
    given: Given | None

    @property
    def token(self) -> str:
        """The token in the path."""
        return self.request.path["token"] or ""


class SubscribingPages:
    """ASGI: requests about subscriptions; all others go to the application."""

    def __init__(
        self,
        app: ASGIApp,
        subscriptions: Subscriptions,
        board: Callable[[], Board],
        admit: Admit,
        public_url: str,
    ) -> None:
        self._app = app
        self._subscriptions = subscriptions
        self._board = board
        self._admit = admit
        self._public_url = public_url
        self._routes = (
            (re.compile(f"{_PAGE}/subscribe"), self._ask),
            (re.compile(f"{_PAGE}/subscribe/{_TOKEN}"), self._confirm),
            (re.compile(f"{_PAGE}/subscription/{_TOKEN}"), self._manage),
            (re.compile(f"{_PAGE}/subscription/{_TOKEN}/stop"), self._stop),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "/subscri" in scope["path"]:
            for path, handle in self._routes:
                match = path.fullmatch(scope["path"])
                if match is not None:
                    request = read_request(match, scope)
                    reply = await self._reply(handle, request, scope, receive)
                    await reply.send(scope, request.headers, send)
                    return
        await self._app(scope, receive, send)

    async def _reply(
        self,
        handle: Callable[[_Visit], Awaitable[_Answer]],
        request: StreamRequest,
        scope: Scope,
        receive: Receive,
    ) -> Reply:
        json = forms.wants_json(request.headers)
        try:
            if scope["method"] not in ("GET", "HEAD", "POST"):
                raise Refused(Code.METHOD_NOT_ALLOWED, "There is GET and POST.")
            posted = scope["method"] == "POST"
            given = await forms.read(receive, request.headers) if posted else None
            address = scope["client"][0] if scope.get("client") else ""
            answer = await handle(_Visit(request, address, given))
        except StoreUnavailable:
            refused = Refused(Code.UNAVAILABLE, "That cannot be done now. Try again later.")
            return self._refusal(request, refused, json=json)
        except Refused as refused:
            return self._refusal(request, refused, json=json)
        if json:
            return Reply(answer.status, (_JSON, _PRIVATE), msgspec.json.encode(answer.data))
        return Reply(answer.status, (HTML, _PRIVATE), answer.html.encode())

    # Asking

    async def _ask(self, visit: _Visit) -> _Answer:
        slug = (await self._admit(visit.request)).slug
        page = self._board().pages[slug]
        draft = Draft("", self._subscriptions.media, pages.groups(self._board(), slug))
        if visit.given is None:
            media = sorted(self._subscriptions.media)
            return _Answer(pages.ask(self._around(page), draft), {"media": media})
        try:
            medium, target = visit.given.target
            wish = Wish(slug, medium, target, visit.given.choice)
            opt_in = await self._subscriptions.ask(wish, visit.address)
        except Refused as refused:
            if refused.code is not Code.INVALID or forms.wants_json(visit.request.headers):
                raise
            return self._correct(page, draft, visit.given, refused)
        if medium is Medium.EMAIL:
            return self._sent(page, target)
        link = links.of_opt_in(page, self._public_url, opt_in)
        data = {"medium": medium, "secret": opt_in.secret, "confirm_url": link}
        html = self._challenging(page, opt_in, f"subscribe/{opt_in.token}")
        return _Answer(html, data, 202)

    def _correct(self, page: Page, draft: Draft, given: Given, refused: Refused) -> _Answer:
        """The form once more, with what is wrong beside its fields."""
        words = self._around(page).words.refused
        said = {"email": words.email, "url": words.url, "component_ids": words.component_ids}
        paths = [error.path for error in refused.errors]
        errors = {path: said[path] for path in paths if path in said} or {"other": words.other}
        chosen = None if given.which == "all" else frozenset(given.component_ids) or None
        filled = replace(
            draft, email=given.email or "", url=given.url or "", choice=chosen, errors=errors
        )
        return _Answer(pages.ask(self._around(page), filled), {}, 422)

    def _sent(self, page: Page, target: str) -> _Answer:
        """The same for everybody, so that it tells nothing about who is subscribed."""
        around = self._around(page)
        words = around.words.sent
        detail = words.detail.format(target=target)
        return _Answer(pages.message(around, words.title, detail), {"medium": Medium.EMAIL}, 202)

    # Confirming

    async def _confirm(self, visit: _Visit) -> _Answer:
        if visit.given is None:
            return self._to_confirm(await self._subscriptions.asked(visit.token))
        outcome = await self._subscriptions.confirm(visit.token, visit.address)
        if isinstance(outcome, Subscription):
            return self._confirmed(outcome.page, outcome)
        return self._failed(await self._subscriptions.asked(visit.token), outcome)

    def _to_confirm(self, asked: Asked) -> _Answer:
        around, target = self._around(asked.page), asked.opt_in.target
        data = {"medium": asked.opt_in.medium, "confirmed": asked.subscriber is not None}
        if asked.subscriber is not None:
            subscription = Subscription(asked.subscriber, asked.page, may_see=True)
            return self._confirmed(asked.page, subscription)
        if asked.opt_in.medium is Medium.WEBHOOK:
            return _Answer(self._challenging(asked.page, asked.opt_in, ""), data)
        words = around.words.confirm
        detail = words.detail.format(name=asked.page.name, target=target)
        html = pages.message(around, words.title, detail, button=words.button)
        return _Answer(html, data)

    def _challenging(
        self, page: Page, opt_in: OptIn, action: str, failure: str | None = None
    ) -> str:
        """`action` is the way from the address of this page to that of the opt-in: relative, since
        a form may not lead to another host, and the page may have one."""
        challenge = pages.Challenge(
            target=opt_in.target,
            secret=opt_in.secret or "",
            action=action,
            address=links.of_opt_in(page, self._public_url, opt_in),
            failure=failure,
        )
        return pages.webhook(self._around(page), challenge)

    def _failed(self, asked: Asked, outcome: Challenged) -> _Answer:
        words = self._around(asked.page).words.webhook
        failure = {
            Echo.WRONG: words.wrong,
            Echo.REFUSED: words.refused.format(status=outcome.status),
        }.get(outcome.echo, words.nothing)
        data = {"medium": Medium.WEBHOOK, "confirmed": False, "echo": outcome.echo}
        html = self._challenging(asked.page, asked.opt_in, "", failure)
        return _Answer(html, {**data, "answered": outcome.status}, 409)

    def _confirmed(self, page: Page, subscription: Subscription) -> _Answer:
        around = self._around(page)
        words = around.words.confirmed
        leading = links.of_subscriber(page, self._public_url, subscription.subscriber)
        detail = words.detail.format(name=page.name, target=subscription.subscriber.target)
        html = pages.message(around, words.title, detail, link=words.manage, href=leading.manage)
        data = {"medium": subscription.subscriber.medium, "confirmed": True}
        return _Answer(html, {**data, "manage_url": leading.manage, "stop_url": leading.stop})

    # Managing

    async def _manage(self, visit: _Visit) -> _Answer:
        found = await self._subscriptions.opened(visit.token)
        words = self._around(found.page).words
        if visit.given is None:
            return self._managed(found)
        try:
            found = await self._subscriptions.choose(visit.token, visit.given.choice)
        except Refused as refused:
            if refused.code is not Code.INVALID or forms.wants_json(visit.request.headers):
                raise
            errors = {"component_ids": words.refused.component_ids}
            return self._managed(found, errors=errors, status=422)
        return self._managed(found, saved=True)

    def _managed(
        self,
        found: Subscription,
        *,
        saved: bool = False,
        errors: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> _Answer:
        subscriber, page = found.subscriber, found.page
        leading = links.of_subscriber(page, self._public_url, subscriber)
        listed = pages.groups(self._board(), page.slug) if found.may_see else ()
        draft = Draft(
            f"{subscriber.token}/stop",
            frozenset(),
            listed,
            choice=subscriber.choice,
            errors=errors or {},
        )
        html = pages.manage(
            self._around(page), subscriber.target, draft, saved=saved, may_see=found.may_see
        )
        data = {
            "medium": subscriber.medium,
            "target": subscriber.target,
            "component_ids": None if subscriber.choice is None else sorted(subscriber.choice),
            "page_url": leading.page,
            "stop_url": leading.stop,
        }
        return _Answer(html, data, status)

    async def _stop(self, visit: _Visit) -> _Answer:
        if visit.given is None:
            return self._to_stop(await self._subscriptions.opened(visit.token))
        around = self._around_of(visit.request)
        await self._subscriptions.stop(visit.token)
        words = around.words.stopped
        return _Answer(pages.message(around, words.title, words.detail), {"stopped": True})

    def _to_stop(self, found: Subscription) -> _Answer:
        around = self._around(found.page)
        words = around.words.stop
        title = words.title.format(name=found.page.name)
        detail = words.detail.format(target=found.subscriber.target)
        return _Answer(pages.message(around, title, detail, button=words.button), {})

    # What is around

    def _around(self, page: Page) -> Shell:
        return pages.shell(page, page.address(self._public_url) + "/")

    def _around_of(self, request: StreamRequest) -> Shell:
        """Of the page that the address names; of a private one no more than its language."""
        board = self._board()
        slug = request.path.get("slug") or board.slug_of(request.headers.get("host", ""))
        page = board.pages.get(slug)
        if page is None or page.visibility is Visibility.PRIVATE:
            return Shell(page.language if page else Language.ENGLISH)
        return self._around(page)

    def _refusal(self, request: StreamRequest, refused: Refused, *, json: bool) -> Reply:
        headers = (_PRIVATE, *_headers(refused))
        status = problem.status(refused.code)
        if json:
            return Reply(status, (_PROBLEM, *headers), problem.body(refused))
        around = self._around_of(request)
        words = around.words.refused
        name = refused.code.value
        if refused.code is Code.NOT_FOUND and "token" not in request.path:
            name = "no_page"
        title, detail = getattr(words, name, (words.other, ""))
        return Reply(status, (HTML, *headers), pages.message(around, title, detail).encode())


def _headers(refused: Refused) -> tuple[Header, ...]:
    match refused:
        case TooOften(wait_s=wait_s):
            return ((b"retry-after", b"%d" % wait_s),)
        case Refused(code=Code.TOO_MANY_REQUESTS | Code.UNAVAILABLE):
            return ((b"retry-after", b"60"),)
        case Refused(code=Code.METHOD_NOT_ALLOWED):
            return ((b"allow", b"GET, HEAD, POST"),)
        case Refused(code=Code.UNAUTHORIZED):
            return ((b"www-authenticate", b"Bearer"),)
        case _:
            return ()
