"""A reader's place in a feed: what the feed and its fence know of whoever gets their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tocsin.push.feed import Feed


class State(Enum):
    """Where a member stands with regard to its feed."""

    NEW = auto()  # in no feed yet
    WAITING = auto()  # has everything up to its position; enters between two flushes
    READING = auto()  # a page of history is being read for it
    STALLED = auto()  # its socket takes no more; comes back when it has drained
    LIVE = auto()  # gets every flush
    ENDED = auto()  # gets nothing any more


class Socket(Protocol):
    """What a feed needs of a transport; `asyncio.Transport` has it."""

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


class Duplex(Socket, Protocol):
    """A socket that is also read at our own pace."""

    def pause_reading(self) -> None:
        """Take nothing from the client until reading is resumed."""
        ...

    def resume_reading(self) -> None:
        """Take on."""
        ...

    def can_write_eof(self) -> bool:
        """Whether `write_eof` is possible; with TLS it is not."""
        ...

    def write_eof(self) -> None:
        """Send what is buffered, then close our side only."""
        ...


class _NoSocket:
    """The socket of who has none, so that nothing refers to the transport it had."""

    def write(self, data: bytes) -> None: ...

    def writelines(self, pieces: Iterable[bytes]) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def can_write_eof(self) -> bool:
        return False

    def write_eof(self) -> None: ...


NO_SOCKET: Duplex = _NoSocket()


class Member:
    """Small on purpose: there are tens of thousands of these.

    `position` is the sequence up to which the client was given everything; it counts only while
    the member is not live (the live ones are at their feed's position). `paused` is the
    transport's word that it holds more than its high-water mark.
    """

    __slots__ = ("feed", "paused", "position", "state", "transport")

    def __init__(self, transport: Socket) -> None:
        self.feed: Feed | None = None
        self.transport = transport
        self.state = State.NEW
        self.position = 0
        self.paused = False

    def greet(self, opening: bytes) -> None:
        """Write what comes before everything that the feed has to say."""
        self.transport.write(opening)

    def give_up(self) -> None:
        """What it missed cannot be had: its client has to come again."""
        self.transport.abort()

    def end(self) -> None:
        """There is nothing more: it has everything of a feed that is finished."""
        self.leave()

    def leave(self) -> None:
        """Nothing more of the feed."""
        self.state = State.ENDED
        feed, self.feed = self.feed, None
        if feed is not None:
            feed.leave(self)
