"""A conversation that does as it is told, and a server for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from tests.push.readers import ListSocket, MemoryLog
from tests.push.service import App, Service, serving
from websockets.asyncio.client import connect

from tocsin.push.asgi import Exchange, Receive, Send
from tocsin.push.feed import Feed
from tocsin.push.hub import Hub
from tocsin.push.websocket import Connection
from tocsin.push.websocket_handshake import shake_hands, wants_websocket
from tocsin.wire import websocket

# The two ways a connection can be served: on its own socket, and by a server that speaks WebSocket.
TRANSPORTS: dict[str, dict[str, Any]] = {
    "handoff": {"transport": "handoff"},
    "websockets": {"transport": "httptools", "ws": "websockets-sansio"},
}
_ALL = {**TRANSPORTS, "none": {"transport": "httptools"}}


def shown(sequence: int, size: int = 0) -> bytes:
    """The frame that shows the event at `sequence`."""
    return websocket.text(str(sequence).encode().ljust(size))


class DuplexSocket(ListSocket):
    """One that can be told to read no more."""

    def __init__(self, connection: Connection, **options: Any) -> None:
        super().__init__(cast(Any, connection), **options)
        self.reading = True
        self.half_closed = False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.half_closed = True


class Talk:
    """Hears orders: `echo X`, `sign in`, `follow AFTER`, `watch`, `leave`, `pause`, `fail`."""

    def __init__(self, service: "Talking", connection: Connection) -> None:
        self._service = service
        self._connection = connection

    async def heard(self, message: bytes) -> None:
        self._service.heard.append(message)
        order, _, rest = message.partition(b" ")
        match order:
            case b"echo":
                self._connection.send(rest)
            case b"sign":
                self._connection.owner = "me"
            case b"follow":
                self._connection.join(self._service.log_feed(), int(rest))
            case b"watch":
                self._connection.join(self._service.live_feed(), self._service.hub.position)
            case b"leave":
                self._connection.leave("live")
            case b"pause":
                await self._service.go_on.wait()
            case b"fail":
                raise ArithmeticError("as told")


class Talking:
    """A hub with two feeds for connections, `live` and `log`, and what it was told."""

    service: Service
    """Where it is served, if it is."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.log: list[int] = []
        self.heard: list[bytes] = []
        self.go_on = asyncio.Event()

    @property
    def connections(self) -> list[Connection]:
        """Those that are open."""
        return [stream for stream in self.hub.streams if isinstance(stream, Connection)]

    def talk(self, connection: Connection) -> Talk:
        """For `Connection`: what hears."""
        return Talk(self, connection)

    def log_feed(self) -> Feed:
        return self.hub.feed("log", lambda: MemoryLog(self.log, 50, shown), quiet=True)

    def live_feed(self) -> Feed:
        return self.hub.feed("live", lambda: None, quiet=True)

    def publish(self, size: int = 0) -> int:
        """One more event, to both feeds."""
        sequence = self.hub.position + 1
        self.log.append(sequence)
        for feed in self.hub.feeds:
            feed.publish(sequence, shown(sequence, size))
        self.hub.advance(sequence)
        return sequence

    def connect(self, **options: Any) -> connect:
        """A client from the library `websockets`."""
        scheme = "wss" if "ssl" in options else "ws"
        return connect(f"{scheme}://127.0.0.1:{self.service.port}/ws", **options)

    async def settle(self) -> None:
        """Until nothing is pending."""
        await self.service.settle()


class _Wrapped:
    """ASGI: WebSocket connections to the talks, everything else to the application."""

    def __init__(self, app: App) -> None:
        assert isinstance(app, Service)
        self._app = app
        self.talking = Talking(app.hub)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and wants_websocket(scope):
            connection = Connection(self.talking.hub, "here", self.talking.talk)
            await shake_hands(Exchange(scope, receive, send), connection)
        else:
            await self._app(scope, receive, send)


@asynccontextmanager
async def talks(transport: str = "handoff", **options: Any) -> AsyncIterator[Talking]:
    """A service for connections that is up."""
    wrapped: list[_Wrapped] = []

    def wrap(app: App) -> App:
        wrapped.append(_Wrapped(app))
        return wrapped[0]

    async with serving(wrap=wrap, **_ALL[transport], **options) as service:
        talking = wrapped[0].talking
        talking.service = service
        yield talking
