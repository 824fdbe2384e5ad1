"""Nothing that a stranger writes in a URL, or says in the DNS, leads into our own network."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Final

import pytest
from tests.clock import HeldClock
from tests.hostile_urls import KEPT, LITERALS, REFUSED, UNKNOWN, Network
from tests.misbehaving import Misbehaving, answers, misbehaving

from tocsin.app.outgoing import Outgoing
from tocsin.model.exchange import Exchange, Fault, Request


@pytest.fixture
async def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """All that the loop of the test can see."""
    return replaced(Network(), monkeypatch)


def replaced(network: Network, patch: pytest.MonkeyPatch) -> Network:
    """The same, seen by the loop of the test."""
    network.replace(type(asyncio.get_running_loop()), patch)
    return network


@pytest.fixture
def inside() -> Iterator[Misbehaving]:
    """Somebody on loopback who would answer."""
    with misbehaving(answers(200)) as there:
        yield there


@asynccontextmanager
async def outgoing(*allowed: str) -> AsyncIterator[Outgoing]:
    made = Outgoing(HeldClock(), [ip_network(one) for one in allowed])
    try:
        yield made
    finally:
        await made.close()


async def called(outgoing: Outgoing, url: str, there: Misbehaving) -> Exchange:
    port = there.url.rpartition(":")[2].removesuffix("/hook")
    request = Request(url.replace("PORT", port), {}, b"{}")
    return await outgoing.exchange(request, within_ms=20_000, verify_tls=True)


def test_the_table_is_long_enough() -> None:
    assert len(LITERALS) == len(set(LITERALS)) >= 60
    assert len(KEPT + REFUSED) == len({*KEPT, *REFUSED}) >= 120


@pytest.mark.parametrize("url", KEPT + REFUSED, ids=ascii)
async def test_a_hostile_url_is_refused(network: Network, inside: Misbehaving, url: str) -> None:
    async with outgoing() as closed:
        exchange = await called(closed, url, inside)

    assert (exchange.response, exchange.fault) == (None, Fault.REFUSED_ADDRESS)
    assert (network.connected, inside.calls) == ([], 0)


@pytest.mark.parametrize("host", UNKNOWN)
async def test_what_is_no_name_is_nobody(network: Network, inside: Misbehaving, host: str) -> None:
    async with outgoing() as closed:
        exchange = await called(closed, f"http://{host}:PORT/hook", inside)

    assert (exchange.response, exchange.fault) == (None, Fault.DNS)
    assert (network.connected, inside.calls) == ([], 0)


async def test_a_name_of_somebody_outside_is_called(network: Network, inside: Misbehaving) -> None:
    """The guard lets through what it should: without this the table would prove nothing."""
    async with outgoing() as closed:
        exchange = await called(closed, "http://public.example:PORT/hook", inside)

    assert exchange.fault is Fault.CONNECT
    assert (network.asked, network.connected) == (["public.example"], ["8.8.8.8"])


@pytest.mark.parametrize("inner", ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1"])
async def test_a_name_that_is_bound_anew_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, inside: Misbehaving, inner: str
) -> None:
    """What was asked for the check is what is connected: nobody asks again in between."""
    network = replaced(Network({"rebound.example": [["8.8.8.8"], [inner]]}), monkeypatch)
    async with outgoing() as closed:
        first = await called(closed, "http://rebound.example:PORT/hook", inside)
        assert (network.asked, network.connected) == (["rebound.example"], ["8.8.8.8"])
    async with outgoing() as closed:
        second = await called(closed, "http://rebound.example:PORT/hook", inside)

    assert (first.fault, second.fault) == (Fault.CONNECT, Fault.REFUSED_ADDRESS)
    assert (network.connected, inside.calls) == (["8.8.8.8"], 0)


async def test_a_name_that_is_bound_to_and_fro_is_never_followed_inside(
    monkeypatch: pytest.MonkeyPatch, inside: Misbehaving
) -> None:
    to_and_fro = [["8.8.8.8"], ["127.0.0.1"]] * 5
    network = replaced(Network({"rebound.example": to_and_fro}), monkeypatch)
    async with outgoing() as closed:
        faults = {
            (await called(closed, "http://rebound.example:PORT/hook", inside)).fault
            for _ in range(10)
        }

    assert faults <= {Fault.CONNECT, Fault.REFUSED_ADDRESS}
    assert (set(network.connected), inside.calls) == ({"8.8.8.8"}, 0)


LOOPBACK_4: Final = ("127.0.0.0/8",)
LOOPBACK_6: Final = ("::1/128",)
MIXED: Final = {"both.example": [["127.0.0.1", "::1"]], "one.example": [["127.0.0.1"]]}


@pytest.mark.parametrize(
    ("allowed", "host", "connected"),
    [
        (LOOPBACK_4, "127.0.0.1", ["127.0.0.1"]),
        (LOOPBACK_4, "0x7f.1", ["127.0.0.1"]),
        (LOOPBACK_4, "[::ffff:127.0.0.1]", ["::ffff:7f00:1"]),
        (LOOPBACK_4, "[64:ff9b::7f00:1]", ["64:ff9b::7f00:1"]),
        (LOOPBACK_4, "[::1]", []),
        (LOOPBACK_4, "[::ffff:10.0.0.1]", []),
        (LOOPBACK_4, "0.0.0.0", []),
        (LOOPBACK_4, "10.0.0.1", []),
        (LOOPBACK_4, "169.254.169.254", []),
        (LOOPBACK_4, "one.example", ["127.0.0.1"]),
        (LOOPBACK_4, "both.example", []),
        (LOOPBACK_6, "[::1]", ["::1"]),
        (LOOPBACK_6, "127.0.0.1", []),
        (LOOPBACK_6, "[::ffff:127.0.0.1]", []),
        (LOOPBACK_6, "both.example", []),
        (("127.0.0.1/32",), "127.0.0.2", []),
        (("10.0.0.0/8",), "10.1.2.3", ["10.1.2.3"]),
        (("10.0.0.0/8",), "11.1.2.3", ["11.1.2.3"]),
        (("10.0.0.0/8",), "192.168.0.1", []),
        (("::ffff:0:0/96",), "[::ffff:127.0.0.1]", []),
        (("0.0.0.0/0",), "169.254.169.254", ["169.254.169.254"]),
        (("0.0.0.0/0",), "[fe80::1]", []),
        (("fc00::/7",), "[fd00:ec2::254]", ["fd00:ec2::254"]),
    ],
)
async def test_allowing_a_network_opens_that_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
    inside: Misbehaving,
    allowed: Sequence[str],
    host: str,
    connected: list[str],
) -> None:
    network = replaced(Network(MIXED), monkeypatch)
    async with outgoing(*allowed) as partly:
        exchange = await called(partly, f"http://{host}:PORT/hook", inside)

    assert network.connected == connected
    assert (exchange.fault is Fault.REFUSED_ADDRESS) == (not connected)
