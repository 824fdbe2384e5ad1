"""Looking at deliveries, counting them, and letting go of them, on each database."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select
from tests.clock import HeldClock
from tests.contract.queues import Queues

from tocsin.app.removal import remove_all
from tocsin.model.delivery import State
from tocsin.model.exchange import Exchange, Request
from tocsin.store import attempts, backup, deliveries, delivery_counts, delivery_log
from tocsin.store.delivery_log import KEPT_S, KEY_KEPT_S, Chosen
from tocsin.store.store import Store
from tocsin.store.tables import endpoint_keys
from tocsin.store.tables import endpoints as endpoint_table
from tocsin.store.tx import Tx

DELIVERED, FAILED = State.DELIVERED, State.FAILED
SUPERSEDED, CANCELLED = State.SUPERSEDED, State.CANCELLED


@pytest.fixture
async def there(store: Store, clock: HeldClock) -> Queues:
    """The endpoints `e` and `f`."""
    queues = Queues(store, clock)
    await queues.endpoint()
    await queues.endpoint("f")
    return queues


async def listed(there: Queues, before: str | None = None, **chosen: Any) -> list[str]:
    """The ids of a list, oldest first."""
    query = partial(delivery_log.listing, chosen=Chosen(**chosen), before=before, limit=9)
    return [one.id for one in await there.store.read(query)][::-1]


async def test_deliveries_are_listed_newest_first_in_pages(there: Queues) -> None:
    a, b, c = await there.put("a", "b", "c")
    query = partial(delivery_log.listing, chosen=Chosen(), before=None, limit=2)
    assert [one.id for one in await there.store.read(query)] == [c, b]
    assert await listed(there, before=b) == [a]
    assert await listed(there, before=a) == []


async def test_a_list_is_of_what_was_chosen(there: Queues) -> None:
    a, b = await there.put("a", "b")
    c, d = await there.put("a", "b", at="f", event_type="com.example.other")
    assert await listed(there, endpoint_id="e") == [a, b]
    assert await listed(there, key="a") == [a, c]
    assert await listed(there, event_type="com.example.other") == [c, d]
    assert await listed(there, endpoint_id="f", key="b") == [d]
    assert await listed(there, endpoint_id="0") == []


@pytest.mark.parametrize("state", State)
async def test_a_list_can_be_of_one_state(there: Queues, state: State) -> None:
    ids = {one: (await there.put("a", state=one))[0] for one in State}
    assert await listed(there, state=state) == [ids[state]]
    assert await listed(there, state=state, endpoint_id="e") == [ids[state]]
    assert await listed(there, state=state, endpoint_id="f") == []


async def test_a_list_can_be_of_a_time(there: Queues, clock: HeldClock) -> None:
    start_ms = clock.now_ms()
    ids = []
    for _ in range(4):
        ids += await there.put("a")
        clock.advance(1)
    assert await listed(there, since_ms=start_ms + 1_000) == ids[1:]
    assert await listed(there, since_ms=start_ms + 1_001) == ids[2:]
    assert await listed(there, until_ms=start_ms + 1_000) == ids[:1]
    assert await listed(there, since_ms=start_ms + 1_000, until_ms=start_ms + 3_000) == ids[1:3]


async def test_a_list_of_a_time_bears_with_a_clock_that_was_put_back(
    there: Queues, clock: HeldClock
) -> None:
    await there.put("a")
    clock.advance(-10)
    (late,) = await there.put("a")
    assert await listed(there, until_ms=clock.now_ms() + 1) == [late]
    assert await listed(there, since_ms=clock.now_ms(), until_ms=clock.now_ms() + 1) == [late]


async def test_a_delivery_is_found_by_its_id(there: Queues) -> None:
    (a,) = await there.put("a", state=FAILED, ended_ms=7, reason="status 500", tries=2)
    found = await there.store.read(lambda conn: delivery_log.find(conn, a))
    assert found is not None
    assert (found.id, found.state, found.ended_ms, found.reason, found.tries) == (
        a,
        FAILED,
        7,
        "status 500",
        2,
    )
    assert await there.store.read(lambda conn: delivery_log.find(conn, "0")) is None


async def test_what_is_on_its_way_is_counted(there: Queues) -> None:
    await there.endpoint("idle")
    await there.put("a", "a", "b", "a")
    await there.put("a", at="f", state=DELIVERED)
    await there.put("a", at="f", state=State.SENDING, worker="w")
    found = await there.store.read(lambda conn: delivery_log.queues(conn, ["e", "f", "idle"]))
    assert found == {
        "e": {State.PENDING: 2, State.SENDING: 0, State.WAITING: 2},
        "f": {State.PENDING: 0, State.SENDING: 1, State.WAITING: 0},
        "idle": {State.PENDING: 0, State.SENDING: 0, State.WAITING: 0},
    }
    assert await there.store.read(lambda conn: delivery_log.queues(conn, ["f"])) == {
        "f": found["f"]
    }


async def counts(there: Queues) -> dict[str, dict[State, int]]:
    return await there.store.read(lambda conn: delivery_counts.of(conn, ["e", "f"]))


async def test_every_end_is_counted_once(there: Queues) -> None:
    await there.put("a", "b", "c")
    await there.put("a", at="f")
    assert await counts(there) == {"e": {}, "f": {}}
    a, b, c = await there.claim()
    (f,) = await there.claim(at="f")
    await there.settle(there.ended(a), there.ended(b, FAILED), there.again(c), there.ended(f))
    await there.deliver(a, b)
    assert await counts(there) == {"e": {DELIVERED: 1, FAILED: 1}, "f": {DELIVERED: 1}}
    await there.put("d", "d", "e")
    taken = await there.claim()
    await there.store.change(lambda tx: deliveries.cancel(tx.conn, "e", "by_hand", tx.now_ms))
    assert (await counts(there))["e"] == {DELIVERED: 1, FAILED: 1, CANCELLED: 2}
    await there.deliver(*taken)
    assert (await counts(there))["e"] == {DELIVERED: 3, FAILED: 1, CANCELLED: 2}
    await there.put("d", at="f")
    await there.change("f", enabled=False, disabled_reason="by_hand")
    await there.settle(*(there.again(one) for one in await there.claim(at="f")))
    assert (await counts(there))["f"] == {DELIVERED: 1, CANCELLED: 1}


async def test_what_a_newer_one_took_the_place_of_is_counted(there: Queues) -> None:
    await there.change(order="supersede")
    await there.put("a", "b")
    taken = await there.claim()
    await there.put("a", "b", state=State.WAITING)
    await there.settle(*(there.again(one) for one in taken))
    assert await counts(there) == {"e": {SUPERSEDED: 2}, "f": {}}


async def test_what_a_restored_log_cancels_is_counted(there: Queues) -> None:
    await there.put("a", "a", "b")
    await there.deliver(*await there.claim(limit=1))
    await there.put("a", at="f")
    await there.claim(at="f")
    await there.store.change(backup.begin_epoch)
    assert await there.states() == [DELIVERED, *[CANCELLED] * 3]
    assert await counts(there) == {"e": {DELIVERED: 1, CANCELLED: 2}, "f": {CANCELLED: 1}}


async def forget(there: Queues) -> int:
    return await remove_all(there.store, delivery_log.forget)


async def test_deliveries_are_forgotten_a_week_after_their_end(
    there: Queues, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_log, "_BATCH", 2)
    await there.put("a", "b", "c", "d", "e")
    *taken, (last) = await there.claim()
    await there.deliver(*taken)
    exchange = Exchange(1, 1, Request("https://example.org/", {}, b""))
    made = [(taken[0].id, exchange)]
    await there.store.change(lambda tx: attempts.add(tx.conn, made))
    clock.advance(KEPT_S - 1)
    await there.deliver(last)
    assert await forget(there) == 0
    clock.advance(1)
    assert (await there.store.change(delivery_log.forget)).value == 2
    assert await forget(there) == 2
    assert [row.id for row in await there.rows()] == [last.id]
    assert await there.store.read(lambda conn: attempts.listing(conn, taken[0].id)) == []
    assert await counts(there) == {"e": {DELIVERED: 5}, "f": {}}


async def test_what_has_not_ended_is_never_forgotten(there: Queues, clock: HeldClock) -> None:
    await there.put("a", "a", "b")
    await there.claim(limit=1)
    clock.advance(KEY_KEPT_S)
    assert await forget(there) == 0
    assert len(await there.rows()) == 3


async def write_keys(there: Queues, *keys: str, at: str = "e") -> None:
    def unit(tx: Tx) -> None:
        place = {"endpoint_id": at, "ordinal": 1, "webhook_id": "w", "written_at": tx.now}
        tx.conn.execute(insert(endpoint_keys), [{**place, "key": key} for key in keys])

    await there.store.change(unit)


async def keys(there: Queues) -> list[tuple[str, str]]:
    query = select(endpoint_keys.c.endpoint_id, endpoint_keys.c.key)
    found = await there.store.read(lambda conn: conn.execute(query).all())
    return sorted((row.endpoint_id, row.key) for row in found)


async def test_keys_are_forgotten_when_nothing_was_heard_of_them_for_long(
    there: Queues, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_log, "_BATCH", 2)
    await write_keys(there, "a", "b", "c", "d")
    await write_keys(there, "b", at="f")
    await there.put("b")
    clock.advance(1)
    await write_keys(there, "z")
    clock.advance(KEY_KEPT_S - 2)
    assert await forget(there) == 0
    clock.advance(1)
    assert await forget(there) == 4
    assert await keys(there) == [("e", "b"), ("e", "z")]


async def endpoints(there: Queues) -> list[str]:
    found = await there.store.read(lambda conn: conn.scalars(select(endpoint_table.c.id)).all())
    return sorted(found)


async def test_a_deleted_endpoint_is_forgotten_with_the_last_of_its_deliveries(
    there: Queues, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_log, "_BATCH", 2)
    await write_keys(there, "a", "b", "c", at="f")
    await write_keys(there, "a")
    await there.put("a", at="f")
    (one,) = await there.claim(at="f")
    await there.change("f", deleted_at=there.clock.now)
    assert await forget(there) == 3
    assert await keys(there) == [("e", "a")]
    await there.deliver(one)
    clock.advance(KEPT_S - 1)
    assert await forget(there) == 0
    assert await endpoints(there) == ["e", "f"]
    clock.advance(1)
    await forget(there)
    assert await endpoints(there) == ["e"]
    assert (await counts(there))["f"] == {}
