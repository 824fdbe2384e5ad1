"""What comes of a request to a receiver that misbehaves, to the last header."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest
from tests import misbehaving as habits
from tests.certificates import Authority, server_context
from tests.clock import HeldClock
from tests.misbehaving import Habit, misbehaving, response, saying, saying_and_closing
from tests.waiting import SCALE, eventually

from tocsin.app.outgoing import Outgoing
from tocsin.model.exchange import KEPT_LIMIT, Exchange, Fault, Request, Response

CLOCK = HeldClock()
LOOPBACK = [ip_network("127.0.0.0/8")]

# For those who are to be given up, and for those who are not.
SHORT_MS: Final = round(300 * SCALE)
LONG_MS: Final = round(20_000 * SCALE)

FINE = Response(200, {"content-length": "4"}, b"fine")


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    """May call receivers on this machine."""
    made = Outgoing(CLOCK, LOOPBACK)
    yield made
    await made.close()


async def called(
    outgoing: Outgoing, url: str, *, within_ms: int = LONG_MS, verify_tls: bool = True
) -> Exchange:
    """What came of a request, its duration left out."""
    request = Request(url, {"Content-Type": "application/json", "webhook-id": "w-1"}, b'{"a":1}')
    made = await outgoing.exchange(request, within_ms=within_ms, verify_tls=verify_tls)
    assert made.request is request
    return replace(made, duration_ms=0)


def came(there: str, response: Response | None, fault: Fault | None = None) -> Exchange:
    """A request to this URL and what came back."""
    request = Request(there, {"Content-Type": "application/json", "webhook-id": "w-1"}, b'{"a":1}')
    return Exchange(CLOCK.now_ms(), 0, request, response, fault)


def named(value: object) -> str | None:
    """The habit by its name."""
    name = getattr(value, "__name__", None)
    return str(name) if name else None


@pytest.mark.parametrize(
    "habit",
    [habits.never_answers, habits.never_reads, habits.slow_headers, habits.interim_for_ever],
    ids=named,
)
async def test_one_that_has_not_answered_in_time_is_given_up(
    outgoing: Outgoing, habit: Habit
) -> None:
    with misbehaving(habit) as there:
        exchange = await called(outgoing, there.url, within_ms=SHORT_MS)

    assert exchange == came(there.url, None, Fault.TIMEOUT)


async def test_one_whose_body_has_no_end_in_time_is_given_up(outgoing: Outgoing) -> None:
    with misbehaving(habits.slow_body) as there:
        exchange = await called(outgoing, there.url, within_ms=SHORT_MS)

    assert exchange.response is not None
    assert set(exchange.response.body) == set(b"x")
    heard = Response(200, {"content-length": str(habits.ENDLESS)}, exchange.response.body)
    assert exchange == came(there.url, heard, Fault.TIMEOUT)


async def test_what_an_attempt_takes_is_counted_as_a_whole(outgoing: Outgoing) -> None:
    with misbehaving(habits.slow_body) as there:
        request = Request(there.url, {}, b"{}")
        exchange = await outgoing.exchange(request, within_ms=SHORT_MS, verify_tls=True)

    assert exchange.duration_ms >= SHORT_MS


async def test_one_that_lets_nobody_connect_is_given_up(outgoing: Outgoing) -> None:
    with habits.unreachable() as url:
        exchange = await called(outgoing, url, within_ms=SHORT_MS)

    assert exchange == came(url, None, Fault.TIMEOUT)


async def test_one_that_is_not_there(outgoing: Outgoing) -> None:
    with habits.nobody() as url:
        exchange = await called(outgoing, url)

    assert exchange == came(url, None, Fault.CONNECT)


async def test_one_whose_name_is_unknown(outgoing: Outgoing) -> None:
    exchange = await called(outgoing, "http://nowhere.invalid/hook")

    assert exchange == came("http://nowhere.invalid/hook", None, Fault.DNS)


@pytest.mark.parametrize(
    "habit",
    [
        habits.resets_unread,
        habits.resets_in_headers,
        habits.closes_at_once,
        habits.closes_unanswered,
        habits.half_closes,
        habits.headers_never_end,
        habits.one_endless_header,
    ],
    ids=named,
)
async def test_one_that_breaks_off_before_it_has_answered(outgoing: Outgoing, habit: Habit) -> None:
    with misbehaving(habit) as there:
        exchange = await called(outgoing, there.url)

    assert exchange == came(there.url, None, Fault.EOF)


async def test_one_that_breaks_off_at_once(outgoing: Outgoing) -> None:
    """It may do so before or after the connection counts as made."""
    with misbehaving(habits.resets_at_once) as there:
        exchange = await called(outgoing, there.url)

    assert exchange.fault in (Fault.CONNECT, Fault.EOF)
    assert exchange == came(there.url, None, exchange.fault)


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n\r\n",
        b"\x00\xff\x16\x03\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 000 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n",
    ],
)
async def test_one_that_speaks_something_else(outgoing: Outgoing, said: bytes) -> None:
    with misbehaving(saying_and_closing(said)) as there:
        exchange = await called(outgoing, there.url)

    assert exchange == came(there.url, None, Fault.EOF)


@pytest.mark.parametrize(
    ("habit", "heard"),
    [
        (habits.resets_in_body, Response(200, {"content-length": "4"}, b"fi")),
        (
            saying_and_closing(response(200, b"fi", Content_Length="4")),
            Response(200, {"content-length": "4"}, b"fi"),
        ),
        (
            saying_and_closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n"),
            Response(200, {"transfer-encoding": "chunked"}, b"fi"),
        ),
    ],
    ids=["resets", "falls short", "no last chunk"],
)
async def test_one_that_breaks_off_in_its_body(
    outgoing: Outgoing, habit: Habit, heard: Response
) -> None:
    with misbehaving(habit) as there:
        exchange = await called(outgoing, there.url)

    assert exchange == came(there.url, heard, Fault.EOF)


@pytest.mark.parametrize("habit", [habits.body_never_ends, habits.chunks_never_end], ids=named)
async def test_one_that_never_ends_counts_by_its_status_once_enough_is_read(
    outgoing: Outgoing, habit: Habit
) -> None:
    with misbehaving(habit) as there:
        exchange = await called(outgoing, there.url)

    assert exchange.response is not None
    assert (exchange.response.status, exchange.fault) == (200, None)
    assert exchange.response.body == b"x" * KEPT_LIMIT


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nfine", Response(200, {}, b"fine")),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfine",
            Response(200, {"connection": "close"}, b"fine"),
        ),
        (b"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nfine", FINE),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response(200, b"fine"), FINE),
        (response(200, b"fine") + response(500, b"and more"), FINE),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Response(204)),
    ],
    ids=["HTTP/1.0", "until closed", "no reason", "hints", "says too much", "no content"],
)
async def test_one_that_is_understood_all_the_same(
    outgoing: Outgoing, said: bytes, heard: Response
) -> None:
    with misbehaving(saying_and_closing(said)) as there:
        exchange = await called(outgoing, there.url)

    assert exchange == came(there.url, heard)


async def test_one_that_says_twice_that_it_will_go_on_counts_by_what_it_says_then(
    outgoing: Outgoing,
) -> None:
    with misbehaving(habits.continues_first) as there:
        exchanges = [await called(outgoing, there.url) for _ in range(2)]

    assert exchanges == [came(there.url, FINE)] * 2


async def test_one_that_closes_half_after_its_answer(outgoing: Outgoing) -> None:
    with misbehaving(habits.half_closes_after_answer) as there:
        exchange = await called(outgoing, there.url)

    assert exchange == came(there.url, Response(200, {}, b"fine"))


@pytest.mark.parametrize(
    "status",
    [200, 201, 202, 204, 301, 302, 303, 307, 308, 400, 404, 408, 410, 413, 425, 429, 500, 503, 599],
)
async def test_whatever_status_is_answered_is_what_came(outgoing: Outgoing, status: int) -> None:
    with misbehaving(habits.answers(status, Retry_After="7")) as there:
        exchanges = [await called(outgoing, there.url) for _ in range(2)]

    heard = Response(status, {"content-length": "0", "retry-after": "7"})
    assert exchanges == [came(there.url, heard)] * 2
    assert there.calls == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_nowhere(outgoing: Outgoing, status: int) -> None:
    with misbehaving(habits.answers(200)) as elsewhere:
        for location in (elsewhere.url, "/hook", "http://169.254.169.254/", "file:///etc/passwd"):
            with misbehaving(habits.answers(status, Location=location)) as there:
                exchange = await called(outgoing, there.url)
            heard = Response(status, {"content-length": "0", "location": location})
            assert exchange == came(there.url, heard)
            assert len(there.got) == 1
    assert elsewhere.calls == 0


async def test_one_that_closes_what_it_promised_to_keep_open_is_called_anew(
    outgoing: Outgoing,
) -> None:
    with misbehaving(habits.keeps_alive_then_closes) as there:
        exchanges = [await called(outgoing, there.url) for _ in range(5)]

    assert [one.response.body for one in exchanges if one.response] == [b"fine"] * 5
    assert all(one.fault is None for one in exchanges)
    assert len(there.got) == 5


async def test_one_that_closes_just_when_it_is_called_again_is_called_anew_at_once(
    outgoing: Outgoing,
) -> None:
    def closes_when_called_again(call: habits.Call) -> None:
        call.request()
        call.say(response(200, b"fine"))
        call.peer.recv(1)
        call.reset()

    with misbehaving(closes_when_called_again) as there:
        exchanges = [await called(outgoing, there.url) for _ in range(3)]

    assert exchanges == [came(there.url, FINE)] * 3
    assert len(there.got) == 3


async def test_one_that_flaps_is_told_apart_each_time(outgoing: Outgoing) -> None:
    fails = habits.answers(500, Connection="close")
    agrees = habits.answers(200, Connection="close")
    with misbehaving(habits.in_turn(fails, agrees, habits.resets_unread, agrees)) as there:
        exchanges = [await called(outgoing, there.url) for _ in range(4)]

    outcomes = [(one.response.status if one.response else None, one.fault) for one in exchanges]
    assert outcomes == [(500, None), (200, None), (None, Fault.EOF), (200, None)]


async def test_what_breaks_off_leaves_nothing_for_the_next_request(outgoing: Outgoing) -> None:
    """An answer that came too late must not be taken for that to the next request."""
    late = asyncio.Event()
    loop = asyncio.get_running_loop()

    def answers_late(call: habits.Call) -> None:
        call.request()
        if call.number == 1:
            call.wait()
            loop.call_soon_threadsafe(late.set)
        call.say(response(200 if call.number > 1 else 500, b"fine"))

    with misbehaving(answers_late) as there:
        first = await called(outgoing, there.url, within_ms=SHORT_MS)
        await late.wait()
        second = await called(outgoing, there.url)

    assert (first, second) == (came(there.url, None, Fault.TIMEOUT), came(there.url, FINE))


async def test_a_request_that_is_abandoned_is_hung_up(outgoing: Outgoing) -> None:
    left = threading.Event()

    def never_answers(call: habits.Call) -> None:
        habits.never_answers(call)
        left.set()

    with misbehaving(never_answers) as there:
        task = asyncio.create_task(called(outgoing, there.url))
        await asyncio.to_thread(eventually, lambda: len(there.got) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(eventually, left.is_set)


# What is wrong with a certificate, and whom it is for.
WRONG: Final = [("elsewhere.example", (-1, 1)), ("127.0.0.1", (-3, -1)), ("127.0.0.1", (1, 3))]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that is trusted here."""
    made = Authority(tmp_path)
    trusting = ssl.create_default_context(cafile=made.path)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    return made


async def test_a_certificate_of_an_authority_is_taken(
    outgoing: Outgoing, authority: Authority
) -> None:
    with misbehaving(habits.answers(200, b"fine"), authority.server("127.0.0.1")) as there:
        assert await called(outgoing, there.url) == came(there.url, FINE)


@pytest.mark.parametrize(("name", "days"), WRONG, ids=["name", "expired", "not yet"])
async def test_a_certificate_that_is_wrong_is_refused(
    outgoing: Outgoing, authority: Authority, name: str, days: tuple[int, int]
) -> None:
    with misbehaving(habits.answers(200, b"fine"), authority.server(name, days)) as there:
        assert await called(outgoing, there.url) == came(there.url, None, Fault.TLS)
        assert there.got == []
        assert await called(outgoing, there.url, verify_tls=False) == came(there.url, FINE)


async def test_a_certificate_that_nobody_vouches_for_is_refused_unless_that_is_wanted(
    outgoing: Outgoing, tmp_path: Path
) -> None:
    with misbehaving(habits.answers(200, b"fine"), server_context(tmp_path)) as there:
        assert await called(outgoing, there.url, verify_tls=False) == came(there.url, FINE)
        assert await called(outgoing, there.url) == came(there.url, None, Fault.TLS)
        assert len(there.got) == 1


async def test_one_that_does_not_encrypt_where_it_has_to(outgoing: Outgoing) -> None:
    with misbehaving(saying(response(200))) as there:
        url = there.url.replace("http:", "https:")
        assert await called(outgoing, url, within_ms=SHORT_MS) == came(url, None, Fault.TIMEOUT)
    with misbehaving(habits.greets) as there:
        url = there.url.replace("http:", "https:")
        assert await called(outgoing, url) == came(url, None, Fault.TLS)


async def test_one_that_encrypts_where_it_must_not(outgoing: Outgoing, tmp_path: Path) -> None:
    with misbehaving(habits.answers(200), server_context(tmp_path)) as there:
        url = there.url.replace("https:", "http:")
        assert await called(outgoing, url) == came(url, None, Fault.EOF)
    assert there.got == []
