"""The fence around a feed: how a member that has the past comes to the present, exactly once.

A member stands at a position: it has everything up to there. It may become live when the
feed is between flushes and not behind it, once it has been given the frames in between, which
the feed's ring holds. When the ring does not reach back to it, it gets a new snapshot, or
pages of history, until it does; of a feed without a source it cannot stay a member.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tocsin.push.member import Member, State
from tocsin.push.source import History, HistoryPage, Snapshot

if TYPE_CHECKING:
    from tocsin.push.feed import Feed
    from tocsin.push.hub import Hub

# Subscribers let in per turn of the event loop.
_CHUNK = 64


class Fence:
    """The subscribers of one feed that are not live."""

    __slots__ = ("_feed", "_hub", "_reading", "_waiting")

    def __init__(self, feed: Feed, hub: Hub) -> None:
        self._feed = feed
        self._hub = hub
        self._waiting: list[Member] = []
        self._reading: dict[int, asyncio.Task[HistoryPage]] = {}

    def enter(self, member: Member) -> None:
        """Take a member, which has everything up to its position, as far as it can go now."""
        feed = self._feed
        if member.state is State.ENDED:
            return
        if member.paused:
            self.stall(member, member.position)
        elif feed.flushing or member.position > feed.position:
            self._wait(member)
        elif (missed := feed.ring.after(member.position)) is not None:
            feed.admit(member, missed)
        elif isinstance(feed.source, Snapshot):
            self.show(member, feed.source)
            self.enter(member)
        elif feed.source is None:
            member.give_up()
        else:
            member.state = State.READING
            self._hub.spawn(self._read(member, feed.source))

    def stall(self, member: Member, position: int) -> None:
        """The client does not read: it stays at `position` until its socket has drained."""
        member.state = State.STALLED
        member.position = position
        self._hub.counts.stalls += 1

    def show(self, member: Member, source: Snapshot) -> None:
        """Replace what the client knows by the present."""
        snapshot, member.position = source.snapshot()
        member.transport.write(snapshot)

    def open(self) -> None:
        """Let in who waits. Called between flushes, and when the hub has advanced."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._let_in(waiting)

    def _wait(self, member: Member) -> None:
        """Until the feed's next flush is over, or, when none is due, until the hub moves on."""
        member.state = State.WAITING
        self._waiting.append(member)
        if not self._feed.busy:
            self._hub.held.add(self)

    def _let_in(self, waiting: list[Member]) -> None:
        for _ in range(min(_CHUNK, len(waiting))):
            self.enter(waiting.pop())
        if waiting:
            self._hub.loop.call_soon(self._let_in, waiting)

    def _page(self, after: int, source: History) -> asyncio.Task[HistoryPage]:
        """The page after that sequence, read once for all who want it now: after a restart that is
        everybody, each with the same last event.
        """
        reading = self._reading.get(after)
        if reading is None:
            reading = self._hub.spawn(source.page(after, self._hub.position))
            self._reading[after] = reading
            reading.add_done_callback(lambda _: self._reading.pop(after))
        return reading

    async def _read(self, member: Member, source: History) -> None:
        """Give it history, a page at a time and only while it reads, until the ring has the rest.

        Never beyond the hub's position: what the store has beyond it is still to be published here.
        When a page cannot be read the member is given up; its client will ask again.
        """
        while not member.paused and member.position < self._feed.ring.floor:
            try:
                page = await asyncio.shield(self._page(member.position, source))
            except Exception:
                member.give_up()
                return
            if member.state is not State.READING:
                return
            member.position = page.after
            member.transport.write(page.data)
        self.enter(member)
