"""Streams as clients see them: the same whether the socket was taken or the server keeps it."""

import asyncio
from typing import Any

import pytest
from tests.push.service import TRANSPORTS, Client, serving, until

from tocsin.push.asgi import AsgiSocket
from tocsin.push.member import State
from tocsin.push.source import HIGH_WATER
from tocsin.push.subscriber import Subscriber


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """The way streams are served."""
    return str(request.param)


async def test_a_stream_has_the_head_that_proxies_and_browsers_need(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.connect()
        await client.request("GET /log HTTP/1.1")
        head = await client.head()
        assert head.startswith(b"http/1.1 200 ok\r\n")
        assert b"content-type: text/event-stream; charset=utf-8\r\n" in head
        assert b"cache-control: no-store\r\n" in head
        assert b"x-accel-buffering: no\r\n" in head
        assert b"content-length" not in head


async def test_a_reader_gets_its_opening_and_then_every_event(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.open("/live")
        assert (await client.message()).event == "init"
        service.publish()
        service.publish()
        assert await client.until_id(2) == [1, 2]
        assert client.raw.startswith(b"retry: ")


async def test_history_comes_before_what_is_live(transport: str) -> None:
    async with serving(transport) as service:
        for _ in range(500):
            service.publish()
        client = await service.open("/log?0")
        service.publish()
        assert await client.until_id(501) == list(range(1, 502))


async def test_head_gets_the_head_alone_and_the_connection_goes_on(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.connect()
        await client.request("HEAD /log HTTP/1.1")
        assert b"text/event-stream" in await client.head()
        await client.request("GET /else HTTP/1.1")
        await client.head()
        assert await client.exactly(2) == b"ok"
        assert not service.hub.streams


async def test_a_stream_on_a_reused_connection_outlives_its_keep_alive(transport: str) -> None:
    keep_alive = 0.1
    async with serving(transport, timeout_keep_alive=keep_alive) as service:
        client = await service.connect()
        await client.request("GET /else HTTP/1.1")
        await client.head()
        await client.exactly(2)
        await client.request("GET /log HTTP/1.1")
        await client.head()
        await asyncio.sleep(2 * keep_alive)
        service.publish()
        assert await client.until_id(1) == [1]


async def test_a_body_before_the_stream_is_read_and_ignored(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.connect()
        body = b"x" * 200_000
        await client.request("GET /log HTTP/1.1", f"Content-Length: {len(body)}", body=body)
        await client.head()
        service.publish()
        assert await client.until_id(1) == [1]


async def test_a_stream_can_be_pipelined_behind_another_request(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.connect()
        await client.send(
            b"GET /else HTTP/1.1\r\nHost: a\r\n\r\nGET /log HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        await client.head()
        assert await client.exactly(2) == b"ok"
        await client.head()
        service.publish()
        assert await client.until_id(1) == [1]


async def test_what_is_pipelined_behind_a_stream_does_not_disturb_it(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.connect()
        await client.send(
            b"GET /log HTTP/1.1\r\nHost: a\r\n\r\nGET /else HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        await client.head()
        service.publish()
        assert await client.until_id(1) == [1]


async def test_a_client_that_leaves_is_forgotten(transport: str) -> None:
    async with serving(transport) as service:
        for leave in (Client.close, Client.reset):
            client = await service.open()
            await until(lambda: service.hub.streams)
            leave(client)
            await until(lambda: not service.hub.streams)
            assert service.hub.feeds == []
            assert service.hub.gate.addresses == 0


async def test_a_client_that_closes_its_half_ends_the_stream(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.open()
        client.writer.write_eof()
        await until(lambda: not service.hub.streams)
        await client.rest()


def held_for(subscriber: Subscriber) -> int:
    """Bytes of ours that wait for the client."""
    socket: Any = subscriber.transport
    return int(socket.held if isinstance(socket, AsgiSocket) else socket.get_write_buffer_size())


async def test_a_slow_reader_holds_little_disturbs_nobody_and_gets_everything(
    transport: str,
) -> None:
    async with serving(transport) as service:
        slow, fast = await service.open(), await service.open()
        await until(lambda: len(service.hub.streams) == 2)
        subscriber = service.subscribers[0]
        following = asyncio.ensure_future(fast.until_id(8000))
        for _ in range(80):
            for _ in range(100):
                service.publish(size=2000)
            await service.settle()
        assert await following == list(range(1, 8001))
        stalled = [s for s in service.subscribers if s.state is State.STALLED]
        assert len(stalled) == 1
        assert held_for(stalled[0]) <= 2 * HIGH_WATER
        assert await slow.until_id(8000) == list(range(1, 8001))
        await until(lambda: subscriber.state is State.LIVE)


async def test_readers_that_join_amid_a_storm_miss_and_repeat_nothing(transport: str) -> None:
    async with serving(transport) as service:
        readers: list[tuple[int, Client]] = []
        for _ in range(40):
            for _ in range(5):
                service.publish()
            after = max(0, service.hub.position - 7)
            readers.append((after, await service.open(f"/log?{after}")))
        last = service.publish()
        for after, client in readers:
            assert await client.until_id(last) == list(range(after + 1, last + 1))


async def test_an_owner_that_lost_its_right_loses_its_streams(transport: str) -> None:
    async with serving(transport, timeout_keep_alive=0.1) as service:
        mine, yours = await service.open("/log?mine"), await service.open("/log?yours")
        await until(lambda: len(service.hub.streams) == 2)
        assert service.hub.end(b"mine") == 1
        await mine.rest()
        service.publish()
        assert await yours.until_id(1) == [1]


async def test_even_a_stalled_stream_ends_with_its_owner(transport: str) -> None:
    async with serving(transport) as service:
        client = await service.open("/log?mine")
        await until(lambda: service.hub.streams)
        for _ in range(200):
            service.publish(size=100_000)
            await service.settle()
        assert [stream.paused for stream in service.subscribers] == [True]
        service.hub.end(b"mine")
        await until(lambda: not service.hub.streams)
        client.close()


async def test_a_closed_feed_says_its_last_words(transport: str) -> None:
    async with serving(transport, timeout_keep_alive=0.1) as service:
        client = await service.open()
        await until(lambda: service.hub.streams)
        service.feed("log").close(b"data: farewell\n\n")
        rest = await client.rest()
        assert b"data: farewell\n\n" in rest
        assert rest.endswith(b"0\r\n\r\n" if transport != "handoff" else b"farewell\n\n")


async def test_sockets_that_break_during_a_flush_are_passed_over(transport: str) -> None:
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    async with serving(transport) as service:
        clients = [await service.open() for _ in range(150)]
        await until(lambda: len(service.hub.streams) == 150)
        service.publish()
        await asyncio.sleep(0)
        for client in clients[::2]:
            client.reset()
        for stream in list(service.hub.streams)[::3]:
            stream.transport.abort()
        service.publish()
        await service.settle()
        assert problems == []
