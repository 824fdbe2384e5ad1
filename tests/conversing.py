"""WebSocket clients of the notices inside the process: the real store, feeds and conversation, and
sockets that are lists."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from tests.clock import HeldClock
from tests.push.talking import DuplexSocket
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from tocsin.app import notices, tokens
from tocsin.app.access import Access
from tocsin.app.conversation import Conversation, Partners
from tocsin.app.notice_feeds import NoticeFeeds
from tocsin.app.sign_in import SignIn
from tocsin.app.tokens import NewToken
from tocsin.model.access import Scope
from tocsin.model.event import Change
from tocsin.model.notice import NewNotice
from tocsin.model.sign_in import Limit
from tocsin.push.hub import Hub
from tocsin.push.websocket import Connection
from tocsin.store.store import Store, open_store

TOKEN = "the-readers-token"
ADDRESS = "192.0.2.1"


class Client:
    """What is at the other end of a connection."""

    def __init__(self, hub: Hub, partners: Partners) -> None:
        self.connection = Connection(hub, ADDRESS, partial(Conversation, partners))
        self.socket = DuplexSocket(self.connection)
        self.connection.connect(self.socket)
        self._protocol = Protocol(CLIENT, max_size=None)
        self._heard: list[Any] = []
        self._read = 0

    def say(self, namespace: str, name: str, args: object, id: str = "7") -> None:  # noqa: A002
        """Send a request."""
        said = {"namespace": namespace, "name": name, "id": id, "args": args}
        frame = Frame(Opcode.TEXT, json.dumps(said).encode())
        self.connection.data_received(frame.serialize(mask=True))

    def take(self) -> list[Any]:
        """What has come, once."""
        pieces = self.socket.received[self._read :]
        self._read += len(pieces)
        for piece in pieces:
            self._protocol.receive_data(piece)
        frames = [frame for frame in self._protocol.events_received() if isinstance(frame, Frame)]
        return [json.loads(bytes(frame.data)) for frame in frames if frame.opcode is Opcode.TEXT]

    async def hear(self) -> Any:
        """What comes next."""
        while not self._heard:
            self._heard = self.take()
            await asyncio.sleep(0)
        return self._heard.pop(0)

    async def ask(self, namespace: str, name: str, args: object) -> Any:
        """The args of the answer, which comes next."""
        self.say(namespace, name, args)
        return (await self.hear())["args"]

    async def sign_in(self) -> None:
        """With the token that may read."""
        assert len(await self.ask("rpc", "auth_token", {"token": TOKEN})) == 2


@dataclass
class Conversing:
    """A store, and connections that watch what it commits."""

    store: Store
    hub: Hub
    feeds: NoticeFeeds
    partners: Partners
    changes: list[Change] = field(default_factory=list)

    def committed(self, changes: Sequence[Change]) -> None:
        """As the service has it."""
        for change in changes:
            self.feeds.publish(change)
        self.hub.advance(changes[-1][-1].sequence)

    def client(self) -> Client:
        """A client that has just connected."""
        return Client(self.hub, self.partners)

    async def signed_in(self) -> Client:
        """One that may watch."""
        client = self.client()
        await client.sign_in()
        return client

    async def publish(self, class_: str, message: str = "") -> int:
        """Publish a notice; returns its sequence."""
        new = NewNotice(class_, message)
        return (await self.store.change(lambda tx: notices.publish(tx, new))).value.sequence

    async def flushed(self) -> None:
        """Return once every feed has written what was published to it."""
        while any(feed.busy for feed in self.hub.feeds):
            await asyncio.sleep(0)


@asynccontextmanager
async def conversing(url: str, clock: HeldClock) -> AsyncIterator[Conversing]:
    """On a new store; with three failures an address is refused."""
    store = open_store(url, clock)
    await store.start()
    hub = Hub(asyncio.get_running_loop(), Random(), position=store.head)
    access = Access(store, clock)
    limit = Limit(3, 3_600, 600)
    sign_in = SignIn(store, access, clock, limit=limit, exempt=[], end=hub.end)
    feeds = NoticeFeeds(hub, store, "<none>")
    partners = Partners(store, access, sign_in, feeds, clock, "tower")
    there = Conversing(store, hub, feeds, partners)
    store.on_commit = there.committed
    reader = NewToken("reader", frozenset({Scope.READ}))
    await store.change(lambda tx: tokens.create(tx, reader, TOKEN))
    try:
        yield there
    finally:
        await hub.drain(0)
        await store.stop()
