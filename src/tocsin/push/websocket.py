"""One open WebSocket connection: the protocol object of its socket, and a place in many feeds."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

from websockets.frames import CloseCode

from tocsin.push.ending import Why
from tocsin.push.member import NO_SOCKET, Duplex, Member, State
from tocsin.wire import websocket
from tocsin.wire.websocket import Receiver

if TYPE_CHECKING:
    from tocsin.push.feed import Feed
    from tocsin.push.hub import Hub

# How long, in seconds, a client may take to read what it still gets and to close as well.
_CLOSING_S = 5.0

_CODES = {
    Why.FINISHED: (CloseCode.NORMAL_CLOSURE, ""),
    Why.STOPPING: (CloseCode.GOING_AWAY, "the server stops"),
    Why.NO_RIGHT: (CloseCode.POLICY_VIOLATION, "signed out"),
    Why.BROKEN: (CloseCode.SERVICE_RESTART, "subscribe again"),
}


class Conversation(Protocol):
    """Whoever hears the client's messages, and answers them on the connection it was made for."""

    async def heard(self, message: bytes) -> None:
        """Deal with one message of at most `MAX_MESSAGE` bytes; text is UTF-8, binary is anything.

        The next one is heard when this one is done, and when the client has taken most of the
        answers. A failure closes the connection with 1011.
        """
        ...


Converse = Callable[["Connection"], Conversation]


class Subscription(Member):
    """The place of a connection in one feed."""

    __slots__ = ("_connection", "key")

    def __init__(self, connection: Connection, key: Hashable) -> None:
        super().__init__(connection.transport)
        self.key = key
        self.paused = connection.paused
        self._connection = connection

    def give_up(self) -> None:
        """Close the whole connection."""
        self._connection.close(CloseCode.TRY_AGAIN_LATER, "too slow")


class Connection(asyncio.Protocol):
    """A client that talks, and gets the frames of every feed it has joined.

    `owner` is what it signed in with, for `Hub.end`; while it is None the client is nobody, and
    closed when that takes too long. `heard_at` and `ponged_at` are the loop's times when something,
    and when a pong, last came.
    """

    __slots__ = (
        "_backlog",
        "_conversation",
        "_converse",
        "_deaf",
        "_receiver",
        "_subscriptions",
        "_talking",
        "address",
        "heard_at",
        "hub",
        "owner",
        "paused",
        "ponged_at",
        "transport",
    )

    def __init__(self, hub: Hub, address: str, converse: Converse) -> None:
        self.hub = hub
        self.address = address
        self.owner: Hashable | None = None
        self.transport: Duplex = NO_SOCKET
        self.paused = False
        self.heard_at = self.ponged_at = hub.loop.time()
        self._converse = converse
        self._conversation: Conversation | None = None
        self._receiver: Receiver | None = None
        # Few for most clients; a dict of one is five times as large.
        self._subscriptions: tuple[Subscription, ...] = ()
        self._backlog: deque[bytes] | None = None
        self._talking = False
        self._deaf = False

    @property
    def connected(self) -> bool:
        """Whether there is still a socket."""
        return self.transport is not NO_SOCKET

    @property
    def open(self) -> bool:
        """Whether anything can still be sent."""
        return self._conversation is not None

    def send(self, message: bytes) -> None:
        """Send one text message (UTF-8). Ignored once the connection is closing."""
        self.write(websocket.text(message))

    def write(self, frames: bytes) -> None:
        """Send ready-made frames (`wire.websocket.text`). Ignored once it is closing."""
        if self.open:
            self.transport.write(frames)

    def join(self, feed: Feed, after: int) -> None:
        """Give it everything of the feed after the sequence `after`, until it leaves.

        Get the feed, a quiet one, and join it without an await between them. Joining again changes
        nothing. A client that falls behind catches up when the feed's source is a `History`;
        without a source it is closed with 1013. Ignored once the connection is closing.
        """
        if self.open and self._held(feed.key) is None:
            subscription = Subscription(self, feed.key)
            self._subscriptions += (subscription,)
            feed.join(subscription, b"", after)

    def leave(self, key: Hashable) -> int | None:
        """Nothing more of the feed with this key. Returns the sequence up to which it was given
        everything there; None when it was not in it."""
        subscription = self._held(key)
        self._subscriptions = tuple(held for held in self._subscriptions if held.key != key)
        if subscription is None or subscription.feed is None:
            return None
        place = subscription.feed.place(subscription)
        subscription.leave()
        return place

    def close(self, code: int, reason: str) -> None:
        """Leave every feed, send what is buffered, and close; the reason has at most 123 bytes."""
        if self.open:
            self._receiver = self._receiver or Receiver()
            self._finish(self._receiver.close(code, reason))

    def connect(self, transport: Duplex, head: bytes = b"") -> None:
        """It has its socket; from now on `connection_lost` will be called exactly once.

        `head` is the answer to the handshake, if that is to be sent here.
        """
        self.transport = transport
        self.hub.streams.add(self)
        self.hub.gate.enter(self.address)
        self.hub.vigil.begin(self)
        transport.write(head)
        self._conversation = self._converse(self)

    def end(self, why: Why, last: bytes = b"") -> None:
        """Close it with the code that says why."""
        self.close(*_CODES[why])

    def reads(self, feed: Feed) -> bool:
        """Whether it is in that feed."""
        return any(held.feed is feed for held in self._subscriptions)

    def data_received(self, data: bytes) -> None:
        """Read what the client says. What reads is only kept while it is in the middle of a frame
        or a message: most clients say little, each message at once."""
        receiver = self._receiver or Receiver()
        heard = receiver.feed(data)
        self._receiver = None if receiver.at_rest else receiver
        self.heard_at = self.hub.loop.time()
        if heard.ponged:
            self.ponged_at = self.heard_at
        if self.open:
            self._take(heard.messages)
            self._answer(receiver, heard.reply)
        if receiver.closed:
            self.transport.close()

    def pause_writing(self) -> None:
        """Noted for the feeds, whose flushes take it out of the live ones; and nothing is heard
        from a client that does not read the answers."""
        self._set_paused(True)

    def resume_writing(self) -> None:
        """The client has read on: one subscription after the other catches up while it does."""
        self._set_paused(False)
        for held in self._subscriptions:
            if self.paused:
                return
            if held.state is State.STALLED and held.feed is not None:
                held.feed.resume(held)
        self._attend()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone; nothing may keep the transport, which refers to its protocol."""
        self._part()
        self.transport = NO_SOCKET
        self.hub.vigil.end(self)
        self.hub.streams.discard(self)
        self.hub.gate.leave(self.address)

    def _held(self, key: Hashable) -> Subscription | None:
        return next((held for held in self._subscriptions if held.key == key), None)

    def _set_paused(self, paused: bool) -> None:
        self.paused = paused
        for held in self._subscriptions:
            held.paused = paused

    def _answer(self, receiver: Receiver, reply: bytes) -> None:
        """Write what is due: the end, or pongs. Who pings without reading them gets none, for they
        would pile up."""
        if receiver.closing:
            self._receiver = receiver
            self._finish(reply)
            if not receiver.closed and self.transport.can_write_eof():
                self.transport.write_eof()
        elif not self.paused:
            self.transport.write(reply)

    def _finish(self, last: bytes) -> None:
        """Write the close frame, after which there is nothing to say, and wait until the client has
        closed as well.

        Not for ever: one that does not read, or does not answer, is cut off. But what it still
        sends is read meanwhile: unread, it would have our system reset the connection, and the
        client's throw away the close frame.
        """
        self._part()
        self.transport.write(last)
        self.transport.resume_reading()
        self.hub.loop.call_later(_CLOSING_S, self._cut_off)

    def _cut_off(self) -> None:
        """Asked later, when there may be no socket any more."""
        self.transport.abort()

    def _part(self) -> None:
        for held in self._subscriptions:
            held.leave()
        self._subscriptions = ()
        self._conversation = self._backlog = None

    def _take(self, messages: Sequence[bytes]) -> None:
        """Have them heard after those before them. With more than one waiting no more is read."""
        if messages:
            self._backlog = self._backlog or deque()
            self._backlog.extend(messages)
            if len(self._backlog) > 1:
                self._deaf = True
                self.transport.pause_reading()
            self._attend()

    def _attend(self) -> None:
        if self._backlog and not self._talking and not self.paused:
            self._talking = True
            self.hub.spawn(self._talk())

    async def _talk(self) -> None:
        """Hear what waits, while the client takes the answers."""
        try:
            while self._conversation and self._backlog and not self.paused:
                await self._conversation.heard(self._backlog.popleft())
        except Exception:
            self.close(CloseCode.INTERNAL_ERROR, "failed")
            raise
        finally:
            self._talking = False
        if not self._backlog:
            self._backlog = None
            if self._deaf:
                self._read_on()

    def _read_on(self) -> None:
        """Read again; what it said meanwhile, pongs too, has not been seen."""
        self._deaf = False
        self.heard_at = self.ponged_at = self.hub.loop.time()
        self.transport.resume_reading()
