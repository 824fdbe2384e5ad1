"""A real server on port 0 with one log feed and one live feed, and raw clients for it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.push.readers import MemoryLog, Picture, frame, make_hub
from uvicorn import Config

from tocsin.push.asgi import Exchange, Receive, Send
from tocsin.push.feed import Feed
from tocsin.push.handoff import HttpProtocol
from tocsin.push.hub import Hub
from tocsin.push.limits import Limits
from tocsin.push.server import Server
from tocsin.push.source import Source
from tocsin.push.stream import Opening, stream
from tocsin.push.subscriber import Subscriber
from tocsin.wire import sse

SCALE = float(os.environ.get("TOCSIN_TEST_TIMEOUT_SCALE", "1"))

# The three ways a stream can be served: on its own socket, and by two servers without a claim.
TRANSPORTS: dict[str, Any] = {"handoff": HttpProtocol, "httptools": "httptools", "h11": "h11"}

T = TypeVar("T")
App = Callable[[Any, Receive, Send], Any]


@dataclass
class Service:
    """`/log?AFTER` is the log from there, `/live` the picture, everything else answers `ok`."""

    hub: Hub
    log: list[int] = field(default_factory=list)
    server: Server = field(init=False)
    serve: asyncio.Future[None] = field(init=False)
    port: int = field(init=False)
    announced: list[int] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] in ("/log", "/live"):
            opening = Opening(scope["query_string"], lambda sub: self._start(scope, sub))
            await stream(Exchange(scope, receive, send), self.hub, opening, "here")
        else:
            await send({"type": "http.response.start", "status": 200, "headers": _TWO})
            await send({"type": "http.response.body", "body": b"ok"})

    def _start(self, scope: Any, subscriber: Subscriber) -> None:
        if scope["path"] == "/live":
            feed = self.hub.feed("live", lambda: Picture(self.hub))
            feed.join(subscriber, *Picture(self.hub).snapshot())
        else:
            query = scope["query_string"].decode()
            after = int(query) if query.isdigit() else self.hub.position
            self.feed("log").join(subscriber, b": begins\n\n", after)

    def feed(self, key: str) -> Feed:
        make: Callable[[], Source] = lambda: MemoryLog(self.log, size=50)  # noqa: E731
        return self.hub.feed(key, make)

    @property
    def subscribers(self) -> list[Subscriber]:
        """The open streams."""
        return [stream for stream in self.hub.streams if isinstance(stream, Subscriber)]

    def publish(self, size: int = 0) -> int:
        """One more event, to both feeds."""
        sequence = self.hub.position + 1
        self.log.append(sequence)
        for feed in self.hub.feeds:
            feed.publish(sequence, frame(sequence, size))
        self.hub.advance(sequence)
        return sequence

    async def settle(self) -> None:
        """Until nothing is pending and everybody is live."""
        await until(lambda: not any(feed.busy for feed in self.hub.feeds))

    async def connect(self) -> "Client":
        """A client, which takes from its socket only what the test reads (and 32 KiB)."""
        return Client(*await timely(asyncio.open_connection("127.0.0.1", self.port, limit=2**14)))

    async def open(self, target: str = "/log") -> "Client":
        """A client whose stream is open."""
        client = await self.connect()
        await client.request(f"GET {target} HTTP/1.1")
        await client.head()
        return client


_TWO = [(b"content-length", b"2")]


class Client:
    """Speaks HTTP/1.1 by hand, so that every byte is the test's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._parser = sse.Parser()
        self._messages: list[sse.Message] = []
        self._chunked = False
        self.raw = b""

    async def request(self, *lines: str, body: bytes = b"") -> None:
        """Send a request of these lines."""
        head = "\r\n".join([*lines, "Host: test", "", ""])
        await self.send(head.encode() + body)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> bytes:
        """The head of the next answer, in lower case."""
        head = await timely(self._reader.readuntil(b"\r\n\r\n"))
        self._chunked = b"transfer-encoding: chunked" in head.lower()
        return head.lower()

    async def exactly(self, size: int) -> bytes:
        return await timely(self._reader.readexactly(size))

    async def message(self) -> sse.Message:
        """The next message of the stream."""
        while not self._messages:
            piece = await self._piece()
            assert piece, "the stream has ended"
            self.raw += piece
            self._messages += self._parser.feed(piece)
        return self._messages.pop(0)

    async def until_id(self, last: int) -> list[int]:
        """The ids of the messages up to that one."""
        ids = [int((await self.message()).id)]
        while ids[-1] < last:
            ids.append(int((await self.message()).id))
        return ids

    async def _piece(self) -> bytes:
        if not self._chunked:
            return await timely(self._reader.read(2**16))
        size = int(await timely(self._reader.readuntil(b"\r\n")), 16)
        return (await timely(self._reader.readexactly(size + 2)))[:-2]

    async def rest(self) -> bytes:
        """Everything until the server closes; whatever a reset takes away is missing."""
        pieces = []
        with suppress(ConnectionError):
            while piece := await timely(self._reader.read(2**16)):
                pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        self.writer.transport.abort()


async def timely(work: Awaitable[T]) -> T:
    """`work`, but not for ever."""
    async with asyncio.timeout(20 * SCALE):
        return await work


async def until(condition: Callable[[], Any]) -> None:
    """Until the condition holds; for what happens at the server and sends nothing."""

    async def watch() -> None:
        while not condition():
            await asyncio.sleep(0.001)

    await timely(watch())


@asynccontextmanager
async def serving(
    transport: str,
    *,
    limits: Limits | None = None,
    wrap: Callable[[App], App] = lambda app: app,
    drain_s: float = 0.2,
    ws: Any = "none",
    **options: Any,
) -> AsyncIterator[Service]:
    """A service that is up; it is stopped in the end if the test has not done so."""
    service = Service(make_hub(limits=limits))
    config = Config(
        wrap(service),
        port=0,
        http=TRANSPORTS[transport],
        ws=ws,
        lifespan="off",
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=5,
        **options,
    )

    def started() -> None:
        service.announced.append(server.servers[0].sockets[0].getsockname()[1])

    server = Server(config, service.hub, drain_s, started)
    serve = asyncio.ensure_future(server.serve())
    await until(lambda: server.started or serve.done())
    service.server, service.serve = server, serve
    service.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.should_exit = True
        await timely(serve)
