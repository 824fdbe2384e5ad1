"""Where WebSocket connections begin: `/ws`, and `/` for sysadm's clients, which know no path."""

from collections.abc import Awaitable, Callable, Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.http import problems
from tocsin.model.errors import Code, Refused
from tocsin.model.origin import is_welcome
from tocsin.push.asgi import Exchange
from tocsin.push.hub import Hub
from tocsin.push.websocket import Connection, Converse
from tocsin.push.websocket_handshake import shake_hands, wants_websocket


class NoticesSocket:
    """ASGI, around the application.

    `check` refuses an address that has failed to sign in too often; `hosts` are those of the status
    pages as they are now, and web pages of other hosts have to be among the `origins`.
    """

    def __init__(  # noqa: PLR0913 - its parts, by name
        self,
        app: ASGIApp,
        hub: Hub,
        *,
        converse: Converse,
        check: Callable[[str], Awaitable[None]],
        hosts: Callable[[], Collection[str]],
        origins: Collection[str],
    ) -> None:
        self._app = app
        self._hub = hub
        self._converse = converse
        self._check = check
        self._hosts = hosts
        self._origins = frozenset(origin.lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_meant(scope):
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        try:
            await self._admit(scope, address)
        except Exception as failure:
            await problems.answer(failure)(scope, receive, send)
            return
        connection = Connection(self._hub, address, self._converse)
        await shake_hands(Exchange(scope, receive, send), connection)

    async def _admit(self, scope: Scope, address: str) -> None:
        """Refused: forbidden, too_many_requests, too_many_connections, unavailable."""
        origin = Headers(scope=scope).get("origin")
        if not is_welcome(origin, self._hosts(), self._origins):
            raise Refused(Code.FORBIDDEN, "Pages of this origin may not open connections.")
        await self._check(address)
        self._hub.admit(address)


def _is_meant(scope: Scope) -> bool:
    match scope["type"], scope.get("path"):
        case "http" | "websocket", "/ws":
            return True
        case "http" | "websocket", "/":
            return wants_websocket(scope)
        case _:
            return False
