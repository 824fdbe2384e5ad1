"""The hub: every feed and every open stream of this node, on the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from tocsin.push import ending
from tocsin.push.ending import Stream, Why
from tocsin.push.feed import Feed
from tocsin.push.fence import Fence
from tocsin.push.limits import Gate, Limits
from tocsin.push.source import Source
from tocsin.push.vigil import Vigil
from tocsin.wire import sse

T = TypeVar("T")

_log = logging.getLogger(__name__)

_HEARTBEAT = sse.comment()

# Feeds given their heartbeat per turn of the event loop.
_CHUNK = 64

# How long, in seconds, a stream that was ended may take to send what it still has.
_GRACE = 2.0


@dataclass(frozen=True)
class Rhythm:
    """When streams speak though nothing happens, and when they ask their readers to come back."""

    heartbeat_s: float = 15.0
    retry_min_ms: int = 1000
    retry_max_ms: int = 5000


@dataclass(slots=True)
class Counts:
    """What the hub has done since its start; for the metrics."""

    flushes: int = 0
    deliveries: int = 0
    stalls: int = 0


class Hub:
    """`position` is the sequence of the newest event that was handed to every feed it concerns."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        random: Random,
        *,
        position: int = 0,
        limits: Limits | None = None,
        rhythm: Rhythm | None = None,
    ) -> None:
        self.loop = loop
        self.position = position
        self.gate = Gate(limits or Limits())
        self.streams: set[Stream] = set()
        self.held: set[Fence] = set()
        self.counts = Counts()
        self.vigil = Vigil(loop)
        self._random = random
        self._rhythm = rhythm or Rhythm()
        self._feeds: dict[Hashable, Feed] = {}
        self._moved: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def feeds(self) -> list[Feed]:
        """The feeds that somebody is in, as they are now."""
        return list(self._feeds.values())

    @property
    def owners(self) -> set[Hashable]:
        """Those who have something open."""
        return {stream.owner for stream in self.streams}

    def feed(
        self,
        key: Hashable,
        make: Callable[[], Source | None],
        *,
        quiet: bool = False,
        keep: int | None = None,
    ) -> Feed:
        """The feed of that key, made if need be. It goes away when the last one has left.

        A `quiet` one, of connections that have their pings, gets no heartbeats. `keep` is how many
        bytes of its newest frames it holds, where that is to be less than a page.
        """
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = Feed(self, key, make(), quiet=quiet, keep=keep)
        return feed

    def find(self, key: Hashable) -> Feed | None:
        """The feed of that key if there is one: without readers there is nothing to publish to."""
        return self._feeds.get(key)

    def advance(self, sequence: int) -> None:
        """Every event up to `sequence` has been given to the feeds it concerns."""
        self.position = sequence
        held, self.held = self.held, set()
        for fence in held:
            fence.open()
        if self._moved is not None:
            self._moved.set_result(None)
            self._moved = None

    async def reach(self, sequence: int) -> None:
        """Return once the feeds have been given every event up to `sequence`."""
        while self.position < sequence:
            self._moved = self._moved or self.loop.create_future()
            await asyncio.shield(self._moved)

    def admit(self, address: str) -> None:
        """Raise `Refused` when no further stream may be opened from `address` now."""
        self.gate.check(address)

    def retry(self) -> bytes:
        """A `retry:` of its own for every reader, so that they do not all come back at once."""
        return sse.retry(self._random.randint(self._rhythm.retry_min_ms, self._rhythm.retry_max_ms))

    def end(self, owner: Hashable) -> int:
        """End, within seconds, the streams that `owner` opened. Returns how many there were."""
        streams = [stream for stream in self.streams if stream.owner == owner]
        self.spawn(ending.end(streams, Why.NO_RIGHT, 0, _GRACE))
        return len(streams)

    def end_feed(self, feed: Feed, last: bytes) -> None:
        """For a feed that is closed: end its streams, with `last` as their last words."""
        streams = [stream for stream in self.streams if stream.reads(feed)]
        self.spawn(ending.end(streams, Why.BROKEN, 0, _GRACE, last))

    def rename(self, feed: Feed, key: Hashable) -> None:
        """From now on `feed`, which is not closed, is that of `key`, which had none."""
        self.forget(feed)
        feed.key = key
        self._feeds[key] = feed

    def forget(self, feed: Feed) -> None:
        """For a feed that is closed or empty: the next who asks for its key gets a new one."""
        if self._feeds.get(feed.key) is feed:
            del self._feeds[feed.key]

    def start(self) -> None:
        """Begin the heartbeats and the vigil; `drain` ends them."""
        self.spawn(self._beat())
        self.spawn(self.vigil.ping())
        self.spawn(self.vigil.dismiss())

    async def drain(self, seconds: float) -> None:
        """Refuse new streams, end the open ones spread over `seconds`, and stop."""
        self.gate.shut = True
        streams = list(self.streams)
        self._random.shuffle(streams)
        try:
            await ending.end(streams, Why.STOPPING, seconds * 0.8, seconds * 0.2)
        finally:
            for stream in list(self.streams):
                stream.transport.abort()
            for task in self._tasks:
                task.cancel()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work` beside everything else, until the drain. A failure is logged once."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.error("a stream could not be served", exc_info=failure)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._rhythm.heartbeat_s)
            spoken = [feed for feed in self.feeds if not feed.quiet]
            for number, feed in enumerate(spoken, 1):
                feed.beat(_HEARTBEAT)
                if number % _CHUNK == 0:
                    await asyncio.sleep(0)
