"""A feed: the sockets that get the same bytes, and the pacing of what is written to them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from tocsin.push.fence import Fence
from tocsin.push.member import Member, State
from tocsin.push.ring import Frame, Ring
from tocsin.push.source import PAGE_BYTES, Snapshot, Source

if TYPE_CHECKING:
    from tocsin.push.hub import Hub

# Writes per turn of the event loop: everything else gets its turn after 64 of them (0.5 ms).
CHUNK = 64

# The longest a flush is put off after the one before it, in seconds.
_MAX_WAIT = 0.005


class Feed:
    """Everything published here reaches each member exactly once, in order, as the same bytes.

    Delivery is by flushes: one joins the frames that are pending, writes them to `CHUNK`
    subscribers a turn, and is followed by the next no sooner than min(its cost, 5 ms). So a feed at
    rest flushes at once, and a burst merges by itself. Who joins enters between flushes.
    """

    __slots__ = (
        "_beat",
        "_began",
        "_data",
        "_fence",
        "_finished",
        "_frames",
        "_hub",
        "_last_words",
        "_live",
        "_pending",
        "_rest_until",
        "_size",
        "_todo",
        "busy",
        "flushing",
        "key",
        "quiet",
        "ring",
        "source",
    )

    def __init__(
        self,
        hub: Hub,
        key: Hashable,
        source: Source | None,
        *,
        quiet: bool = False,
        keep: int | None = None,
    ) -> None:
        self.key = key
        self.source = source
        self.quiet = quiet
        self.ring = Ring(hub.position, PAGE_BYTES if keep is None else keep)
        self.busy = False
        self.flushing = False
        self._hub = hub
        self._fence = Fence(self, hub)
        self._live: set[Member] = set()
        self._size = 0
        self._pending: list[Frame] = []
        self._beat = b""
        self._finished = False
        self._last_words: bytes | None = None
        self._began = self._rest_until = 0.0
        self._frames: list[Frame] = []
        self._data = b""
        self._todo: list[Member] = []

    @property
    def position(self) -> int:
        """The sequence up to which the live subscribers have everything.

        With something pending or on its way that is the newest sequence flushed before it.
        """
        return self.ring.newest if self.busy else self._hub.position

    def publish(self, sequence: int, frame: bytes) -> None:
        """Give `frame`, which shows the event at `sequence`, to every member.

        Called in the order of the log, before the hub is advanced to `sequence`. Frames of one
        sequence belong together: they come in one call after another. What stands for no event has
        the hub's own position; only who is live then need ever see it.
        """
        self._wake()
        self._pending.append((sequence, frame))

    def beat(self, frame: bytes) -> None:
        """Write `frame`, which stands for no event, with the next flush."""
        self._wake()
        self._beat = frame

    def join(self, member: Member, opening: bytes, after: int) -> None:
        """Write `opening`, then everything after the sequence `after`, for good.

        `opening` is the verdict, or the snapshot as of `after`. Get the feed and join it without an
        await between them: raises `RuntimeError` when it was closed or has gone away.
        """
        if self._hub.find(self.key) is not self:
            raise RuntimeError(f"the feed {self.key!r} is closed")
        member.feed = self
        member.position = after
        self._size += 1
        member.greet(opening)
        self._fence.enter(member)

    def resume(self, member: Member) -> None:
        """The member was stalled and reads again. A snapshot replaces what it missed."""
        if isinstance(self.source, Snapshot) and member.position < self.ring.newest:
            self._fence.show(member, self.source)
        self._fence.enter(member)

    def admit(self, member: Member, missed: bytes) -> None:
        """For the fence: make live who, given `missed`, has everything up to our position; or let
        it go when nothing follows."""
        member.transport.write(missed)
        if self._finished and not self.busy:
            member.end()
            return
        member.state = State.LIVE
        self._live.add(member)

    def place(self, member: Member) -> int:
        """The sequence up to which a member was given everything, be a flush on its way or not."""
        if member.state is not State.LIVE:
            return member.position
        given = self._frames if self.flushing and member not in self._todo else []
        return given[-1][0] if given else self.position

    def leave(self, member: Member) -> None:
        """For the member: it is over. A feed that nobody is in goes away."""
        self._live.discard(member)
        self._size -= 1
        if not self._size:
            self._hub.forget(self)

    def close(self, last: bytes = b"") -> None:
        """Deliver what is pending and then `last`, and end every stream; nobody can join now."""
        self._hub.forget(self)
        self._last_words = last
        if not self.busy:
            self._hub.end_feed(self, last)

    def finish(self) -> None:
        """Nothing more is published: every stream ends once it has everything, however slowly its
        client reads, and so does that of who still joins."""
        self._finished = True
        if not self.busy:
            self._let_go()

    def _let_go(self) -> None:
        """End the next `CHUNK` of the live ones, which have everything."""
        for _ in range(min(CHUNK, len(self._live))):
            self._live.pop().end()
        if self._live:
            self._hub.loop.call_soon(self._let_go)

    def _wake(self) -> None:
        if not self.busy:
            self.busy = True
            self._schedule()

    def _schedule(self) -> None:
        loop = self._hub.loop
        if loop.time() < self._rest_until:
            loop.call_at(self._rest_until, self._flush)
        else:
            loop.call_soon(self._flush)

    def _flush(self) -> None:
        self.flushing = True
        self._began = self._hub.loop.time()
        self._frames = self._take()
        self._data = b"".join([self._beat, *(data for _, data in self._frames)])
        self._beat = b""
        self._todo = list(self._live)
        self._hub.counts.flushes += 1
        self._step()

    def _take(self) -> list[Frame]:
        """The oldest pending frames: whole sequences, at least one, at most `PAGE_BYTES`."""
        count, room = 0, PAGE_BYTES
        for sequence, data in self._pending:
            room -= len(data)
            if room < 0 and count and self._pending[count - 1][0] != sequence:
                break
            count += 1
        taken, self._pending = self._pending[:count], self._pending[count:]
        return taken

    def _step(self) -> None:
        """Write to the next `CHUNK`. A turn that fails must not stop those after it."""
        todo, data, written = self._todo, self._data, 0
        try:
            for _ in range(min(CHUNK, len(todo))):
                member = todo.pop()
                if member.state is not State.LIVE:
                    continue
                if member.paused:
                    self._drop_back(member)
                    continue
                member.transport.write(data)
                written += 1
        finally:
            self._hub.counts.deliveries += written
            self._hub.loop.call_soon(self._step if todo else self._end)

    def _drop_back(self, member: Member) -> None:
        """It takes no more: it has what was flushed before, and leaves the live ones."""
        self._live.discard(member)
        self._fence.stall(member, self.ring.newest)

    def _end(self) -> None:
        """The turn after the last write, when the event loop has sent it and its cost is known."""
        now = self._hub.loop.time()
        self._rest_until = now + min(now - self._began, _MAX_WAIT)
        self.ring.extend(self._frames)
        self._frames, self._data = [], b""
        self.flushing = False
        self.busy = bool(self._pending or self._beat)
        if self.busy:
            self._schedule()
        elif self._last_words is not None:
            self._hub.end_feed(self, self._last_words)
            return
        elif self._finished:
            self._let_go()
        self._fence.open()
