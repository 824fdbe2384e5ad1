"""Taking the socket from uvicorn: what must be gone, what must not happen any more."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.push.service import App, serving, until

from tocsin.push.asgi import AsgiSocket, Message, Receive, Send
from tocsin.push.handoff import EXTENSION


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Without the cycle collector only what nobody refers to goes away."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def test_request_and_protocol_are_gone_once_the_socket_is_taken() -> None:
    seen: list[weakref.ref[Any]] = []

    def spy(app: App) -> App:
        async def spying(scope: Any, receive: Receive, send: Send) -> None:
            cycle = scope["extensions"][EXTENSION]._cycle()
            task = asyncio.current_task()
            seen.extend(map(weakref.ref, (cycle, cycle.transport.get_protocol(), task)))
            await app(scope, receive, send)

        return spying

    async with serving("handoff", wrap=spy) as service:
        with nothing_collected():
            client = await service.open()
            await until(lambda: service.hub.streams)
            await until(lambda: all(ref() is None for ref in seen))
            assert len(seen) == 3
            client.close()


async def test_a_request_that_never_uses_its_claim_leaves_no_garbage() -> None:
    seen: list[weakref.ref[Any]] = []

    def spy(app: App) -> App:
        async def spying(scope: Any, receive: Receive, send: Send) -> None:
            seen.append(weakref.ref(scope["extensions"][EXTENSION]._cycle()))
            await app(scope, receive, send)

        return spying

    async with serving("handoff", wrap=spy) as service:
        with nothing_collected():
            client = await service.connect()
            for _ in range(2):
                await client.request("GET /else HTTP/1.1")
                await client.head()
                await client.exactly(2)
            await until(lambda: seen[0]() is None)


@pytest.mark.asyncio(loop_factories=["uvloop"])  # asyncio's transports are cycles themselves
async def test_a_stream_is_gone_once_its_client_is() -> None:
    async with serving("handoff") as service:
        with nothing_collected():
            client = await service.open()
            await until(lambda: service.hub.streams)
            stream = weakref.ref(next(iter(service.hub.streams)).transport)
            client.close()
            await until(lambda: stream() is None)


async def test_uvicorn_believes_every_answer_complete(caplog: pytest.LogCaptureFixture) -> None:
    async with serving("handoff") as service:
        client = await service.connect()
        await client.send(
            b"GET /else HTTP/1.1\r\nHost: a\r\n\r\nGET /log HTTP/1.1\r\nHost: a\r\n\r\n"
            b"GET /else HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        await client.head()
        await client.exactly(2)
        head = await client.head()
        assert b"connection: close" in head
        assert b"transfer-encoding" not in head
        service.publish()
        await client.until_id(1)
        assert not service.server.server_state.connections
        assert not service.server.server_state.tasks
        service.hub.end(b"")
        assert await client.rest() == b""
    assert caplog.records == []


async def test_what_a_client_says_after_its_request_is_ignored_if_it_is_little() -> None:
    async with serving("handoff") as service:
        client = await service.open()
        await client.send(b"hello?\r\n" * 100)
        service.publish()
        assert await client.until_id(1) == [1]


async def test_a_client_that_goes_on_talking_is_cut_off() -> None:
    async with serving("handoff") as service:
        client = await service.open()
        await until(lambda: service.hub.streams)
        await client.send(b"x" * 10_000)
        await until(lambda: not service.hub.streams)


async def test_a_paused_socket_is_read_again_so_that_its_end_is_seen() -> None:
    async with serving("handoff") as service:
        client = await service.connect()
        await client.send(b"GET /log HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        await client.head()
        await until(lambda: service.hub.streams)
        client.close()
        await until(lambda: not service.hub.streams)


async def test_what_a_middleware_sends_late_is_dropped() -> None:
    late: list[str] = []

    def wrap(app: App) -> App:
        async def chatty(scope: Any, receive: Receive, send: Send) -> None:
            await app(scope, receive, send)
            await send({"type": "http.response.body", "body": b"too late"})
            late.append((await receive())["type"])

        return chatty

    async with serving("handoff", wrap=wrap) as service:
        client = await service.open()
        await until(lambda: late)
        service.publish()
        assert await client.until_id(1) == [1]
        assert late == ["http.disconnect"]
        assert b"too late" not in client.raw


async def test_behind_a_middleware_that_holds_the_head_back_the_server_keeps_the_socket() -> None:
    def wrap(app: App) -> App:
        async def hesitant(scope: Any, receive: Receive, send: Send) -> None:
            held: list[Message] = []

            async def send_with_body(message: Message) -> None:
                held.append(message)
                if message["type"] == "http.response.body":
                    while held:
                        await send(held.pop(0))

            await app(scope, receive, send_with_body)

        return hesitant

    async with serving("handoff", wrap=wrap) as service:
        client = await service.connect()
        await client.request("GET /log HTTP/1.1")
        await until(lambda: service.hub.streams)
        assert isinstance(next(iter(service.hub.streams)).transport, AsgiSocket)
        assert b"transfer-encoding: chunked" in await client.head()
        service.publish()
        assert await client.until_id(1) == [1]


async def test_a_client_gone_before_the_head_leaves_nothing_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    over: list[bool] = []

    def wrap(app: App) -> App:
        async def slow(scope: Any, receive: Receive, send: Send) -> None:
            cycle = scope["extensions"][EXTENSION]._cycle()
            await until(lambda: cycle.disconnected)
            await app(scope, receive, send)
            over.append(True)

        return slow

    async with serving("handoff", wrap=wrap) as service:
        client = await service.connect()
        await client.request("GET /log HTTP/1.1")
        client.close()
        await until(lambda: over)
        assert not service.hub.streams
    assert caplog.records == []


async def test_a_client_gone_with_the_head_leaves_nothing_behind() -> None:
    over: list[bool] = []

    def wrap(app: App) -> App:
        async def breaking(scope: Any, receive: Receive, send: Send) -> None:
            async def send_and_break(message: Message) -> None:
                await send(message)
                scope["extensions"][EXTENSION]._cycle().transport.transport.abort()

            await app(scope, receive, send_and_break)
            over.append(True)

        return breaking

    async with serving("handoff", wrap=wrap) as service:
        client = await service.connect()
        await client.request("GET /log HTTP/1.1")
        await until(lambda: over)
        assert not service.hub.streams
        assert service.hub.gate.addresses == 0


async def test_a_middleware_that_fails_on_the_head_ends_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def wrap(app: App) -> App:
        async def failing(scope: Any, receive: Receive, send: Send) -> None:
            async def send_and_fail(message: Message) -> None:
                await send(message)
                raise RuntimeError("out of order")

            await app(scope, receive, send_and_fail)

        return failing

    async with serving("handoff", wrap=wrap) as service:
        client = await service.connect()
        await client.request("GET /log HTTP/1.1")
        assert await client.rest() == b""
        assert not service.hub.streams
    assert "out of order" in caplog.text


async def test_a_stream_that_cannot_start_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    async with serving("handoff") as service:
        feed = service.feed("log")
        feed.close()
        service.feed = lambda key: feed  # type: ignore[method-assign]
        client = await service.open()
        assert await client.rest() == b""
        await until(lambda: not service.hub.streams)
    assert "is closed" in caplog.text


async def test_an_upgrade_is_a_request_like_any_other() -> None:
    async with serving("handoff") as service:
        client = await service.connect()
        await client.request("GET /log HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket")
        assert b"text/event-stream" in await client.head()


@pytest.mark.parametrize("split", [0, 3, 18])
@pytest.mark.parametrize("upgrade", [b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b""])
@pytest.mark.parametrize(
    ("framing", "body"),
    [(b"Content-Length: 5", b"hello"), (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n\r\n")],
)
async def test_the_body_of_who_wishes_for_another_protocol_is_read(
    framing: bytes, body: bytes, upgrade: bytes, split: int
) -> None:
    """As Java's client does with the first request of a connection."""
    bodies = []

    def reading(app: App) -> App:
        async def read(scope: Any, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] == "POST":
                bodies.append(await whole(receive))
            await app(scope, receive, send)

        return read

    async with serving("handoff", wrap=reading) as service:
        client = await service.connect()
        post = b"POST /else HTTP/1.1\r\nHost: a\r\n%b%b\r\n\r\n" % (upgrade, framing)
        for _ in range(2):
            await client.send(post + body[:split])
            await client.send(body[split:] + b"GET /else HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in range(2):
                assert b" 200 " in await client.head()
                assert await client.exactly(2) == b"ok"
        client.close()
    assert bodies == [b"hello"] * 2


async def whole(receive: Receive) -> bytes:
    """The body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
