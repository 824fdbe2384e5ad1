"""Stream paths, answered in front of the application by a plain ASGI callable.

A stream's request needs a path, a right and a head; routing it through the application's
middlewares and dependency injection costs more than everything else about it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.model.errors import Code, Refused
from tocsin.push.asgi import Exchange
from tocsin.push.hub import Hub
from tocsin.push.limits import RETRY_AFTER_S
from tocsin.push.stream import Header, Opening, stream
from tocsin.wire import problem

Headers = tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What a route may know of the request for a stream."""

    path: dict[str, str | None]
    query: dict[str, list[str]]
    headers: dict[str, str]

    def first(self, *names: str) -> str | None:
        """The value of the first of these query parameters that is there."""
        return next((self.query[name][0] for name in names if name in self.query), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is no stream."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class StreamRoute(Protocol):
    """One kind of stream."""

    path: re.Pattern[str]
    cross_origin: bool
    """Whether pages of other origins may read it."""

    def serves(self, scope: Scope) -> bool:
        """Whether a request for a matching path is for this stream (it may share its path)."""
        ...

    async def open(self, request: StreamRequest) -> Opening | Reply:
        """Decide about one request; raises `Refused`."""
        ...


class Dispatcher:
    """ASGI: requests for streams to their routes, all others to the application.

    `failed` has the answer when a route fails otherwise than by refusing.
    """

    def __init__(
        self,
        app: ASGIApp,
        hub: Hub,
        routes: Sequence[StreamRoute],
        failed: Callable[[Exception], Response],
    ) -> None:
        self._app = app
        self._hub = hub
        self._routes = routes
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route in self._routes:
                match = route.path.fullmatch(scope["path"])
                if match and route.serves(scope):
                    await self._answer(route, match, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _answer(
        self, route: StreamRoute, match: re.Match[str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        request = read_request(match, scope)
        address = scope["client"][0] if scope.get("client") else ""
        shared = _ANY_ORIGIN if route.cross_origin else ()
        if route.cross_origin and _is_preflight(scope, request):
            await _respond(send, _PREFLIGHT, shared)
            return
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise Refused(Code.METHOD_NOT_ALLOWED, "A stream is read with GET.")
            self._hub.admit(address)
            answer = await route.open(request)
        except Refused as refused:
            answer = _refusal(refused)
        except Exception as failure:
            response = self._failed(failure)
            response.raw_headers.extend(shared)
            await response(scope, receive, send)
            return
        if isinstance(answer, Reply):
            await _respond(send, answer, shared)
            return
        opening = replace(answer, headers=(*answer.headers, *shared))
        await stream(Exchange(scope, receive, send), self._hub, opening, address)


# How many fields of a query are looked at; no request has a use for more.
_FIELDS_LIMIT = 200


def read_request(match: re.Match[str], scope: Scope) -> StreamRequest:
    """The request of an ASGI scope whose path matched."""
    query = "&".join(scope["query_string"].decode("latin-1").split("&")[:_FIELDS_LIMIT])
    return StreamRequest(
        path=match.groupdict(),
        query=parse_qs(query, keep_blank_values=True) if query else {},
        headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
    )


_PROBLEM = (b"content-type", problem.MEDIA_TYPE.encode())
_RETRY_AFTER = (b"retry-after", b"%d" % RETRY_AFTER_S)
_OF_REFUSAL: dict[Code, Headers] = {
    Code.METHOD_NOT_ALLOWED: ((b"allow", b"GET, HEAD"),),
    Code.UNAUTHORIZED: ((b"www-authenticate", b"Bearer"),),
    Code.TOO_MANY_CONNECTIONS: (_RETRY_AFTER,),
    Code.UNAVAILABLE: (_RETRY_AFTER,),
}

_ANY_ORIGIN: Headers = ((b"access-control-allow-origin", b"*"),)

# An EventSource of another origin that comes back sends Last-Event-ID, and some browsers ask first;
# a page that reads with fetch() asks whether it may show its token.
_PREFLIGHT = Reply(
    204,
    (
        (b"access-control-allow-methods", b"GET, HEAD"),
        (
            b"access-control-allow-headers",
            b"authorization, cache-control, last-event-id, x-auth-token",
        ),
        (b"access-control-max-age", b"86400"),
    ),
)


def _is_preflight(scope: Scope, request: StreamRequest) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in request.headers


def _refusal(refused: Refused) -> Reply:
    headers = (_PROBLEM, *_OF_REFUSAL.get(refused.code, ()))
    return Reply(problem.status(refused.code), headers, problem.body(refused))


async def _respond(send: Send, reply: Reply, shared: Headers) -> None:
    headers = [*reply.headers, *shared, (b"cache-control", b"no-store")]
    if reply.status != 204:  # RFC 9110, 8.6
        headers.append((b"content-length", b"%d" % len(reply.body)))
    head = {"type": "http.response.start", "status": reply.status, "headers": headers}
    await send(head)
    await send({"type": "http.response.body", "body": reply.body})
