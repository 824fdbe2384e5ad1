"""Requests to addresses that strangers gave, to receivers of every kind."""

import asyncio
import contextlib
import gzip
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.certificates import server_context
from tests.clock import HeldClock
from tests.receiver import Got, receiver, status

from tocsin.app import lookup
from tocsin.app.outgoing import Outgoing
from tocsin.model.exchange import KEPT_LIMIT, Exchange, Fault, Request, Response

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


@pytest.fixture
async def open_() -> AsyncIterator[Outgoing]:
    """May call receivers on this machine."""
    outgoing = Outgoing(HeldClock(), LOOPBACK)
    yield outgoing
    await outgoing.close()


@pytest.fixture
async def closed() -> AsyncIterator[Outgoing]:
    """As operators have it who set nothing."""
    outgoing = Outgoing(HeldClock())
    yield outgoing
    await outgoing.close()


async def exchange(outgoing: Outgoing, url: str, within_ms: int = 10_000) -> Exchange:
    request = Request(url, {"X-Name": "x"}, b"{}")
    return await outgoing.exchange(request, within_ms=within_ms)


async def post(outgoing: Outgoing, url: str) -> Response:
    """What was answered, in full."""
    exchanged = await exchange(outgoing, url)
    assert exchanged.fault is None
    assert exchanged.response is not None
    return exchanged.response


async def fault(outgoing: Outgoing, url: str, within_ms: int = 10_000) -> Fault | None:
    """Why nothing was answered."""
    exchanged = await exchange(outgoing, url, within_ms)
    assert exchanged.response is None
    return exchanged.fault


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
        exchanged = await exchange(open_, f"{there.url}?a=1")
    assert (exchanged.started_at_ms, exchanged.fault) == (HeldClock().now_ms(), None)
    assert exchanged.request == Request(f"{there.url}?a=1", {"X-Name": "x"}, b"{}")
    assert exchanged.response is not None
    assert (exchanged.response.status, exchanged.response.body) == (503, b"x" * KEPT_LIMIT)
    assert exchanged.response.headers["retry-after"] == "7"
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
        assert await fault(closed, f"http://{host}:{port}/hook") is Fault.REFUSED_ADDRESS
    assert there.got == []


async def test_the_metadata_service_stays_closed_to_who_allowed_loopback(open_: Outgoing) -> None:
    assert await fault(open_, "http://169.254.169.254/latest/meta-data/") is Fault.REFUSED_ADDRESS


def resolving(*addresses: str) -> Callable[..., Coroutine[Any, Any, list[Any]]]:
    """A resolver that knows these addresses for every name."""

    async def look_up(host: str, port: int, *options: int) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]

    return look_up


async def test_a_name_is_refused_when_one_of_its_addresses_is(
    open_: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver() as there:
        url = there.url.replace("127.0.0.1", "mixed.example")
        monkeypatch.setattr(lookup, "look_up", resolving("127.0.0.1", "10.0.0.1"))
        assert await fault(open_, url) is Fault.REFUSED_ADDRESS
        assert there.got == []
        monkeypatch.setattr(lookup, "look_up", resolving("127.0.0.1"))
        assert (await post(open_, url.replace("mixed", "right"))).status == 204


async def test_a_name_that_changes_between_check_and_use_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the resolver said does not count, but the address that is about to be connected."""
    outgoing = Outgoing(HeldClock())
    monkeypatch.setattr(lookup, "look_up", resolving("127.0.0.1"))
    monkeypatch.setattr("tocsin.app.http_client._check_all", lambda found, allowed: None)
    async with receiver() as there:
        url = there.url.replace("127.0.0.1", "rebound.example")
        assert await fault(outgoing, url) is Fault.REFUSED_ADDRESS
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
        assert (await post(open_, there.url)).body == packed[:KEPT_LIMIT]


async def test_one_that_never_answers_is_given_up(open_: Outgoing) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw(silent) as url:
        assert await fault(open_, url, within_ms=200) is Fault.TIMEOUT


async def test_one_that_trickles_is_given_up_as_a_whole(open_: Outgoing) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.01)

    async with raw(trickle) as url:
        exchanged = await exchange(open_, url, within_ms=300)
    assert exchanged.fault is Fault.TIMEOUT
    assert exchanged.response is not None
    assert exchanged.response.status == 200


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"\x00\xff\r\n\r\n"])
async def test_one_that_breaks_off_or_speaks_nonsense(open_: Outgoing, said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(said)
        writer.close()

    async with raw(serve) as url:
        assert await fault(open_, url) is Fault.EOF


async def test_an_endless_answer_is_cut(open_: Outgoing) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with raw(endless) as url:
        assert len((await post(open_, url)).body) == KEPT_LIMIT


async def test_endless_headers_are_cut(open_: Outgoing) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"a: " + b"x" * 8_000 + b"\r\n")
            await writer.drain()

    async with raw(endless) as url:
        assert await fault(open_, url) is Fault.EOF


async def test_nobody_there(open_: Outgoing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert await fault(open_, f"http://127.0.0.1:{port}/") is Fault.CONNECT
    assert await fault(open_, "http://nowhere.invalid/") is Fault.DNS


async def test_a_certificate_that_nobody_vouches_for(open_: Outgoing, tmp_path: Path) -> None:
    async with receiver(tls=server_context(tmp_path)) as there:
        assert await fault(open_, there.url) is Fault.TLS
    assert there.got == []


async def test_a_certificate_need_not_be_verified(open_: Outgoing, tmp_path: Path) -> None:
    async with receiver(tls=server_context(tmp_path)) as there:
        request = Request(there.url, {}, b"{}")
        taken = await open_.exchange(request, within_ms=10_000, verify_tls=False)
        assert taken.fault is None
        assert await fault(open_, there.url) is Fault.TLS


@pytest.mark.parametrize("url", ["http://a:b@{}/", "http://a@{}/", "http://:b@{}/"])
async def test_user_info_is_refused(open_: Outgoing, url: str) -> None:
    async with receiver() as there:
        place = there.url.removeprefix("http://").removesuffix("/hook")
        assert await fault(open_, url.format(place)) is Fault.REFUSED_ADDRESS
    assert there.got == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ftp://127.0.0.1/", Fault.REFUSED_ADDRESS),
        ("http:///path", Fault.REFUSED_ADDRESS),
        ("http://127.0.0.1:99999/", Fault.REFUSED_ADDRESS),
        ("http://[::1/", Fault.REFUSED_ADDRESS),
        ("", Fault.REFUSED_ADDRESS),
        ("http://a..b/", Fault.DNS),
        (f"http://{'a' * 70}.example/", Fault.DNS),
    ],
)
async def test_what_is_no_url_to_call(open_: Outgoing, url: str, expected: Fault) -> None:
    assert await fault(open_, url) is expected


async def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came(open_: Outgoing) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        writer.close()

    async with raw(break_off) as url:
        exchanged = await exchange(open_, url)
    assert exchanged.fault is Fault.EOF
    assert exchanged.response == Response(200, {"content-length": "100"}, b"half")


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.0 200 OK\r\n\r\nwhole",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwho\r\n2\r\nle\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole",
    ],
)
async def test_an_answer_ends_however_http_has_it(open_: Outgoing, said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(said)
        writer.close()

    async with raw(serve) as url:
        answer = await post(open_, url)
    assert (answer.status, answer.body) == (200, b"whole")


async def test_no_more_of_the_headers_is_kept_than_anybody_reads(open_: Outgoing) -> None:
    async def many(got: Got) -> web.StreamResponse:
        response = web.Response()
        for number in range(110):
            response.headers[f"X-{number}"] = "a"
        return response

    async def long(got: Got) -> web.StreamResponse:
        return web.Response(headers={f"X-{number}": "a" * 4_000 for number in range(5)})

    async with receiver() as there:
        there.answer = many
        assert len((await post(open_, there.url)).headers) == 100
        there.answer = long
        assert set((await post(open_, there.url)).headers) == {"x-0", "x-1", "x-2", "x-3"}


async def test_headers_of_one_name_are_one_and_what_is_no_text_becomes_some(
    open_: Outgoing,
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 204 No Content\r\nX-A: 1\r\nx-a: 2\r\nX-B: \xff\r\n\r\n")

    async with raw(serve) as url:
        assert (await post(open_, url)).headers == {"x-a": "1, 2", "x-b": "\ufffd"}


async def test_a_connection_that_was_closed_meanwhile_is_no_failure(open_: Outgoing) -> None:
    """The receiver takes one request on a connection, and closes it once the second has come."""
    requests = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"{}")
        requests += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"{}")
            requests += 1
        writer.close()

    async with raw(once) as url:
        assert (await post(open_, url)).status == 200
        assert (await post(open_, url)).status == 200
    assert requests == 3


async def test_a_new_connection_that_fails_is_one(open_: Outgoing) -> None:
    requests = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"{}")
        requests += 1
        writer.close()

    async with raw(refuse) as url:
        assert await fault(open_, url) is Fault.EOF
    assert requests == 1


async def test_many_stalled_ones_use_up_nobody_elses_connections(open_: Outgoing) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw(silent) as url, receiver() as there:
        stalled = [asyncio.create_task(fault(open_, url)) for _ in range(150)]
        await asyncio.sleep(0)
        assert (await post(open_, there.url)).status == 204
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)


async def test_names_that_nobody_answers_for_hold_up_no_other(
    open_: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    getaddrinfo = socket.getaddrinfo

    def resolve(host: str, *args: Any, **options: Any) -> Any:
        if host.startswith("silent"):
            answered.wait()
        return getaddrinfo("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with receiver() as there:
        urls = [there.url.replace("127.0.0.1", f"silent{number}.test") for number in range(64)]
        stalled = [asyncio.create_task(exchange(open_, url)) for url in urls]
        answer = await post(open_, there.url.replace("127.0.0.1", "quick.test"))
        assert answer.status == 204
        assert not any(one.done() for one in stalled)
        answered.set()
        assert [one.fault for one in await asyncio.gather(*stalled)] == [None] * 64
