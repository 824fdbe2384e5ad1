"""Pings, and the end of connections that nobody is behind; over hours, at once."""

import asyncio

import pytest
from tests.push.held_loop import turns
from tests.push.readers import make_hub
from tests.push.talking import DuplexSocket, Talking
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from tocsin.push.hub import Hub
from tocsin.push.vigil import PING_S, PONG_S, SIGN_IN_S, SILENCE_S
from tocsin.push.websocket import Connection


class Peer:
    """A client that answers pings as long as it `answers`."""

    def __init__(self, hub: Hub, *, signed_in: bool = True, answers: bool = True) -> None:
        self.connection = Connection(hub, "", Talking(hub).talk)
        self.socket = DuplexSocket(self.connection)
        self.connection.connect(self.socket)
        self.connection.owner = "me" if signed_in else None
        self.answers = answers
        self.pings = 0
        self.code: int | None = None
        self._read = 0
        self._protocol = Protocol(CLIENT)

    def read(self) -> None:
        """Take what has arrived."""
        new, self._read = self.socket.received[self._read :], len(self.socket.received)
        self._protocol.receive_data(b"".join(new))
        for frame in self._protocol.events_received():
            assert isinstance(frame, Frame)
            self.pings += frame.opcode is Opcode.PING
            if frame.opcode is Opcode.CLOSE:
                self.code = Close.parse(frame.data).code
        answer = b"".join(self._protocol.data_to_send())
        if self.answers and answer:
            self.connection.data_received(answer)

    def say(self, message: bytes) -> None:
        self.connection.data_received(Frame(Opcode.TEXT, message).serialize(mask=True))


async def pass_time(seconds: float, *peers: Peer) -> None:
    """Let time pass, in which the peers read every second."""
    for _ in range(round(seconds)):
        await asyncio.sleep(1)
        for peer in peers:
            peer.read()


async def test_everybody_is_pinged_every_30_seconds() -> None:
    hub = make_hub()
    hub.start()
    peers = [Peer(hub) for _ in range(200)]
    await pass_time(10 * PING_S + 1, *peers)
    assert {peer.pings for peer in peers} == {10}
    assert {peer.code for peer in peers} == {None}


async def test_who_does_not_answer_pings_is_closed_with_1001() -> None:
    hub = make_hub()
    hub.start()
    peer = Peer(hub, answers=False)
    await pass_time(PONG_S - 1, peer)
    assert peer.code is None
    await pass_time(PING_S + 1, peer)
    assert peer.code == 1001
    assert hub.streams == set()


async def test_not_even_when_it_talks_meanwhile() -> None:
    hub = make_hub()
    hub.start()
    peer = Peer(hub, answers=False)
    for _ in range(5):
        peer.say(b"echo I am here")
        await pass_time(PING_S, peer)
    assert peer.code == 1001


async def test_who_is_not_heard_for_30_minutes_is_closed_with_1001() -> None:
    hub = make_hub()
    hub.start()
    peer = Peer(hub)
    connection = peer.connection
    while hub.loop.time() < SILENCE_S - 1:
        connection.heard_at = 0.0  # a pong is heard as well: this takes some to be no frames
        await pass_time(1, peer)
    assert peer.code is None
    connection.heard_at = 0.0
    await pass_time(2, peer)
    assert peer.code == 1001


async def test_who_has_not_signed_in_within_30_seconds_is_closed_with_1008() -> None:
    hub = make_hub()
    hub.start()
    await asyncio.sleep(7)
    stranger, friend = Peer(hub, signed_in=False), Peer(hub)
    await pass_time(SIGN_IN_S - 1, stranger, friend)
    late = Peer(hub, signed_in=False)
    assert stranger.code is None
    await pass_time(2, stranger, friend, late)
    assert [peer.code for peer in (stranger, friend, late)] == [1008, None, None]
    await pass_time(SIGN_IN_S, stranger, friend, late)
    assert [peer.code for peer in (stranger, friend, late)] == [1008, None, 1008]


async def test_who_has_gone_is_not_thought_of_any_more() -> None:
    hub = make_hub()
    hub.start()
    peer = Peer(hub, signed_in=False)
    peer.socket.abort()
    await pass_time(PONG_S + PING_S)
    assert peer.pings == 0
    assert peer.socket.received == []


@pytest.mark.parametrize("count", [1, 64, 129])
async def test_a_drain_ends_the_vigil(count: int) -> None:
    hub = make_hub()
    hub.start()
    peers = [Peer(hub) for _ in range(count)]
    draining = asyncio.ensure_future(hub.drain(4))
    while not draining.done():
        await asyncio.sleep(0.1)
        for peer in peers:
            peer.read()
    assert {peer.code for peer in peers} == {1001}
    await turns(3)
    assert asyncio.all_tasks() == {asyncio.current_task()}
