"""What is on its way to endpoints: taken, settled, and what follows from that, on each database."""

import asyncio
from typing import Any

import pytest
from tests.clock import HeldClock
from tests.contract.queues import Queues
from tests.contract.units import in_one_batch

from tocsin.model.delivery import State
from tocsin.model.endpoint import Order
from tocsin.store import deliveries, delivery_counts, delivery_order
from tocsin.store.deliveries import Settled
from tocsin.store.store import Committed, Store, open_store
from tocsin.store.tx import Tx

P, W, S = State.PENDING, State.WAITING, State.SENDING
DELIVERED, FAILED = State.DELIVERED, State.FAILED
SUPERSEDED, CANCELLED = State.SUPERSEDED, State.CANCELLED


@pytest.fixture
async def there(store: Store, clock: HeldClock) -> Queues:
    """An endpoint in strict order."""
    queues = Queues(store, clock)
    await queues.endpoint()
    return queues


async def test_what_is_due_is_taken_once_and_what_has_been_due_for_longest_first(
    there: Queues, clock: HeldClock
) -> None:
    now_ms = clock.now_ms()
    a, b = await there.put("a", "b")
    (c,) = await there.put("c", due_ms=now_ms - 1)
    await there.put("d", due_ms=now_ms + 1)
    first = await there.claim(limit=2)
    assert [one.id for one in first] == [c, a]
    assert [one.state for one in first] == [S, S]
    assert [one.id for one in await there.claim("other")] == [b]
    assert await there.claim() == []
    assert [(row.state, row.worker) for row in await there.rows()] == [
        (S, "w"),
        (S, "other"),
        (S, "w"),
        (P, None),
    ]


async def test_a_delivery_is_taken_as_it_was_written(there: Queues) -> None:
    await there.put("a", ordinal=7, previous_id="w0", superseded=3)
    (one,) = await there.claim()
    assert (one.endpoint_id, one.sequence, one.event_type, one.key) == (
        "e",
        1,
        "com.example.happened",
        "a",
    )
    assert (one.webhook_id, one.ordinal, one.previous_id, one.superseded) == ("w1", 7, "w0", 3)
    assert (one.base_url, one.tries, one.reason) == ("https://status.example.org", 0, None)
    assert (one.due_ms, one.created_ms, one.ended_ms) == (one.due_ms, there.clock.now_ms(), None)


async def test_workers_that_ask_at_the_same_time_get_different_ones(
    there: Queues, url: str, clock: HeldClock
) -> None:
    ids = await there.put(*(f"k{number}" for number in range(40)))
    other = open_store(url, clock)
    await other.start()
    elsewhere = Queues(other, clock)
    try:
        claims = [
            one.claim(worker, limit=5)
            for _ in range(5)
            for one, worker in ((there, "w"), (elsewhere, "v"))
        ]
        taken = [one.id for those in await asyncio.gather(*claims) for one in those]
    finally:
        await other.stop()
    assert sorted(taken) == ids


async def test_the_first_due_of_each_endpoint_is_known(there: Queues, clock: HeldClock) -> None:
    now_ms = clock.now_ms()
    for name in ("idle", "off", "gone", "button"):
        await there.endpoint(name)
    await there.put("a", "a", due_ms=now_ms + 7)
    await there.put("b", due_ms=now_ms - 5, state=S, worker="w")
    for name in ("off", "gone", "button"):
        await there.put("a", at=name)
    await there.change("off", enabled=False)
    await there.change("gone", deleted_at=1)
    await there.change("button", kind="action")
    await there.put("c", due_ms=now_ms + 5)
    assert await there.store.read(deliveries.heads) == {"e": now_ms + 5}


async def test_what_was_delivered_has_ended(there: Queues, clock: HeldClock) -> None:
    await there.put("a")
    (one,) = await there.claim()
    assert await there.deliver(one) == {one.id: DELIVERED}
    (row,) = await there.rows()
    assert (row.state, row.tries, row.worker, row.reason) == (DELIVERED, 1, None, None)
    assert row.ended_ms == clock.now_ms()


async def test_what_failed_is_due_again_when_its_worker_says(
    there: Queues, clock: HeldClock
) -> None:
    await there.put("a")
    (one,) = await there.claim()
    assert await there.settle(there.again(one)) == {one.id: P}
    (row,) = await there.rows()
    assert (row.state, row.tries, row.worker, row.reason) == (P, 1, None, "status 500")
    assert row.ended_ms is None
    assert await there.claim() == []
    clock.advance(5)
    (again,) = await there.claim()
    assert (again.id, again.tries) == (one.id, 1)
    failed = Settled(one.id, 2, FAILED, again.due_ms, clock.now_ms(), "status 500")
    assert await there.settle(failed) == {one.id: FAILED}
    (row,) = await there.rows()
    assert (row.tries, row.ended_ms, row.reason) == (2, clock.now_ms(), "status 500")


async def test_nothing_changes_where_the_worker_has_lost_it(there: Queues) -> None:
    await there.put("a", "b")
    a, b = await there.claim()
    assert await there.deliver(a, b, worker="other") == {}
    later = Settled(a.id, 2, DELIVERED, 0, 0)
    assert await there.settle(later) == {}
    assert await there.states() == [S, S]
    await there.deliver(a)
    assert await there.settle(there.ended(a, FAILED), there.ended(b)) == {b.id: DELIVERED}
    assert await there.states() == [DELIVERED, DELIVERED]


async def test_the_next_of_a_key_goes_when_the_one_before_has_ended(
    there: Queues, clock: HeldClock
) -> None:
    await there.put("a", "a", "b", "a")
    a, b = await there.claim()
    await there.settle(there.again(a))
    assert await there.states() == [P, W, S, W]
    clock.advance(5)
    (a,) = await there.claim()
    await there.settle(there.ended(a, FAILED), there.ended(b))
    assert await there.states() == [FAILED, P, DELIVERED, W]
    assert (await there.rows())[1].due_ms == clock.now_ms()
    await there.deliver(*await there.claim())
    assert await there.states() == [FAILED, DELIVERED, DELIVERED, P]


async def test_the_oldest_event_goes_first_not_the_first_written(there: Queues) -> None:
    await there.put("a", "a", "a")
    await there.put("a", sequence=2, state=W)
    await there.put("a", sequence=1, state=W)
    told = []
    while taken := await there.claim():
        told += [one.sequence for one in taken]
        await there.deliver(*taken)
    assert told == [1, 1, 2, 2, 3]


async def test_the_same_key_of_another_endpoint_is_another_matter(there: Queues) -> None:
    await there.endpoint("f")
    await there.put("a", "a")
    await there.put("a", "a", at="f")
    await there.deliver(*await there.claim(at="f"))
    assert await there.states() == [P, W, DELIVERED, P]


async def test_without_order_nothing_waits(there: Queues) -> None:
    await there.change(order="none")
    await there.put("a", "a", state=P)
    one, other = await there.claim()
    await there.settle(there.again(one), there.ended(other))
    assert await there.states() == [P, DELIVERED]


async def test_a_newer_one_goes_in_place_of_one_that_failed(
    there: Queues, clock: HeldClock
) -> None:
    await there.change(order="supersede")
    await there.put("a", superseded=2)
    await there.put("b")
    a, b = await there.claim()
    await there.put("a", "b", state=W, superseded=1)
    settled = await there.settle(there.again(a), there.again(b))
    assert settled == {a.id: SUPERSEDED, b.id: SUPERSEDED}
    rows = await there.rows()
    assert [row.state for row in rows] == [SUPERSEDED, SUPERSEDED, P, P]
    assert [row.ended_ms for row in rows] == [clock.now_ms(), clock.now_ms(), None, None]
    assert [row.tries for row in rows] == [1, 1, 0, 0]
    # Those that stood before the failed one, that one, and one that came in between.
    assert [row.superseded for row in rows[2:]] == [4, 2]


async def test_a_newer_one_goes_after_one_that_arrived_or_failed_for_good(there: Queues) -> None:
    await there.change(order="supersede")
    await there.put("a", "b")
    a, b = await there.claim()
    await there.put("a", "b", state=W)
    await there.settle(there.ended(a), there.ended(b, FAILED))
    rows = await there.rows()
    assert [row.state for row in rows] == [DELIVERED, FAILED, P, P]
    assert [row.superseded for row in rows[2:]] == [0, 0]


async def test_a_newer_event_goes_before_an_older_one_that_is_told_again(there: Queues) -> None:
    await there.change(order="supersede")
    await there.put("a", sequence=9)
    (newer,) = await there.claim()
    await there.put("a", sequence=3, state=W)
    await there.settle(there.again(newer))
    first, second = await there.rows()
    assert (first.state, second.state) == (P, SUPERSEDED)
    assert first.superseded == 0


async def test_superseding_leaves_alone_what_is_being_sent_and_other_endpoints(
    there: Queues,
) -> None:
    await there.change(order="supersede")
    await there.endpoint("f")
    await there.put("a", "a", state=W)
    await there.put("a", state=S, worker="w")
    await there.put("b", "b", state=P)
    await there.put("a", "a", "b", "b", at="f")
    keys = [delivery_order.Key("e", "a"), delivery_order.Key("f", "b")]
    await there.store.change(lambda tx: delivery_order.supersede(tx.conn, keys, tx.now_ms))
    assert await there.states() == [SUPERSEDED, W, S, P, P, P, W, SUPERSEDED, W]


async def give_back(there: Queues, *ids: str, worker: str = "w") -> None:
    await there.store.change(lambda tx: deliveries.give_back(tx.conn, ids, worker, tx.now_ms))


async def free(there: Queues, worker: str = "w") -> int:
    found = await there.store.change(lambda tx: deliveries.free(tx.conn, worker, tx.now_ms))
    return found.value


async def test_what_was_given_back_is_as_if_it_had_not_been_taken(there: Queues) -> None:
    await there.put("a", "a", "b", reason="status 500", tries=3)
    before = await there.rows()
    a, b = await there.claim()
    await give_back(there, a.id, b.id, worker="other")
    assert await there.states() == [S, W, S]
    await give_back(there, a.id, b.id)
    await give_back(there)
    assert await there.rows() == before


async def test_what_was_given_back_too_late_goes_the_way_of_what_is_not_sent(
    there: Queues,
) -> None:
    await there.change(order="supersede")
    await there.put("a")
    (one,) = await there.claim()
    await there.put("a", state=W)
    await give_back(there, one.id)
    assert await there.states() == [SUPERSEDED, P]


async def test_what_a_dead_worker_had_taken_is_free_for_all(there: Queues) -> None:
    await there.put("a", "b")
    (a,) = await there.claim(limit=1)
    (b,) = await there.claim("alive")
    assert await free(there) == 1
    assert await free(there) == 0
    assert await there.deliver(a) == {}
    assert [one.id for one in await there.claim("alive")] == [a.id]
    assert await there.deliver(a, b, worker="alive") == {a.id: DELIVERED, b.id: DELIVERED}


async def cancel(there: Queues, reason: str = "by_hand") -> None:
    await there.store.change(lambda tx: deliveries.cancel(tx.conn, "e", reason, tx.now_ms))


async def test_what_has_not_begun_can_be_cancelled(there: Queues, clock: HeldClock) -> None:
    await there.endpoint("f")
    await there.put("a", "a", "b")
    await there.put("a", at="f")
    (a,) = await there.claim(limit=1)
    await there.put("c", state=DELIVERED, ended_ms=1)
    await cancel(there)
    assert await there.states() == [S, CANCELLED, CANCELLED, P, DELIVERED]
    row = (await there.rows())[1]
    assert (row.reason, row.ended_ms) == ("by_hand", clock.now_ms())
    await there.change(enabled=False, disabled_reason="by_hand")
    assert await there.deliver(a) == {a.id: DELIVERED}


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"enabled": False, "disabled_reason": "gone"}, "gone"), ({"deleted_at": 1}, "deleted")],
)
async def test_what_nobody_wants_is_cancelled_part_by_part(
    there: Queues, change: dict[str, Any], reason: str
) -> None:
    """Whoever else writes gets in between; nothing of the rest is sent meanwhile."""
    await there.endpoint("f")
    await there.put("k", at="f")
    await there.put(*(["a"] * 600), *map(str, range(700)))
    (a,) = await there.claim(limit=1)

    async def rest() -> int:
        done = await there.store.change(lambda tx: deliveries.cancel_rest(tx.conn, tx.now_ms))
        return done.value

    assert await rest() == 0
    await there.change(**change)
    assert await rest() == 1_000
    assert await there.store.read(deliveries.heads) == {"f": there.clock.now_ms()}
    assert await there.settle(there.again(a)) == {a.id: CANCELLED}
    assert [await rest(), await rest()] == [299, 0]
    found = {(row.endpoint_id, row.state, row.reason) for row in await there.rows()}
    assert found == {("e", CANCELLED, reason), ("f", P, None)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enabled": False, "disabled_reason": "gone"}, "gone"),
        ({"deleted_at": 1}, "deleted"),
        ({"enabled": False, "disabled_reason": "gone", "deleted_at": 1}, "deleted"),
    ],
)
async def test_nothing_is_tried_again_where_nobody_wants_it(
    there: Queues, clock: HeldClock, change: dict[str, Any], reason: str
) -> None:
    await there.put("a", "b", "c", "d")
    a, b, c, _ = await there.claim()
    await there.change(**change)
    assert await there.settle(there.again(a), there.ended(b, FAILED)) == {
        a.id: CANCELLED,
        b.id: FAILED,
    }
    await give_back(there, c.id)
    assert await free(there) == 1
    rows = await there.rows()
    assert [row.state for row in rows] == [CANCELLED, FAILED, CANCELLED, CANCELLED]
    assert [row.tries for row in rows] == [1, 1, 0, 0]
    assert {row.reason for row in rows} == {reason, None}
    assert {row.ended_ms for row in rows} == {clock.now_ms()}


async def arrange(there: Queues, order: Order) -> None:
    await there.store.change(lambda tx: delivery_order.arrange(tx.conn, "e", order, tx.now_ms))


async def test_all_that_waits_at_an_endpoint_can_be_released(
    there: Queues, clock: HeldClock
) -> None:
    await there.endpoint("f")
    await there.put("a", "a", "a", due_ms=1)
    await there.put("a", "a", at="f")
    await there.claim()
    await arrange(there, Order.NONE)
    assert await there.states() == [S, P, P, P, W]
    assert [row.due_ms for row in await there.rows()][1:3] == [clock.now_ms()] * 2


async def test_where_there_is_an_order_from_now_on_the_oldest_of_each_key_goes(
    there: Queues,
) -> None:
    await there.endpoint("f")
    await there.put("a", state=S, worker="w")
    await there.put("a", "a", "b", "b", "c", state=P)
    await there.put("b", state=P, sequence=4)
    await there.put("a", "a", at="f", state=P)
    await arrange(there, Order.STRICT)
    assert await there.states() == [S, W, W, P, W, P, W, P, P]


async def test_where_newer_ones_supersede_from_now_on_the_newest_of_each_key_stays(
    there: Queues, clock: HeldClock
) -> None:
    await there.endpoint("f")
    await there.put("a", state=S, worker="w")
    await there.put("a", "a", state=P)
    await there.put("b", "b", "b", "c")
    await there.put("b", "b", at="f")
    clock.advance(5)
    await arrange(there, Order.SUPERSEDE)
    assert await there.states() == [S, SUPERSEDED, W, SUPERSEDED, SUPERSEDED, P, P, P, W]
    rows = await there.rows()
    assert [row.superseded for row in rows] == [0, 0, 1, 0, 0, 2, 0, 0, 0]
    assert [row.due_ms - row.created_ms for row in rows[5:7]] == [5_000, 0]
    counted = await there.store.read(lambda conn: delivery_counts.of(conn, ["e"]))
    assert counted["e"] == {SUPERSEDED: 3}


async def test_a_unit_that_is_taken_back_takes_nothing(there: Queues) -> None:
    await there.put("a", "a")
    (a,) = await there.claim()

    def settle_and_fail(tx: Tx) -> None:
        deliveries.settle(tx.conn, "w", [there.ended(a)], tx.now_ms)
        raise RuntimeError

    failed, settled = await in_one_batch(
        there.store,
        settle_and_fail,
        lambda tx: deliveries.settle(tx.conn, "w", [there.again(a)], tx.now_ms),
    )
    assert isinstance(failed, RuntimeError)
    assert isinstance(settled, Committed)
    assert await there.states() == [P, W]
