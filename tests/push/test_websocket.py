"""WebSocket connections over real sockets: their own, and those of a server that speaks it too."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import server_context
from tests.push.service import Client, timely, until
from tests.push.talking import TRANSPORTS, talks
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close, Frame, Opcode

from tocsin.push.limits import Limits
from tocsin.wire.websocket import MAX_MESSAGE


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def said(client: ClientConnection) -> str:
    """What the server says next."""
    message = await timely(client.recv())
    assert isinstance(message, str)
    return message


async def numbers(client: ClientConnection, last: int) -> list[int]:
    """The events that are shown, up to that one."""
    shown = [int(await said(client))]
    while shown[-1] < last:
        shown.append(int(await said(client)))
    return shown


async def closing(client: ClientConnection) -> tuple[int, str]:
    """How the server closes."""
    with suppress(ConnectionClosed):
        while True:
            await timely(client.recv())
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


async def test_what_is_said_is_answered_in_order(transport: str) -> None:
    async with talks(transport) as server, server.connect() as client:
        await client.send("echo ü")
        await client.send(b"echo binary")
        await client.send(["echo in", " frag", "ments"])
        await client.ping()
        assert [await said(client) for _ in range(3)] == ["ü", "binary", "in fragments"]


async def test_a_message_of_the_greatest_size_is_heard(transport: str) -> None:
    async with talks(transport) as server, server.connect(max_size=None) as client:
        rest = "x" * (MAX_MESSAGE - 5)
        await client.send("echo " + rest)
        assert await said(client) == rest


async def test_a_larger_one_closes_with_1009(transport: str) -> None:
    async with talks(transport) as server, server.connect() as client:
        await client.send("x" * (MAX_MESSAGE + 1))
        assert (await closing(client))[0] == 1009
        await until(lambda: not server.connections)


async def test_fragments_that_are_larger_together_close_with_1009(transport: str) -> None:
    async with talks(transport) as server, server.connect() as client:
        await client.send(["x" * 100_000, "x" * 28_001])
        assert (await closing(client))[0] == 1009


async def test_text_that_is_not_utf_8_closes_with_1007(transport: str) -> None:
    async with talks(transport) as server, server.connect() as client:
        await client.send(b"echo \xff", text=True)
        assert (await closing(client))[0] == 1007
        assert server.heard == []


async def test_a_client_that_closes_is_answered(transport: str) -> None:
    async with talks(transport) as server:
        async with server.connect() as client:
            await client.send("watch")
            await until(lambda: server.hub.feeds)
            await client.close(3000, "enough")
            assert (client.close_code, client.close_reason) == (3000, "enough")
        await until(lambda: not server.connections)
        assert not server.hub.feeds


async def test_a_client_that_vanishes_is_gone(transport: str) -> None:
    async with talks(transport) as server, server.connect() as client:
        await client.send("watch")
        await until(lambda: server.hub.feeds)
        client.transport.abort()
        await until(lambda: not server.connections)
        assert not server.hub.feeds
        assert server.hub.gate.addresses == 0


async def test_every_feed_that_was_joined_is_shown_until_it_is_left(transport: str) -> None:
    async with talks(transport) as server, server.connect() as client:
        for _ in range(120):
            server.publish()
        await client.send("follow 20")
        assert await numbers(client, 120) == list(range(21, 121))
        await client.send("watch")
        await client.send("watch")
        await client.send("echo watching")
        assert await said(client) == "watching"
        server.publish()
        assert [await said(client), await said(client)] == ["121", "121"]
        await client.send("leave")
        await client.send("leave")
        await client.send("echo left")
        assert await said(client) == "left"
        server.publish()
        server.publish()
        assert await numbers(client, 123) == [122, 123]


async def test_a_reader_that_is_behind_gets_everything_from_the_log(transport: str) -> None:
    async with talks(transport) as server, server.connect(max_queue=1, compression=None) as client:
        await client.send("follow 0")
        await until(lambda: server.hub.feeds)
        for _ in range(80):
            for _ in range(100):
                server.publish(size=2000)
            await server.settle()
        assert server.hub.counts.stalls
        assert await numbers(client, 8000) == list(range(1, 8001))


async def test_one_that_only_watches_is_closed_with_1013(transport: str) -> None:
    async with talks(transport) as server, server.connect(max_queue=1, compression=None) as client:
        await client.send("watch")
        await until(lambda: server.hub.feeds)
        for _ in range(80):
            for _ in range(100):
                server.publish(size=2000)
            await server.settle()
        await until(lambda: server.hub.counts.stalls)
        shown = 0
        with suppress(ConnectionClosed):
            while True:
                shown += 1
                assert int(await said(client)) == shown
        assert client.close_code == 1013
        await until(lambda: not server.connections)
        assert 0 < shown < 8000


async def test_who_does_not_read_the_answers_is_not_heard(transport: str) -> None:
    async with talks(transport) as server:
        async with server.connect(max_queue=1, compression=None) as client:
            asking = asyncio.ensure_future(_ask(client, 2000))
            await until(lambda: server.connections and server.connections[0].paused)
            heard = len(server.heard)
            assert heard < 2000
            answers = [len(await said(client)) for _ in range(2000)]
            assert answers == [10_000] * 2000
            await timely(asking)
        assert len(server.heard) == 2000


async def _ask(client: ClientConnection, times: int) -> None:
    for _ in range(times):
        await client.send("echo " + "x" * 10_000)


async def test_what_fails_closes_with_1011(
    transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with talks(transport) as server, server.connect() as client:
        await client.send("fail")
        await client.send("echo nothing")
        assert (await closing(client))[0] == 1011
    assert server.heard == [b"fail"]
    assert [record.message for record in caplog.records] == ["a stream could not be served"]


async def test_a_lost_right_closes_with_1008(transport: str) -> None:
    async with talks(transport) as server, server.connect() as mine, server.connect() as other:
        await mine.send("sign in")
        await mine.send("echo in")
        assert await said(mine) == "in"
        assert server.hub.end("me") == 1
        assert await closing(mine) == (1008, "signed out")
        await other.send("echo still here")
        assert await said(other) == "still here"


async def test_a_feed_that_is_closed_asks_to_subscribe_again(transport: str) -> None:
    async with talks(transport) as server, server.connect() as client:
        await client.send("watch")
        await until(lambda: server.hub.feeds)
        server.publish()
        server.hub.feeds[0].close()
        assert await said(client) == "1"
        assert await closing(client) == (1012, "subscribe again")


async def test_a_stop_closes_with_1001(transport: str) -> None:
    async with talks(transport, drain_s=0.5) as server:
        async with server.connect() as client, server.connect() as silent:
            await client.send("watch")
            await until(lambda: server.hub.feeds and len(server.connections) == 2)
            server.publish()
            await server.settle()
            server.service.server.should_exit = True
            assert await said(client) == "1"
            assert await closing(client) == (1001, "the server stops")
            assert await closing(silent) == (1001, "the server stops")
        await timely(server.service.serve)


async def test_all_of_it_goes_over_tls(tmp_path: Path) -> None:
    server_context(tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    async with talks(ssl_certfile=cert, ssl_keyfile=key) as server:
        async with server.connect(ssl=trusting) as client:
            await client.send("sign in")
            await client.send("watch")
            await client.send("echo hello")
            assert await said(client) == "hello"
            server.publish()
            assert await said(client) == "1"
            server.hub.end("me")
            assert (await closing(client))[0] == 1008
        async with server.connect(ssl=trusting) as client:
            await client.close(1000, "bye")
            assert client.close_code == 1000
        await until(lambda: not server.connections)


async def test_connections_count_within_the_limits() -> None:
    async with talks(limits=Limits(total=10, per_address=0)) as server:
        async with server.connect(), server.connect():
            await until(lambda: len(server.connections) == 2)
            assert server.hub.gate.addresses == 1
        await until(lambda: server.hub.gate.addresses == 0)


HANDSHAKE = (
    "GET /ws HTTP/1.1",
    "Connection: keep-alive, Upgrade",
    "Upgrade: WebSocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions: permessage-deflate",
)


async def test_the_handshake_is_that_of_the_rfc() -> None:
    async with talks() as server:
        client = await server.service.connect()
        await client.request(*HANDSHAKE)
        head = await client.head()
        assert head.startswith(b"http/1.1 101 ")
        assert b"\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n" in head
        assert b"\r\nconnection: upgrade\r\n" in head
        assert head.count(b"\r\ndate:") == 1
        for left_out in (b"extensions", b"content-length", b"transfer-encoding", b"close"):
            assert left_out not in head
        client.close()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"GET /ws HTTP/1.1": "POST /ws HTTP/1.1"}, 405),
        ({"GET /ws HTTP/1.1": "GET /ws HTTP/1.0"}, 505),
        ({"Connection: keep-alive, Upgrade": "Connection: keep-alive"}, 426),
        ({"Sec-WebSocket-Version: 13": "Sec-WebSocket-Version: 8"}, 400),
        ({"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==": "X: y"}, 400),
        ({"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==": "Sec-WebSocket-Key: short"}, 400),
    ],
)
async def test_a_broken_handshake_is_answered_in_http(changes: dict[str, str], status: int) -> None:
    async with talks() as server:
        client = await server.service.connect()
        await client.request(*(changes.get(line, line) for line in HANDSHAKE))
        assert f" {status} ".encode() in await client.head()
        assert (await client.rest()).endswith(b"\n")
        assert not server.connections


async def test_a_wrong_version_is_told_the_right_one() -> None:
    async with talks() as server:
        client = await server.service.connect()
        wrong = "Sec-WebSocket-Version: 8"
        await client.request(*(wrong if "Version" in line else line for line in HANDSHAKE))
        assert b"\r\nsec-websocket-version: 13\r\n" in await client.head()


@pytest.mark.parametrize("split", [0, 1, 9, 200])
async def test_what_is_said_right_behind_the_handshake_is_heard(split: int) -> None:
    """Before the answer, which clients have to wait for: in the same packet, and in the next."""
    early = frame(Opcode.TEXT, b"echo " + b"a" * 100) + frame(Opcode.TEXT, b"echo b")
    async with talks() as server:
        client = await server.service.connect()
        handshake = "\r\n".join((*HANDSHAKE, "", "")).encode()
        await client.send(handshake + early[:split])
        await client.send(early[split:])
        assert b" 101 " in await client.head()
        assert await client.exactly(102 + 3) == b"\x81\x64" + b"a" * 100 + b"\x81\x01b"
        client.close()


async def test_a_request_behind_an_upgrade_that_is_not_made_is_answered() -> None:
    async with talks() as server:
        client = await server.service.connect()
        asks = b"GET /else HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        await client.send(asks + b"GET /else HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
        for _ in range(3):
            assert b" 200 " in await client.head()
            assert await client.exactly(2) == b"ok"
        client.close()


async def test_a_server_without_websocket_says_so() -> None:
    async with talks("none") as server:
        with pytest.raises(InvalidStatus) as refused:
            await server.connect()
        assert refused.value.response.status_code == 501


async def raw(server: Any) -> Client:
    """A client whose every byte is the test's, after the handshake."""
    client: Client = await server.service.connect()
    await client.request(*HANDSHAKE)
    await client.head()
    return client


def frame(opcode: Opcode, data: bytes) -> bytes:
    return Frame(opcode, data).serialize(mask=True)


async def test_even_much_more_than_is_taken_does_not_keep_1009_from_arriving() -> None:
    async with talks() as server:
        client = await raw(server)
        sending = asyncio.ensure_future(client.send(frame(Opcode.TEXT, b"x" * 20_000_000)))
        assert (await client.exactly(4))[2:] == (1009).to_bytes(2, "big")
        await timely(sending)
        await client.rest()


async def test_byte_by_byte_is_as_good_as_at_once() -> None:
    async with talks() as server:
        client = await raw(server)
        for byte in frame(Opcode.TEXT, b"echo hello") + frame(Opcode.PING, b"!"):
            await client.send(bytes([byte]))
            await asyncio.sleep(0)
        assert await client.exactly(10) == b"\x81\x05hello\x8a\x01!"
        client.close()


async def test_half_a_frame_and_silence_is_not_in_the_way_of_events() -> None:
    async with talks() as server:
        client = await raw(server)
        await client.send(frame(Opcode.TEXT, b"watch") + frame(Opcode.TEXT, b"echo x")[:7])
        await until(lambda: server.hub.feeds)
        server.publish()
        assert await client.exactly(3) == b"\x81\x011"
        client.close()


async def test_a_client_that_only_stops_sending_is_gone() -> None:
    async with talks() as server:
        client = await raw(server)
        await until(lambda: server.connections)
        client.writer.write_eof()
        await until(lambda: not server.connections)
        assert await client.rest() == b""


async def test_after_the_close_frame_nothing_is_sent() -> None:
    async with talks() as server:
        client = await raw(server)
        await client.send(frame(Opcode.TEXT, b"watch"))
        await until(lambda: server.hub.feeds)
        connection = server.connections[0]
        connection.close(1000, "done")
        connection.send(b"more")
        connection.join(server.live_feed(), 0)
        server.publish()
        last = Close(1000, "done").serialize()
        assert await client.exactly(2 + len(last)) == bytes([0x88, len(last)]) + last
        await client.send(frame(Opcode.TEXT, b"echo too late") + frame(Opcode.CLOSE, last))
        assert await client.rest() == b""
        assert server.heard == [b"watch"]
