"""The fence, whatever happens: no gap, no duplicate, in order, little held for who does not read.

Random publishing, joining, stalling, disconnecting, resuming, crashing and finishing over small
limits, so that every way through the fence is taken: the ring, a new snapshot, pages of history,
waiting.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from tests.push.held_loop import HeldLoop, turns
from tests.push.readers import ListSocket, MemoryLog, Picture, frame, make_hub

from tocsin.push.feed import Feed
from tocsin.push.hub import Hub
from tocsin.push.member import State
from tocsin.push.source import Source
from tocsin.push.subscriber import Subscriber
from tocsin.wire import sse


class Client:
    """Checks each frame as it reads it: the next one that concerns it, or a new snapshot."""

    def __init__(self, log: list[int], high: int) -> None:
        self._log = log
        self._high = high
        self._parser = sse.Parser()
        self._read = 0
        self.after = 0
        self.away = self.cut_off = False
        self.socket: ListSocket | None = None

    def connect(self, hub: Hub, after: int) -> Subscriber:
        """A new connection of a client that has everything up to `after`."""
        subscriber = Subscriber(hub, None, "")
        self.socket = ListSocket(subscriber, self._high)
        self._parser, self._read, self.after = sse.Parser(), 0, after
        self.away = self.cut_off = False
        subscriber.connect(self.socket)
        return subscriber

    def leave(self) -> None:
        """Go, whether or not the stream has ended before."""
        assert self.socket is not None
        self.away, self.cut_off = True, not self.socket.closed
        self.socket.abort()

    @property
    def ended(self) -> bool:
        """Whether the other side has ended the stream."""
        return self.socket is not None and self.socket.closed and not self.cut_off

    def take(self) -> None:
        """Read what has arrived."""
        assert self.socket is not None
        pieces, self._read = self.socket.received[self._read :], len(self.socket.received)
        for message in self._parser.feed(b"".join(pieces)):
            sequence = int(message.id.rpartition("-")[2])
            if message.event == "init":
                assert sequence >= self.after
            else:
                assert [s for s in self._log if self.after < s <= sequence] == [sequence]
            self.after = sequence


class FenceMachine(RuleBasedStateMachine):
    """One feed of a log in which other events stand too; `committed` may be ahead of the hub."""

    # What a flush and the ring hold, the high-water mark, and the largest frame; ours are small.
    PAGE, HIGH, LARGEST = 120, 100, 200

    # Whether the feed comes to an end some time.
    ENDS = True

    def __init__(self) -> None:
        super().__init__()
        self._small = patch.multiple("tocsin.push.feed", PAGE_BYTES=self.PAGE, CHUNK=2)
        self._small.start()
        self.loop = HeldLoop()
        self.clients: list[Client] = []
        self.log: list[int] = []
        self.sizes: dict[int, int] = {}
        self.head = 0
        self.finished = False

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(work)

    @initialize(snapshots=st.booleans(), head=st.integers(0, 3), clients=st.integers(0, 6))
    def start(self, snapshots: bool, head: int, clients: int) -> None:
        self.snapshots = snapshots
        self.head = head
        self.run(self._start())
        for _ in range(clients):
            self.join(back=0, ahead=False)

    async def _start(self) -> None:
        self.hub = make_hub(position=self.head)

    def _source(self) -> Source:
        return Picture(self.hub) if self.snapshots else MemoryLog(self.log, size=2)

    def _feed(self) -> Feed:
        return self.hub.feed("feed", self._source)

    @rule(
        batch=st.lists(st.sampled_from([None, 0, 30, 60, 150]), min_size=1, max_size=8),
        deliver=st.booleans(),
        pause=st.integers(0, 3),
    )
    def commit(self, batch: list[int | None], deliver: bool, pause: int) -> None:
        """Events are committed: None stands for one of another topic, a number for one of ours."""
        self._commit([None] * len(batch) if self.finished else batch)
        if deliver:
            self.deliver(len(batch))
            self.turn(pause)

    def _commit(self, batch: list[int | None]) -> None:
        for size in batch:
            self.head += 1
            if size is not None:
                self.log.append(self.head)
                self.sizes[self.head] = size

    @rule(count=st.integers(1, 10))
    def deliver(self, count: int) -> None:
        """The node hears of some of what was committed, as one batch."""
        self.run(self._deliver(min(self.head, self.hub.position + count)))

    async def _deliver(self, until: int) -> None:
        feed = self.hub.find("feed")
        for sequence in self.log:
            if feed is not None and self.hub.position < sequence <= until:
                feed.publish(sequence, frame(sequence, self.sizes[sequence]))
        if feed is not None and self.finished and self.hub.position < self.end <= until:
            feed.finish()
        self.hub.advance(until)

    @precondition(lambda self: self.ENDS and self.head > 5 and not self.finished)
    @rule(deliver=st.booleans(), pause=st.integers(0, 3))
    def finish(self, deliver: bool, pause: int) -> None:
        """The feed's last event is committed; the node may not have heard of it yet."""
        self._commit([None])
        self.finished, self.end = True, self.head
        if deliver:
            self.deliver(10)
            self.turn(pause)

    @rule(count=st.integers(1, 4))
    def turn(self, count: int) -> None:
        """Little time passes: flushes and pages stop half-way."""
        self.run(turns(count))

    @rule()
    def rest(self) -> None:
        """Time passes until nothing is left to do."""
        self.run(self._rest())

    async def _rest(self) -> None:
        await asyncio.sleep(1)
        while reading := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(reading)
            await asyncio.sleep(1)

    @rule(back=st.integers(0, 6), ahead=st.booleans())
    def join(self, back: int, ahead: bool) -> None:
        """A new client, from a position in the past or from what is committed beyond the hub."""
        client = Client(self.log, self.HIGH)
        self.clients.append(client)
        after = self.head if ahead else max(0, self.hub.position - back)
        self.run(self._connect(client, after))

    async def _connect(self, client: Client, after: int) -> None:
        opening = sse.frame(b"", event="init", id=str(after)) if self.snapshots else b""
        feed = self._feed()
        feed.join(client.connect(self.hub, after), opening, after)
        if self.finished and self.end <= self.hub.position:
            feed.finish()

    def _connected(self) -> list[Client]:
        return [client for client in self.clients if not client.away]

    @precondition(lambda self: self._connected())
    @rule(data=st.data())
    def stall(self, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(self._connected()))
        assert client.socket is not None
        client.socket.stalled = True

    @precondition(lambda self: self._connected())
    @rule(data=st.data(), stay_stalled=st.booleans())
    def read_on(self, data: st.DataObject, stay_stalled: bool) -> None:
        client = data.draw(st.sampled_from(self._connected()))
        self.run(self._read_on(client, stay_stalled))

    async def _read_on(self, client: Client, stay_stalled: bool) -> None:
        assert client.socket is not None
        client.socket.read_on()
        client.socket.stalled = stay_stalled

    @precondition(lambda self: self._connected())
    @rule(data=st.data())
    def disconnect(self, data: st.DataObject) -> None:
        self.run(self._abort(data.draw(st.sampled_from(self._connected()))))

    async def _abort(self, client: Client) -> None:
        client.leave()

    @precondition(lambda self: len(self._connected()) < len(self.clients))
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        """A client that was disconnected comes back with the last id that it has read."""
        gone = [c for c in self.clients if c not in self._connected()]
        client = data.draw(st.sampled_from(gone))
        client.take()
        self._resume(client)

    def _resume(self, client: Client) -> None:
        after = self.hub.position if self.snapshots else client.after
        self.run(self._connect(client, after))

    @precondition(lambda self: self.head > 20)
    @rule()
    def crash(self) -> None:
        """The node starts again: the hub is at what is committed, every connection is lost."""
        for client in self._connected():
            self.run(self._abort(client))
        self.run(self._start())
        for client in self.clients:
            client.take()
            self._resume(client)

    @invariant()
    def what_was_read_is_in_order_without_gap_or_duplicate(self) -> None:
        for client in self.clients:
            client.take()

    @invariant()
    def nobody_is_ended_before_it_has_everything(self) -> None:
        for client in self.clients:
            if client.ended:
                client.take()
                assert self.finished
                assert [s for s in self.log if s > client.after] == []

    @invariant()
    def little_is_held_for_a_client(self) -> None:
        for client in self._connected():
            assert client.socket is not None
            assert client.socket.held <= self.HIGH + max(self.PAGE, 2 * self.LARGEST)

    def teardown(self) -> None:
        """In the end everybody reads, and has everything that the hub was given."""
        try:
            if hasattr(self, "hub"):
                self._settle()
        finally:
            self._small.stop()
            self.loop.close()

    def _settle(self) -> None:
        self.run(self._deliver(self.head))
        for _ in range(100):
            for client in self._connected():
                self.run(self._read_on(client, False))
            self.rest()
        last = State.ENDED if self.finished else State.LIVE
        for client in self._connected():
            client.take()
            assert client.socket is not None
            assert client.socket._subscriber.state is last
            assert client.ended is self.finished
            assert [s for s in self.log if s > client.after] == []
        assert self.hub.held == set()


TestFence = FenceMachine.TestCase
TestFence.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
