"""Units of work: what they may do, what becomes of those that fail, and what the loop is told."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from tests.clock import HeldClock
from tests.contract.units import appending, in_one_batch, whole_log

from tocsin.model.errors import Refused, not_found
from tocsin.model.event import Change, Event
from tocsin.store import commit
from tocsin.store.store import Committed, Store, StoreUnavailable, open_store
from tocsin.store.tables import people
from tocsin.store.tx import Tx


class Boom(Exception):  # noqa: N818
    """What units of these tests raise."""


def add_person(tx: Tx, person: int) -> None:
    tx.conn.execute(insert(people).values(id=person, name="Ada", email=None, created_at=tx.now))


async def persons(store: Store) -> list[int]:
    query = select(people.c.id).order_by(people.c.id)
    return await store.read(lambda conn: list(conn.execute(query).scalars()))


async def test_a_new_log_is_empty_and_has_an_epoch(store: Store) -> None:
    assert (store.head, store.first_available) == (0, 1)
    assert str(store.position(0)) == f"{store.epoch}-0"
    assert store.epoch


async def test_an_event_is_kept_as_it_was_appended(store: Store, clock: HeldClock) -> None:
    def unit(tx: Tx) -> int:
        return tx.append(
            "com.example.x", "a/b", b'{"n": 1.0}', key="k", time_ms=5, source="/elsewhere"
        )

    answer = await store.change(unit)

    assert answer == Committed(1, 1)
    event = Event(
        sequence=1,
        change=1,
        type="com.example.x",
        topic="a/b",
        key="k",
        source="/elsewhere",
        time_ms=5,
        recorded_ms=clock.now_ms(),
        data=b'{"n": 1.0}',
    )
    assert await whole_log(store) == [event]


async def test_an_event_has_defaults(store: Store, clock: HeldClock) -> None:
    await store.change(appending("a/b"))

    [event] = await whole_log(store)
    assert (event.key, event.time_ms, event.source) == ("a/b", clock.now_ms(), "/tocsin")


async def test_events_of_one_unit_are_one_change(store: Store) -> None:
    told: list[Change] = []
    store.on_commit = told.extend

    await store.change(appending("a"))
    answer = await store.change(appending("b", "c"))

    assert answer == Committed(value=3, sequence=3)
    assert [[(event.topic, event.change) for event in change] for change in told] == [
        [("a", 1)],
        [("b", 2), ("c", 2)],
    ]


async def test_a_unit_that_writes_no_event_is_answered_with_the_head(store: Store) -> None:
    await store.change(appending("a"))

    assert await store.change(lambda tx: "done") == Committed("done", 1)


async def test_a_unit_sees_what_it_and_those_before_it_did(store: Store) -> None:
    def count(tx: Tx) -> tuple[int, int]:
        return len(tx.conn.execute(select(people)).all()), tx.head

    def add_and_count(tx: Tx) -> tuple[int, int]:
        add_person(tx, 7)
        tx.append("com.example.x", "a", b"")
        return count(tx)

    answers = await in_one_batch(store, add_and_count, count)

    assert answers == [Committed((1, 1), 1), Committed((1, 1), 1)]


async def test_events_are_seen_by_sql_after_a_flush(store: Store) -> None:
    from tocsin.store.tables import events

    def unit(tx: Tx) -> list[str]:
        tx.append("com.example.x", "a", b"")
        tx.flush()
        tx.append("com.example.x", "b", b"")
        return list(tx.conn.execute(select(events.c.topic)).scalars())

    assert (await store.change(unit)).value == ["a"]
    assert [event.topic for event in await whole_log(store)] == ["a", "b"]


async def test_units_that_wait_are_committed_together(store: Store) -> None:
    batches: list[Sequence[Change]] = []
    store.on_commit = batches.append

    answers = await in_one_batch(store, *[appending("a") for _ in range(10)])

    assert [answer.sequence for answer in answers if isinstance(answer, Committed)] == [
        *range(1, 11)
    ]
    assert [len(batch) for batch in batches] == [10]


async def test_a_batch_ends_when_it_has_many_events(store: Store) -> None:
    batches: list[Sequence[Change]] = []
    store.on_commit = batches.append
    half = appending(*["a"] * (commit.MAX_ROWS // 2))

    await in_one_batch(store, half, half, half)

    assert [len(batch) for batch in batches] == [2, 1]


async def test_no_unit_is_lost_at_the_end_of_a_full_batch(store: Store) -> None:
    answers = await in_one_batch(store, *[appending("a") for _ in range(1_200)])

    assert [answer.sequence for answer in answers if isinstance(answer, Committed)] == [
        *range(1, 1_201)
    ]


async def test_the_loop_is_told_before_the_writer_of_the_event(store: Store) -> None:
    order: list[str] = []
    store.on_commit = lambda changes: order.append(f"told {store.head}")

    await store.change(appending("a"))
    order.append("answered")

    assert order == ["told 1", "answered"]


async def test_writers_are_answered_even_when_the_listener_fails(store: Store) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: reported.append(context["exception"])
    )

    def fail(changes: Sequence[Change]) -> None:
        raise Boom

    store.on_commit = fail

    assert (await store.change(appending("a"))).sequence == 1
    assert [type(error) for error in reported] == [Boom]


@pytest.mark.parametrize("wrote", ["nothing", "a row", "an event", "a flushed event"])
async def test_a_unit_that_fails_leaves_nothing_and_harms_nobody(store: Store, wrote: str) -> None:
    told: list[Change] = []
    store.on_commit = told.extend

    def fail(tx: Tx) -> None:
        if wrote == "a row":
            add_person(tx, 1)
        if "event" in wrote:
            tx.append("com.example.x", "lost", b"")
        if "flushed" in wrote:
            tx.flush()
        raise not_found("thing")

    before, failed, after = await in_one_batch(store, appending("a"), fail, appending("b"))

    assert isinstance(failed, Refused)
    assert (before, after) == (Committed(1, 1), Committed(2, 2))
    assert [event.topic for event in await whole_log(store)] == ["a", "b"]
    assert [event.sequence for change in told for event in change] == [1, 2]
    assert await persons(store) == []


async def test_a_violated_constraint_is_the_units_own_error(store: Store) -> None:
    def twice(tx: Tx) -> None:
        add_person(tx, 1)
        add_person(tx, 1)

    before, failed, after = await in_one_batch(store, appending("a"), twice, appending("b"))

    assert isinstance(failed, IntegrityError)
    assert (before, after) == (Committed(1, 1), Committed(2, 2))


async def test_a_unit_may_catch_an_error_within_a_savepoint(store: Store) -> None:
    def unit(tx: Tx) -> None:
        add_person(tx, 1)
        with suppress(IntegrityError), tx.conn.begin_nested():
            add_person(tx, 1)
        add_person(tx, 2)

    await store.change(unit)

    assert await persons(store) == [1, 2]


async def test_events_that_the_database_refuses_fail_alone(store: Store) -> None:
    unwritable = appending("\ud800")  # no UTF-8

    before, failed, after = await in_one_batch(store, appending("a"), unwritable, appending("b"))

    assert isinstance(failed, UnicodeEncodeError)
    assert (before, after) == (Committed(1, 1), Committed(2, 2))


async def test_a_unit_cannot_break_the_transaction_of_others(store: Store) -> None:
    def break_off(tx: Tx) -> None:
        add_person(tx, 1)
        tx.conn.exec_driver_sql("ROLLBACK")

    answers = await in_one_batch(store, appending("a"), break_off, appending("b"))

    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    assert await store.change(appending("c")) == Committed(1, 1)
    assert await persons(store) == []


async def test_a_units_stop_iteration_reaches_its_caller(store: Store) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await store.change(lambda tx: next(iter(())))


async def test_nobody_minds_a_cancelled_caller(store: Store) -> None:
    release = threading.Event()
    cancelled = asyncio.ensure_future(store.change(lambda tx: release.wait()))
    waiting = asyncio.ensure_future(store.change(appending("a")))
    await asyncio.sleep(0)
    cancelled.cancel()
    release.set()

    assert (await waiting).sequence == 1
    assert cancelled.cancelled()


async def test_ids_are_ordered_even_when_the_clock_steps_back(
    store: Store, clock: HeldClock
) -> None:
    ids = [(await store.change(lambda tx: [tx.new_id() for _ in range(3)])).value]
    clock.advance(-3_600)
    ids.append((await store.change(lambda tx: [tx.new_id() for _ in range(3)])).value)

    flat = [one for some in ids for one in some]
    assert flat == sorted(set(flat))
    assert all(len(one) == 24 and int(one, 16) for one in flat)


async def test_recorded_times_never_fall(store: Store, clock: HeldClock) -> None:
    await store.change(appending("a"))
    clock.advance(-3_600)
    await store.change(appending("b"))

    first, second = await whole_log(store)
    assert second.recorded_ms == first.recorded_ms
    assert second.time_ms == clock.now_ms()


async def test_a_unit_gets_the_time_of_its_run(store: Store, clock: HeldClock) -> None:
    assert (await store.change(lambda tx: (tx.now_ms, tx.now))).value == (
        clock.now_ms(),
        clock.now_ms() // 1_000,
    )


async def test_everything_is_there_after_a_restart(url: str, clock: HeldClock) -> None:
    first = open_store(url, clock)
    await first.start()
    await first.change(appending("a", "b"))
    await first.stop()

    second = open_store(url, clock)
    await second.start()
    assert (second.epoch, second.head, second.first_available) == (first.epoch, 2, 1)
    assert await second.change(appending("c")) == Committed(3, 3)
    await second.stop()


async def test_stopping_finishes_what_is_queued(url: str, clock: HeldClock) -> None:
    store = open_store(url, clock)
    await store.start()
    waiting = [asyncio.ensure_future(store.change(appending("a"))) for _ in range(20)]
    await asyncio.sleep(0)

    await store.stop()

    assert [(await one).sequence for one in waiting] == [*range(1, 21)]


async def test_a_store_that_does_not_run_says_so(url: str, clock: HeldClock) -> None:
    store = open_store(url, clock)
    with pytest.raises(StoreUnavailable, match="not running"):
        await store.change(appending("a"))
    await store.start()
    await store.stop()
    with pytest.raises(StoreUnavailable, match="not running"):
        await store.read(lambda conn: None)
    with pytest.raises(StoreUnavailable, match="not running"):
        await store.change(appending("a"))
