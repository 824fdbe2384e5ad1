"""One open stream: the protocol object of its socket, and its place in a feed."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING

from tocsin.push.ending import Why
from tocsin.push.member import NO_SOCKET, Member, Socket, State

if TYPE_CHECKING:
    from tocsin.push.feed import Feed
    from tocsin.push.hub import Hub

# A client has nothing to say after its request; one that goes on talking is not an event stream's.
_MAX_HEARD = 8192


class Subscriber(Member, asyncio.Protocol):
    """Small on purpose: there are tens of thousands of these.

    `owner` is what the stream was opened by, for `Hub.end`.
    """

    __slots__ = ("_head", "_heard", "address", "hub", "owner")

    def __init__(self, hub: Hub, owner: Hashable, address: str) -> None:
        super().__init__(NO_SOCKET)
        self.hub = hub
        self.owner = owner
        self.address = address
        self._heard = 0
        self._head = b""

    @property
    def connected(self) -> bool:
        """Whether there is still a socket."""
        return self.transport is not NO_SOCKET

    def connect(self, transport: Socket, head: bytes = b"") -> None:
        """The stream has its socket; from now on `connection_lost` will be called exactly once.

        `head` is what has to be sent before anything else.
        """
        self.transport = transport
        self._head = head
        self.hub.streams.add(self)
        self.hub.gate.enter(self.address)

    def greet(self, opening: bytes) -> None:
        """Send the head, if there is one, and with it `retry:` and the first frames."""
        self.begin(self.hub.retry(), opening)

    def begin(self, *pieces: bytes) -> None:
        """Send the head, if it has not been sent, and with it these pieces."""
        head, self._head = self._head, b""
        self.transport.writelines((head, *pieces))

    def reads(self, feed: Feed) -> bool:
        """Whether it is in that feed."""
        return self.feed is feed

    def end(self, why: Why = Why.FINISHED, last: bytes = b"") -> None:
        """No more events: write `last` if the client is live, send what is buffered, close."""
        if self.state is State.LIVE:
            self.transport.write(last)
        elif self._head:
            self.begin()
        self.leave()
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Ignore what a client says after its request, as long as it is little."""
        self._heard += len(data)
        if self._heard > _MAX_HEARD:
            self.transport.abort()

    def pause_writing(self) -> None:
        """Only noted: the feed's flush, which alone knows what was given, takes a live one out."""
        self.paused = True

    def resume_writing(self) -> None:
        """The client has read on."""
        self.paused = False
        if self.state is State.STALLED and self.feed is not None:
            self.feed.resume(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone; nothing may keep the transport, which refers to its protocol."""
        self.leave()
        self.transport = NO_SOCKET
        self.hub.streams.discard(self)
        self.hub.gate.leave(self.address)
