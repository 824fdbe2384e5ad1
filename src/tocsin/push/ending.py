"""How streams are ended: in slices, spread over a time, and none outstays its grace."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from enum import Enum, auto
from math import ceil
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tocsin.push.feed import Feed
    from tocsin.push.member import Socket

# Streams ended per turn of the event loop when it need not take any time.
_CHUNK = 64

# The shortest time between two slices, in seconds.
_TICK = 0.02


class Why(Enum):
    """Why something is ended."""

    FINISHED = auto()  # there is nothing more
    STOPPING = auto()  # this server stops; another one, or the next, goes on
    NO_RIGHT = auto()  # what it was opened with is good for it no more
    BROKEN = auto()  # it may have missed something, and has to resume


class Stream(Protocol):
    """An open socket of the hub: the subscriber of one feed, or a connection to many."""

    @property
    def transport(self) -> Socket:
        """Its socket, or none's."""
        ...

    @property
    def owner(self) -> Hashable:
        """What it was opened with."""
        ...

    @property
    def connected(self) -> bool:
        """Whether there is still a socket."""
        ...

    def reads(self, feed: Feed) -> bool:
        """Whether it is in that feed."""
        ...

    def end(self, why: Why, last: bytes = b"") -> None:
        """Send what is buffered, then close; `last` is for an event stream whose reader is live."""
        ...


async def end(
    streams: Sequence[Stream], why: Why, over: float, grace: float, last: bytes = b""
) -> None:
    """End `streams`, evenly over the time `over`, and abort those still open `grace` after that.

    Seconds both. The grace is for what is buffered: a client that does not read would hold its
    stream for good. Cancelling aborts what is open.
    """
    try:
        size = max(1, ceil(len(streams) * _TICK / over)) if over else _CHUNK
        pause = over * size / max(1, len(streams))
        for start in range(0, len(streams), size):
            for stream in streams[start : start + size]:
                stream.end(why, last)
            await asyncio.sleep(pause)
        await _gone(streams, grace)
    finally:
        for stream in streams:
            stream.transport.abort()


async def _gone(streams: Sequence[Stream], grace: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + grace
    for stream in streams:
        while stream.connected and loop.time() < deadline:  # noqa: ASYNC110 - no event of its own
            await asyncio.sleep(_TICK)
