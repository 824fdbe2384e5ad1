"""Requests to addresses that strangers gave, to receivers of every kind."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.certificates import server_context
from tests.receiver import Got, receiver, status

from tocsin.app.outgoing import Answer, Outgoing, Unanswered

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


@pytest.fixture
async def open_() -> AsyncIterator[Outgoing]:
    """May call receivers on this machine."""
    outgoing = Outgoing(LOOPBACK)
    yield outgoing
    await outgoing.close()


@pytest.fixture
async def closed() -> AsyncIterator[Outgoing]:
    """As operators have it who set nothing."""
    outgoing = Outgoing()
    yield outgoing
    await outgoing.close()


async def post(outgoing: Outgoing, url: str, within_s: float = 10) -> Answer:
    return await outgoing.post(url, b"{}", {"X-Name": "x"}, within_s=within_s, keep=1_000)


async def reason(outgoing: Outgoing, url: str, within_s: float = 10) -> str:
    with pytest.raises(Unanswered) as failure:
        await post(outgoing, url, within_s)
    return str(failure.value)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def raw(serve: Serve) -> AsyncIterator[str]:
    """The URL of a server that speaks as the test has it."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def test_a_request_arrives_and_its_answer_comes_back(open_: Outgoing) -> None:
    async with receiver() as there:

        async def answer(got: Got) -> web.StreamResponse:
            return web.Response(status=503, body=b"x" * 5_000, headers={"Retry-After": "7"})

        there.answer = answer
        assert await post(open_, f"{there.url}?a=1") == Answer(503, b"x" * 1_000, "7")
    (got,) = there.got
    assert (got.path, got.body, got.headers["x-name"]) == ("/hook?a=1", b"{}", "x")
    assert got.headers["user-agent"].startswith("Tocsin/")
    assert got.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1.2.3",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "100.64.0.1",
        "224.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "017700000001",
    ],
)
async def test_nothing_inside_is_called_in_whatever_writing(closed: Outgoing, host: str) -> None:
    async with receiver() as there:
        port = there.url.split(":")[2].removesuffix("/hook")
        assert await reason(closed, f"http://{host}:{port}/hook") in ("refused_address", "dns")
    assert there.got == []


async def test_the_metadata_service_stays_closed_to_who_allowed_loopback(open_: Outgoing) -> None:
    assert await reason(open_, "http://169.254.169.254/latest/meta-data/") == "refused_address"


def resolving(*addresses: str) -> Callable[..., Coroutine[Any, Any, list[Any]]]:
    """A resolver that knows these addresses for every name."""

    async def getaddrinfo(_: object, host: str, port: int, **options: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]

    return getaddrinfo


async def test_a_name_is_refused_when_one_of_its_addresses_is(
    open_: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = type(asyncio.get_running_loop())
    async with receiver() as there:
        url = there.url.replace("127.0.0.1", "mixed.example")
        monkeypatch.setattr(loop, "getaddrinfo", resolving("127.0.0.1", "10.0.0.1"))
        assert await reason(open_, url) == "refused_address"
        assert there.got == []
        monkeypatch.setattr(loop, "getaddrinfo", resolving("127.0.0.1"))
        assert (await post(open_, url.replace("mixed", "right"))).status == 204


async def test_a_name_that_changes_between_check_and_use_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the resolver said does not count, but the address that is about to be connected."""
    outgoing = Outgoing()
    loop = type(asyncio.get_running_loop())
    monkeypatch.setattr(loop, "getaddrinfo", resolving("127.0.0.1"))
    monkeypatch.setattr("tocsin.app.outgoing._check_all", lambda found, allowed: None)
    async with receiver() as there:
        url = there.url.replace("127.0.0.1", "rebound.example")
        assert await reason(outgoing, url) == "refused_address"
        assert there.got == []
    await outgoing.close()


async def test_redirects_are_not_followed(open_: Outgoing) -> None:
    async with receiver() as secret, receiver() as there:
        there.answer = status(307, Location=secret.url)
        assert (await post(open_, there.url)).status == 307
    assert secret.got == []


async def test_no_proxy_comes_between(open_: Outgoing, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as there:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert (await post(open_, there.url)).status == 204
    assert proxy.got == []


async def test_cookies_of_a_receiver_are_not_kept(open_: Outgoing) -> None:
    async with receiver() as there:
        there.answer = status(200, **{"Set-Cookie": "a=b"})
        await post(open_, there.url)
        await post(open_, there.url)
    assert all("cookie" not in got.headers for got in there.got)


async def test_a_bomb_is_not_unpacked(open_: Outgoing) -> None:
    packed = gzip.compress(b"\0" * 10_000_000)

    async def answer(got: Got) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with receiver() as there:
        there.answer = answer
        assert (await post(open_, there.url)).body == packed[:1_000]


async def test_one_that_never_answers_is_given_up(open_: Outgoing) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw(silent) as url:
        assert await reason(open_, url, within_s=0.2) == "timeout"


async def test_one_that_trickles_is_given_up_as_a_whole(open_: Outgoing) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.01)

    async with raw(trickle) as url:
        assert await reason(open_, url, within_s=0.3) == "timeout"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"\x00\xff\r\n\r\n"])
async def test_one_that_breaks_off_or_speaks_nonsense(open_: Outgoing, said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(said)
        writer.close()

    async with raw(serve) as url:
        assert await reason(open_, url) == "eof"


async def test_an_endless_answer_is_cut(open_: Outgoing) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with raw(endless) as url:
        assert len((await post(open_, url)).body) == 1_000


async def test_endless_headers_are_cut(open_: Outgoing) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"a: " + b"x" * 8_000 + b"\r\n")
            await writer.drain()

    async with raw(endless) as url:
        assert await reason(open_, url) == "eof"


async def test_nobody_there(open_: Outgoing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert await reason(open_, f"http://127.0.0.1:{port}/") == "connect"
    assert await reason(open_, "http://nowhere.invalid/") == "dns"


async def test_a_certificate_that_nobody_vouches_for(open_: Outgoing, tmp_path: Path) -> None:
    async with receiver(tls=server_context(tmp_path)) as there:
        assert await reason(open_, there.url) == "tls"
    assert there.got == []


async def test_many_stalled_ones_use_up_nobody_elses_connections(open_: Outgoing) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw(silent) as url, receiver() as there:
        stalled = [asyncio.create_task(reason(open_, url, within_s=30)) for _ in range(150)]
        await asyncio.sleep(0)
        assert (await post(open_, there.url)).status == 204
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)
