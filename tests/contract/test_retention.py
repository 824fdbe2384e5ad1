"""Retention: what is removed, what is left, and how the rest of the store goes on."""

import pytest
from sqlalchemy import func, insert, select
from tests.clock import HeldClock
from tests.contract.queues import Queues
from tests.contract.units import EVERYTHING, appending, in_one_batch, whole_log

from tocsin.app import operations
from tocsin.model.delivery import UNFINISHED, State
from tocsin.model.operation import End, Open, Outcome
from tocsin.model.topic import TopicFilter
from tocsin.store import log, retention
from tocsin.store.log import LogPage
from tocsin.store.store import Committed, Store, open_store
from tocsin.store.tables import event_ids, idempotency
from tocsin.store.tx import Tx

DAY_S = 24 * 60 * 60


async def trim(store: Store, keep_days: int = 0, keep_events: int = 0) -> int:
    def unit(tx: Tx) -> int:
        return retention.trim(tx, retention.past_limits(tx, keep_days, keep_events))

    return (await store.change(unit)).value


async def test_the_newest_events_are_kept(store: Store) -> None:
    await store.change(appending(*"abcde"))

    assert await trim(store, keep_events=2) == 3

    assert [event.sequence for event in await whole_log(store)] == [4, 5]
    assert (store.first_available, store.head) == (4, 5)


async def test_events_of_the_last_days_are_kept(store: Store, clock: HeldClock) -> None:
    await store.change(appending("a"))
    clock.advance(DAY_S)
    await store.change(appending("b"))
    clock.advance(DAY_S)
    await store.change(appending("c"))

    assert await trim(store, keep_days=1) == 1
    clock.advance(1)
    assert await trim(store, keep_days=1) == 1

    assert [event.topic for event in await whole_log(store)] == ["c"]


async def test_the_stricter_limit_holds(store: Store, clock: HeldClock) -> None:
    await store.change(appending("a", "b"))
    clock.advance(2 * DAY_S)
    await store.change(appending("c", "d"))

    assert await trim(store, keep_days=1, keep_events=3) == 2
    assert await trim(store, keep_days=1, keep_events=1) == 1


async def test_without_limits_everything_is_kept(store: Store, clock: HeldClock) -> None:
    await store.change(appending("a"))
    clock.advance(1_000 * DAY_S)

    assert await trim(store) == 0


async def test_one_unit_removes_a_bounded_number(store: Store) -> None:
    await store.change(appending(*["a"] * (retention.BATCH + 5)))

    assert [await trim(store, keep_events=1) for _ in range(3)] == [retention.BATCH, 4, 0]


async def test_an_emptied_log_goes_on_where_it_was(
    store: Store, url: str, clock: HeldClock
) -> None:
    await store.change(appending("a", "b"))
    clock.advance(DAY_S)
    assert await trim(store, keep_days=1) == 0
    clock.advance(1)
    assert await trim(store, keep_days=1) == 2
    assert (store.first_available, store.head) == (3, 2)
    assert await whole_log(store) == []
    await store.stop()

    again = open_store(url, clock)
    await again.start()
    assert (again.first_available, again.head) == (3, 2)
    assert await again.change(appending("c")) == Committed(3, 3)
    await again.stop()


async def test_a_page_shows_what_has_been_removed(store: Store) -> None:
    await store.change(appending(*"abcde"))
    await trim(store, keep_events=2)

    page = await store.read(lambda conn: log.page(conn, EVERYTHING, 1, store.head, 10))
    assert ([event.sequence for event in page.events], page.first_available) == ([4, 5], 4)
    removed = await store.read(lambda conn: log.page(conn, EVERYTHING, 0, 2, 10))
    assert removed == LogPage([], 2, 4)


async def test_a_filtered_page_does_not_look_where_nothing_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "SCAN_LIMIT", 2)
    await store.change(appending(*["a/b"] * 5))
    await trim(store, keep_events=2)

    chosen = TopicFilter.parse(["a/*"])
    page = await store.read(lambda conn: log.page(conn, chosen, 0, store.head, 10))
    assert [event.sequence for event in page.events] == [4, 5]


async def test_events_of_the_same_batch_count(store: Store) -> None:
    trimming = lambda tx: retention.trim(tx, retention.past_limits(tx, 0, 1))  # noqa: E731

    answers = await in_one_batch(store, appending("a", "b"), trimming, appending("c"))

    assert [answer.value for answer in answers if isinstance(answer, Committed)] == [2, 1, 3]
    assert [event.topic for event in await whole_log(store)] == ["b", "c"]
    assert store.first_available == 2


@pytest.mark.parametrize("state", State)
async def test_nothing_goes_that_is_still_to_be_delivered(
    store: Store, clock: HeldClock, state: State
) -> None:
    await store.change(appending(*"abcde"))
    queues = Queues(store, clock)
    await queues.endpoint()
    await queues.put("k", sequence=3, state=state)

    removed = await trim(store, keep_events=1)

    assert removed == (2 if state in UNFINISHED else 4)


async def test_nothing_goes_that_is_delivered_again_since_the_limits_were_looked_at(
    store: Store, clock: HeldClock
) -> None:
    await store.change(appending(*"abcde"))
    limits = await store.change(lambda tx: retention.past_limits(tx, 0, 1))
    queues = Queues(store, clock)
    await queues.endpoint()
    await queues.put("k", sequence=2)

    assert (await store.change(lambda tx: retention.trim(tx, limits.value))).value == 1


async def test_nothing_goes_that_an_open_run_began_with(store: Store, clock: HeldClock) -> None:
    await store.change(appending(*"ab"))
    await store.change(lambda tx: operations.apply(tx, [Open("web", "Build")]))
    await store.change(appending(*"cd"))
    assert await trim(store, keep_events=1) == 2

    await store.change(lambda tx: operations.apply(tx, [End("web", Outcome.SUCCESS)]))
    clock.advance(60)
    await store.change(operations.close_due)

    assert await trim(store, keep_events=1) == 3
    assert store.first_available == store.head


async def test_a_trim_that_is_taken_back_removes_nothing(store: Store) -> None:
    await store.change(appending("a", "b"))

    def fail(tx: Tx) -> None:
        retention.trim(tx, 1)
        raise RuntimeError

    failed, _ = await in_one_batch(store, fail, appending("c"))

    assert isinstance(failed, RuntimeError)
    assert store.first_available == 1
    assert len(await whole_log(store)) == 3


async def test_ids_and_answers_are_forgotten_after_a_day(store: Store, clock: HeldClock) -> None:
    def remember(tx: Tx) -> None:
        named = {"publisher": "me", "sequence": 1, "recorded_at": tx.now}
        tx.conn.execute(
            insert(event_ids),
            [{"id": str(number), **named} for number in range(retention.BATCH + 5)],
        )
        tx.conn.execute(
            insert(idempotency).values(
                token_id="t",
                method="POST",
                path="/",
                key="k",
                digest=b"",
                status=200,
                headers="{}",
                recorded_at=tx.now + 1,
            )
        )

    await store.change(remember)
    assert (await store.change(retention.forget)).value == 0
    clock.advance(DAY_S)
    assert (await store.change(retention.forget)).value == retention.BATCH
    assert (await store.change(retention.forget)).value == 5
    clock.advance(1)
    assert (await store.change(retention.forget)).value == 1

    count = select(func.count()).select_from(idempotency)
    assert await store.read(lambda conn: conn.execute(count).scalar_one()) == 0
