"""One open stream: the protocol object of its socket, and its place in a feed."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tocsin.push.feed import Feed
    from tocsin.push.hub import Hub

# A client has nothing to say after its request; one that goes on talking is not an event stream's.
_MAX_HEARD = 8192


class State(Enum):
    """Where a subscriber stands with regard to its feed."""

    NEW = auto()  # in no feed yet
    WAITING = auto()  # has everything up to its position; enters between two flushes
    READING = auto()  # a page of history is being read for it
    STALLED = auto()  # its socket takes no more; comes back when it has drained
    LIVE = auto()  # gets every flush
    ENDED = auto()  # gets nothing any more


class Socket(Protocol):
    """What a subscriber needs of a transport; `asyncio.Transport` has it."""

    def write(self, data: bytes) -> None:
        """Send `data`, buffering what the peer does not take yet."""
        ...

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """Send all pieces, in one system call if possible."""
        ...

    def close(self) -> None:
        """Send what is buffered, then close."""
        ...

    def abort(self) -> None:
        """Close at once; what is buffered is lost."""
        ...


class _Gone:
    """The socket of a subscriber that has none, so that nothing refers to the transport it had."""

    def write(self, data: bytes) -> None: ...

    def writelines(self, pieces: Iterable[bytes]) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


_GONE: Socket = _Gone()


class Subscriber(asyncio.Protocol):
    """Small on purpose: there are tens of thousands of these.

    `position` is the sequence up to which the client was given everything; it counts only while
    the subscriber is not live (the live ones are at their feed's position). `owner` is what
    the stream was opened by, for `Hub.end`. `paused` is the transport's word that it holds
    more than its high-water mark.
    """

    __slots__ = (
        "_head",
        "_heard",
        "address",
        "feed",
        "hub",
        "owner",
        "paused",
        "position",
        "state",
        "transport",
    )

    def __init__(self, hub: Hub, owner: Hashable, address: str) -> None:
        self.hub = hub
        self.owner = owner
        self.address = address
        self.feed: Feed | None = None
        self.transport: Socket = _GONE
        self.state = State.NEW
        self.position = 0
        self.paused = False
        self._heard = 0
        self._head = b""

    @property
    def connected(self) -> bool:
        """Whether there is still a socket."""
        return self.transport is not _GONE

    def connect(self, transport: Socket, head: bytes = b"") -> None:
        """The stream has its socket; from now on `connection_lost` will be called exactly once.

        `head` is what has to be sent before anything else.
        """
        self.transport = transport
        self._head = head
        self.hub.streams.add(self)
        self.hub.gate.enter(self.address)

    def greet(self, *pieces: bytes) -> None:
        """Send the head, if there is one, and with it the first frames."""
        head, self._head = self._head, b""
        self.transport.writelines((head, *pieces))

    def end(self, last: bytes = b"") -> None:
        """No more events: write `last` if the client is live, send what is buffered, close."""
        if self.state is State.LIVE:
            self.transport.write(last)
        elif self._head:
            self.greet()
        self._leave()
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
        self._leave()
        self.transport = _GONE
        self.hub.streams.discard(self)
        self.hub.gate.leave(self.address)

    def _leave(self) -> None:
        self.state = State.ENDED
        feed, self.feed = self.feed, None
        if feed is not None:
            feed.leave(self)
