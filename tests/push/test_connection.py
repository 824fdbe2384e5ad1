"""A connection in many feeds: what it hears and when, and what its client misses, which is nothing.

The sockets are lists here; those of a network are in test_websocket.py.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.push.held_loop import HeldLoop, turns
from tests.push.readers import MemoryLog, Reader, make_hub
from tests.push.talking import DuplexSocket, Talking
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from tocsin.push.feed import Feed
from tocsin.push.hub import Hub
from tocsin.push.source import HIGH_WATER, PAGE_BYTES
from tocsin.push.websocket import Connection
from tocsin.wire import websocket
from tocsin.wire.websocket import Receiver

KB = 1024


class Peer:
    """A connection and what came out at its other end."""

    def __init__(self, server: Talking, high: int = HIGH_WATER) -> None:
        self.connection = Connection(server.hub, "", server.talk)
        self.socket = DuplexSocket(self.connection, high=high)
        self.connection.connect(self.socket)
        self.texts: list[str] = []
        self.code: int | None = None
        self._read = 0
        self._protocol = Protocol(CLIENT, max_size=None)

    def say(self, *messages: bytes) -> None:
        """Send messages at once."""
        frames = (Frame(Opcode.TEXT, message).serialize(mask=True) for message in messages)
        self.connection.data_received(b"".join(frames))

    def read(self) -> "Peer":
        """Take what has arrived."""
        new, self._read = self.socket.received[self._read :], len(self.socket.received)
        if new:
            self._protocol.receive_data(b"".join(new))
        for frame in self._protocol.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode is Opcode.TEXT:
                self.texts.append(bytes(frame.data).decode().strip())
            elif frame.opcode is Opcode.CLOSE:
                self.code = Close.parse(frame.data).code
        return self

    def read_on(self) -> None:
        """Take what is buffered, and what comes for that."""
        self.socket.read_on()
        self.read()

    @property
    def numbers(self) -> list[int]:
        """The events it was shown."""
        return [int(text) for text in self.read().texts]


async def rest() -> None:
    """Until nothing is left to do."""
    await asyncio.sleep(1)


async def test_messages_are_heard_one_after_the_other() -> None:
    server = Talking(make_hub())
    peer = Peer(server)
    peer.say(b"pause", b"echo one")
    peer.say(b"echo two")
    await rest()
    assert server.heard == [b"pause"]
    assert not peer.socket.reading
    server.go_on.set()
    await rest()
    assert peer.read().texts == ["one", "two"]
    assert peer.socket.reading


async def test_a_client_whose_answers_pile_up_is_heard_again_once_it_reads() -> None:
    server = Talking(make_hub())
    peer = Peer(server, high=10)
    peer.socket.stalled = True
    peer.say(b"echo 12345678901", b"echo more")
    peer.say(b"echo last")
    await rest()
    assert len(server.heard) == 1
    peer.read_on()
    await rest()
    assert peer.read().texts == ["12345678901", "more", "last"]


async def test_what_is_still_waiting_when_it_closes_is_not_heard() -> None:
    server = Talking(make_hub())
    peer = Peer(server)
    peer.say(b"pause", b"echo never")
    await rest()
    peer.connection.close(1000, "")
    server.go_on.set()
    peer.say(b"echo too late")
    await rest()
    assert server.heard == [b"pause"]
    assert peer.read().texts == []
    assert peer.code == 1000


async def test_an_answer_to_who_has_gone_goes_nowhere() -> None:
    server = Talking(make_hub())
    peer = Peer(server)
    peer.say(b"pause", b"watch", b"echo")
    await rest()
    peer.socket.abort()
    server.go_on.set()
    await rest()
    assert server.heard == [b"pause"]
    assert server.hub.feeds == []


async def test_nothing_is_kept_of_a_client_that_has_said_what_it_had_to_say() -> None:
    def receivers() -> int:
        gc.collect()
        return sum(isinstance(each, Receiver) for each in gc.get_objects())

    before = receivers()
    server = Talking(make_hub())
    peers = [Peer(server) for _ in range(10)]
    for peer in peers:
        peer.say(b"watch", b"echo yes")
    await rest()
    assert [peer.read().texts for peer in peers] == [["yes"]] * 10
    assert receivers() <= before


async def test_who_pings_and_does_not_read_piles_up_no_pongs() -> None:
    peer = Peer(Talking(make_hub()), high=500)
    peer.socket.stalled = True
    for _ in range(100):
        peer.connection.data_received(Frame(Opcode.PING, b"x" * 100).serialize(mask=True))
    assert 500 < peer.socket.held < 700


async def test_a_client_that_does_not_close_as_well_is_cut_off() -> None:
    server = Talking(make_hub())
    peer = Peer(server)
    peer.connection.close(1000, "")
    await asyncio.sleep(4.9)
    assert not peer.socket.closed
    await asyncio.sleep(0.2)
    assert peer.socket.closed
    assert server.hub.streams == set()


async def test_pings_are_no_heartbeats_and_heartbeats_no_pings() -> None:
    server = Talking(make_hub())
    server.hub.start()
    peer, reader = Peer(server), Reader(server.hub)
    peer.connection.owner = "me"
    peer.say(b"watch")
    await rest()
    server.hub.feed("other", lambda: None).join(reader.subscriber, b"", 0)
    await asyncio.sleep(61)
    assert peer.socket.received == [b"\x89\x00"] * 2
    assert b"".join(reader.socket.received).endswith(b":\n" * 4)


async def test_who_watches_and_was_slow_for_a_moment_misses_nothing() -> None:
    server = Talking(make_hub())
    peer = Peer(server, high=100)
    peer.say(b"watch")
    await rest()
    peer.socket.stalled = True
    for _ in range(100):
        server.publish(size=KB)
        await rest()
    assert peer.socket.held < 2 * KB
    peer.read_on()
    await rest()
    assert peer.numbers == list(range(1, 101))


async def test_who_watches_and_is_too_slow_is_closed_with_1013() -> None:
    server = Talking(make_hub())
    peer = Peer(server, high=100)
    peer.say(b"watch")
    await rest()
    peer.socket.stalled = True
    for _ in range(2 * PAGE_BYTES // KB):
        server.publish(size=KB)
        await rest()
    assert peer.socket.held < 2 * KB
    peer.read_on()
    await rest()
    assert peer.numbers == [1]
    assert peer.code == 1013


async def test_who_follows_and_is_slow_catches_up_from_the_log() -> None:
    server = Talking(make_hub())
    peer = Peer(server, high=100)
    peer.say(b"follow 0")
    await rest()
    peer.socket.stalled = True
    for _ in range(2 * PAGE_BYTES // KB):
        server.publish(size=KB)
        await rest()
    assert peer.socket.held < 2 * KB
    peer.read_on()
    await rest()
    assert peer.numbers == list(range(1, server.hub.position + 1))


async def test_a_log_that_cannot_be_read_closes_with_1013() -> None:
    server = Talking(make_hub(position=5))

    class Broken:
        async def page(self, after: int, until: int) -> Any:
            raise OSError("no disk")

    peer = Peer(server)
    peer.connection.join(server.hub.feed("broken", Broken, quiet=True), 3)
    await rest()
    assert peer.read().code == 1013


async def test_the_end_of_one_feed_is_not_that_of_the_others() -> None:
    server = Talking(make_hub())
    peer = Peer(server)
    peer.say(b"watch", b"follow 0")
    await rest()
    server.publish()
    server.live_feed().finish()
    await rest()
    server.publish()
    await rest()
    assert peer.numbers == [1, 1, 2]
    assert peer.code is None


class Follower:
    """A client that checks what it is shown of each feed; marks say where it joined and left."""

    def __init__(self, hub: Hub, high: int, feed: Callable[[str], Feed]) -> None:
        self.peer = Peer(Talking(hub), high)
        self._feed = feed
        self._hub = hub
        self._joined: set[str] = set()
        self._checked = 0
        self._at: dict[str, int] = {}

    async def join(self, key: str, after: int) -> None:
        if key not in self._joined:
            self._joined.add(key)
            self.peer.connection.send(f"join {key} {after}".encode())
            self.peer.connection.join(self._feed(key), after)

    async def leave(self, key: str) -> None:
        if key in self._joined:
            self._joined.discard(key)
            self.peer.connection.leave(key)
            self.peer.connection.send(f"leave {key} 0".encode())

    def check(self) -> None:
        """Look at what has arrived since the last time."""
        texts = self.peer.read().texts
        for text in texts[self._checked :]:
            word, *rest = text.split()
            match word:
                case "join":
                    self._at[rest[0]] = int(rest[1])
                case "leave":
                    del self._at[rest[0]]
                case key:
                    assert int(rest[0]) == self._at[key] + 1
                    self._at[key] += 1
        self._checked = len(texts)

    @property
    def has_everything(self) -> bool:
        """Whether it was shown all of what it is in."""
        return set(self._at.values()) <= {self._hub.position}


KEYS = st.sampled_from(["log", "live"])


class ManyFeeds(RuleBasedStateMachine):
    """Two feeds of one log, and connections that stall, read on, join and leave both."""

    PAGE, HIGH, LARGEST = 120, 100, 200

    def __init__(self) -> None:
        super().__init__()
        self._small = patch.multiple("tocsin.push.feed", PAGE_BYTES=self.PAGE, CHUNK=2)
        self._small.start()
        self.loop = HeldLoop()
        self.peers: list[Follower] = []
        self.sizes: list[int] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(work)

    @initialize(count=st.integers(1, 4))
    def start(self, count: int) -> None:
        self.run(self._start(count))

    async def _start(self, count: int) -> None:
        self.hub = make_hub()
        self.peers = [Follower(self.hub, self.HIGH, self._feed) for _ in range(count)]

    def _feed(self, key: str) -> Feed:
        return self.hub.feed(key, self._log if key == "log" else lambda: None, quiet=True)

    def _log(self) -> MemoryLog:
        sequences = list(range(1, 1000))
        return MemoryLog(sequences, 2, lambda sequence: self._frame("log", sequence))

    def _frame(self, key: str, sequence: int) -> bytes:
        return websocket.text(f"{key} {sequence}".ljust(self.sizes[sequence - 1]).encode())

    @rule(sizes=st.lists(st.sampled_from([0, 30, 60, 150]), min_size=1, max_size=8))
    def publish(self, sizes: list[int]) -> None:
        for size in sizes:
            self.run(self._publish(size))

    async def _publish(self, size: int) -> None:
        self.sizes.append(size)
        sequence = self.hub.position + 1
        for feed in self.hub.feeds:
            feed.publish(sequence, self._frame(str(feed.key), sequence))
        self.hub.advance(sequence)

    @rule(count=st.integers(1, 4))
    def turn(self, count: int) -> None:
        """Little time passes: flushes and pages stop half-way."""
        self.run(turns(count))

    @rule()
    def rest(self) -> None:
        """Time passes until nothing is left to do."""
        self.run(rest())

    @rule(number=st.integers(0, 3), key=KEYS, back=st.integers(0, 6))
    def join(self, number: int, key: str, back: int) -> None:
        """Follow the log from the past, or watch what happens from now on."""
        after = max(0, self.hub.position - (back if key == "log" else 0))
        self.run(self._peer(number).join(key, after))

    @rule(number=st.integers(0, 3), key=KEYS)
    def leave(self, number: int, key: str) -> None:
        self.run(self._peer(number).leave(key))

    @rule(number=st.integers(0, 3))
    def stall(self, number: int) -> None:
        self._peer(number).peer.socket.stalled = True

    @rule(number=st.integers(0, 3), stay_stalled=st.booleans())
    def read_on(self, number: int, stay_stalled: bool) -> None:
        self.run(self._read_on(self._peer(number), stay_stalled))

    async def _read_on(self, follower: Follower, stay_stalled: bool) -> None:
        follower.peer.socket.read_on()
        follower.peer.socket.stalled = stay_stalled

    def _peer(self, number: int) -> Follower:
        return self.peers[number % len(self.peers)]

    @invariant()
    def what_was_shown_is_in_order_without_gap_or_duplicate(self) -> None:
        for follower in self.peers:
            follower.check()

    @invariant()
    def little_is_held_for_a_client(self) -> None:
        for follower in self.peers:
            most = self.HIGH + 2 * max(self.PAGE, 2 * self.LARGEST) + 20 * len("join live 100")
            assert follower.peer.socket.held <= most

    def teardown(self) -> None:
        """In the end everybody reads, and has everything or was told that it was too slow."""
        try:
            for _ in range(100 if self.peers else 0):
                for follower in self.peers:
                    self.run(self._read_on(follower, False))
                self.rest()
            for follower in self.peers:
                follower.check()
                assert follower.has_everything or follower.peer.code == 1013
        finally:
            self._small.stop()
            self.loop.close()


TestManyFeeds = ManyFeeds.TestCase
TestManyFeeds.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
