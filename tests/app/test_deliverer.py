"""Sending endpoints what they are to be told, with real receivers on the other side."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import Connection
from tests.delivering import Delivering, delivering
from tests.domain import Domain
from tests.receiver import Got, Receiver, receiver, status

from tocsin.app import delivering as units
from tocsin.app import endpoints
from tocsin.app.delivering import Hands, Turn
from tocsin.app.endpoints import EndpointChanges
from tocsin.model.delivery import State
from tocsin.model.endpoint import Reason
from tocsin.model.exchange import Exchange
from tocsin.store import attempts, deliveries
from tocsin.store.store import StoreUnavailable
from tocsin.store.tx import Tx

PENDING, WAITING, SENDING = State.PENDING, State.WAITING, State.SENDING
DELIVERED, FAILED, CANCELLED = State.DELIVERED, State.FAILED, State.CANCELLED


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiver() as hook:
        hook.answer = status(200)
        yield hook


@pytest.fixture
async def at_work(there: Domain) -> AsyncIterator[Delivering]:
    async with delivering(there) as at_work:
        yield at_work


async def test_what_happens_is_told_and_kept(at_work: Delivering, hook: Receiver) -> None:
    endpoint = await at_work.endpoint(hook.url)
    await at_work.publish("a")
    (got,) = await hook.wait_for(1)
    assert got.data["type"] == "com.example.e"
    assert got.headers["webhook-id"] == got.data["id"]
    assert got.headers["tocsin-sequence"] == "1"
    await at_work.until(endpoint, DELIVERED)
    (delivery,) = await at_work.deliveries(endpoint)
    (attempt,) = await at_work.attempts(delivery)
    assert attempt.exchange.response is not None
    assert attempt.exchange.response.status == 200


async def test_who_has_got_something_last_is_behind_the_others(
    at_work: Delivering, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, served = units.turn, list[Sequence[str]]()

    def noted(tx: Tx, hands: Hands) -> Turn:
        served.append(hands.served)
        return turn(tx, hands)

    monkeypatch.setattr(units, "turn", noted)
    first = await at_work.endpoint(hook.url)
    await at_work.publish("a")
    await at_work.until(first, DELIVERED)
    second = await at_work.endpoint(hook.url)
    await at_work.publish("b")
    await at_work.until(first, DELIVERED, DELIVERED)
    assert served[-1] == [second.id, first.id]


async def test_every_attempt_has_the_same_body_and_a_signature_of_its_own(
    at_work: Delivering, hook: Receiver
) -> None:
    hook.answer = status(503)
    endpoint = await at_work.endpoint(hook.url, max_attempts=2)
    await at_work.publish("a")
    delivery = await at_work.tried(endpoint)
    hook.answer = status(200)
    at_work.there.clock.set(delivery.due_ms)
    await at_work.until(endpoint, DELIVERED)
    first, second = hook.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    (delivery,) = await at_work.deliveries(endpoint)
    assert (delivery.tries, delivery.reason) == (2, None)
    assert [one.number for one in await at_work.attempts(delivery)] == [1, 2]


async def test_who_may_be_tried_no_more_has_failed(at_work: Delivering, hook: Receiver) -> None:
    hook.answer = status(404)
    endpoint = await at_work.endpoint(hook.url)
    await at_work.publish("a")
    await at_work.until(endpoint, FAILED)
    (delivery,) = await at_work.deliveries(endpoint)
    assert delivery.reason == "answered 404"


async def test_the_next_of_a_key_waits_and_others_go_on(
    at_work: Delivering, hook: Receiver
) -> None:
    let_go = asyncio.Event()

    async def hold_the_first(got: Got) -> web.StreamResponse:
        if got.headers["tocsin-sequence"] == "1" and got.data["key"] == "a":
            await let_go.wait()
        return web.Response()

    hook.answer = hold_the_first
    endpoint = await at_work.endpoint(hook.url)
    await at_work.publish("a", "a", "b")
    await at_work.until(endpoint, SENDING, WAITING, DELIVERED)
    let_go.set()
    await at_work.until(endpoint, DELIVERED, DELIVERED, DELIVERED)
    assert [got.headers["tocsin-sequence"] for got in hook.got if got.data["key"] == "a"] == [
        "1",
        "2",
    ]


async def test_one_that_stalls_keeps_no_more_than_its_places_and_slows_nobody(
    at_work: Delivering, hook: Receiver
) -> None:
    let_go = asyncio.Event()

    async def stall(got: Got) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    async with receiver() as stalled:
        stalled.answer = stall
        slow = await at_work.endpoint(stalled.url)
        fast = await at_work.endpoint(hook.url)
        keys = [f"{number}" for number in range(50)]
        await at_work.publish(*keys)
        await at_work.until(fast, *[DELIVERED] * 50)
        await stalled.wait_for(8)
        await at_work.publish("last")
        await at_work.until(fast, *[DELIVERED] * 51)
        assert len(stalled.got) == 8
        let_go.set()
        await at_work.until(slow, *[DELIVERED] * 51)


async def test_ten_failures_pause_and_one_probe_ends_the_pause(
    at_work: Delivering, hook: Receiver
) -> None:
    hook.answer = status(404)
    endpoint = await at_work.endpoint(hook.url)
    await at_work.publish(*(f"{number}" for number in range(10)))
    await at_work.until(endpoint, *[FAILED] * 10)
    await at_work.publish(*(f"{number}" for number in range(10)))
    clock = at_work.there.clock
    hook.answer = status(200)
    paused_until_ms = (await at_work.health(endpoint)).paused_until_ms
    await clock.awaited(paused_until_ms)
    assert len(hook.got) == 10
    clock.set(paused_until_ms)
    await at_work.until(endpoint, *[FAILED] * 10, *[DELIVERED] * 10)


@pytest.mark.parametrize("mended", ["the receiver", "the address"])
async def test_what_is_mended_need_not_wait_for_the_end_of_a_pause(
    at_work: Delivering, hook: Receiver, mended: str
) -> None:
    hook.answer = status(404)
    endpoint = await at_work.endpoint(hook.url)
    await at_work.publish(*(f"{number}" for number in range(10)))
    await at_work.until(endpoint, *[FAILED] * 10)
    await at_work.publish("a", "b")
    await at_work.there.clock.awaited((await at_work.health(endpoint)).paused_until_ms)
    hook.answer = status(200)
    if mended == "the receiver":
        await at_work.there.do(lambda tx: endpoints.enable(tx, endpoint))
    else:
        moved = EndpointChanges(url=f"{hook.url}/other")
        await at_work.there.do(lambda tx: endpoints.edit(tx, endpoint, moved))
    await at_work.until(endpoint, *[FAILED] * 10, DELIVERED, DELIVERED)


async def test_who_wants_no_more_is_disabled(at_work: Delivering, hook: Receiver) -> None:
    hook.answer = status(410)
    endpoint = await at_work.endpoint(hook.url)
    await at_work.publish("a", "a", "b")
    await at_work.until(endpoint, FAILED, CANCELLED, FAILED)
    await at_work.publish("c")
    assert len(await at_work.deliveries(endpoint)) == 3
    assert ("endpoint.disabled", f"endpoint/{endpoint.id}") in [
        (event.type.removeprefix("tocsin."), event.topic)
        for change in at_work.there.changes
        for event in change
    ]


async def test_a_rate_is_kept(at_work: Delivering, hook: Receiver) -> None:
    endpoint = await at_work.endpoint(hook.url, rate_per_s=2)
    await at_work.publish("a", "b", "c")
    clock = at_work.there.clock
    for number in (1, 2, 3):
        await at_work.until(endpoint, *[DELIVERED] * number, *[PENDING] * (3 - number))
        assert len(hook.got) == number
        clock.advance(0.5)


async def test_what_has_not_begun_is_cancelled_when_the_endpoint_is_disabled(
    at_work: Delivering, hook: Receiver
) -> None:
    let_go = asyncio.Event()

    async def stall(got: Got) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    hook.answer = stall
    endpoint = await at_work.endpoint(hook.url)
    await at_work.publish(*(f"{number}" for number in range(20)))
    await hook.wait_for(8)
    await at_work.there.do(lambda tx: endpoints.disable(tx, endpoint, Reason.BY_HAND))
    await at_work.until(endpoint, *[SENDING] * 8, *[CANCELLED] * 12)
    let_go.set()
    await at_work.until(endpoint, *[DELIVERED] * 8, *[CANCELLED] * 12)
    assert len(hook.got) == 8


async def test_what_was_taken_for_an_endpoint_goes_where_it_is_now(
    at_work: Delivering, hook: Receiver
) -> None:
    let_go = asyncio.Event()

    async def stall(got: Got) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    async with receiver() as before:
        before.answer = stall
        endpoint = await at_work.endpoint(before.url)
        await at_work.publish(*(f"{number}" for number in range(12)))
        await before.wait_for(8)
        moved = EndpointChanges(url=hook.url)
        await at_work.there.do(lambda tx: endpoints.edit(tx, endpoint, moved))
        let_go.set()
        await at_work.until(endpoint, *[DELIVERED] * 12)
        assert (len(before.got), len(hook.got)) == (8, 4)


async def test_what_is_under_way_may_arrive_when_the_service_stops(
    there: Domain, hook: Receiver
) -> None:
    let_go = asyncio.Event()

    async def stall(got: Got) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    hook.answer = stall
    async with delivering(there) as at_work:
        endpoint = await at_work.endpoint(hook.url)
        await at_work.publish(*(f"{number}" for number in range(12)))
        await hook.wait_for(8)
        asyncio.get_running_loop().call_soon(let_go.set)
    assert await at_work.states(endpoint) == [*[DELIVERED] * 8, *[PENDING] * 4]
    assert len(hook.got) == 8


async def test_what_does_not_arrive_in_time_counts_as_never_sent(
    there: Domain, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.app.deliverer._GRACE_S", 0)

    let_go = asyncio.Event()

    async def stall(got: Got) -> web.StreamResponse:
        await let_go.wait()
        return web.Response()

    hook.answer = stall
    async with delivering(there) as at_work:
        endpoint = await at_work.endpoint(hook.url)
        await at_work.publish("a")
        await hook.wait_for(1)
    let_go.set()
    (delivery,) = await at_work.deliveries(endpoint)
    assert (delivery.state, delivery.tries) == (PENDING, 0)
    hook.answer = status(200)
    async with delivering(there) as at_work:
        await at_work.until(endpoint, DELIVERED)


async def test_what_one_that_died_had_taken_is_sent_by_the_next(
    there: Domain, hook: Receiver
) -> None:
    there.store.on_enlisted = lambda: None
    idle = Delivering(there)
    endpoint = await idle.endpoint(hook.url)
    await idle.publish("a")
    await there.do(lambda tx: deliveries.claim(tx.conn, endpoint.id, "sqlite", tx.now_ms, 1))
    async with delivering(there) as at_work:
        await at_work.until(endpoint, DELIVERED)
    assert len(hook.got) == 1


async def test_a_store_that_is_away_loses_no_result(
    at_work: Delivering, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, failures = at_work.there.store.change, 0
    clock = at_work.there.clock

    async def away(unit: Callable[[Tx], Any]) -> Any:
        nonlocal failures
        if hook.got and failures < 2:
            failures += 1
            raise StoreUnavailable("away")
        return await change(unit)

    endpoint = await at_work.endpoint(hook.url)
    monkeypatch.setattr(at_work.there.store, "change", away)
    await change(lambda tx: tx.append("com.example.e", "e/x", b"{}"))
    for _ in range(2):
        await clock.awaited(clock.now_ms() + 1_000)
        clock.advance(1)
    await at_work.until(endpoint, DELIVERED)
    assert (len(hook.got), failures) == (1, 2)


async def test_a_result_that_cannot_be_kept_holds_up_no_other(
    at_work: Delivering, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours, in what is done with one result."""
    add, broken = attempts.add, True

    def buggy(conn: Connection, made: Sequence[tuple[str, Exchange]]) -> None:
        if broken and any(exchange.request.headers["X-Name"] == "bad" for _, exchange in made):
            raise RuntimeError("a bug")
        add(conn, made)

    monkeypatch.setattr("tocsin.store.attempts.add", buggy)
    bad = await at_work.endpoint(hook.url, headers={"X-Name": "bad"})
    good = await at_work.endpoint(hook.url, headers={"X-Name": "good"})
    await at_work.publish("a", "b")
    await at_work.until(good, DELIVERED, DELIVERED)
    await at_work.until(bad, SENDING, SENDING)
    broken = False
    clock = at_work.there.clock
    await clock.awaited(clock.now_ms() + 60_000)
    clock.advance(60)
    await at_work.until(bad, DELIVERED, DELIVERED)
    assert len(hook.got) == 4


async def test_what_cannot_be_made_is_tried_again_in_a_while(
    at_work: Delivering, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = at_work.there.clock
    with monkeypatch.context() as bug:
        bug.setattr("tocsin.wire.webhook.body", None)
        endpoint = await at_work.endpoint(hook.url)
        await at_work.publish("a")
        await clock.awaited(clock.now_ms() + 60_000)
    clock.advance(60)
    await at_work.until(endpoint, DELIVERED)
    (delivery,) = await at_work.deliveries(endpoint)
    assert delivery.tries == 1
