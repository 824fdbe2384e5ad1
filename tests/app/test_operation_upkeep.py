"""Operations that nobody wants any more are let go of, by themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from sys import maxsize

import pytest
from tests.clock import HeldClock

from tocsin.app import operations
from tocsin.app.operation_upkeep import Kept, OperationUpkeep
from tocsin.model.operation import Open, Outcome
from tocsin.store import operations as rows
from tocsin.store.store import Store, open_store

KEPT = Kept(idle_s=3_600, closed_s=86_400)
MINUTE_MS = 60_000


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def store(tmp_path: Path, clock: HeldClock) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/tocsin.db", clock)
    await opened.start()
    yield opened
    await opened.stop()


@asynccontextmanager
async def running(upkeep: OperationUpkeep, clock: HeldClock) -> AsyncIterator[None]:
    task = asyncio.create_task(upkeep.run(clock))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def open_some(store: Store, *ids: str) -> None:
    await store.change(lambda tx: operations.apply(tx, [Open(one) for one in ids]))


async def ids(store: Store) -> set[str]:
    found = await store.read(lambda conn: rows.listing(conn, maxsize, 10_000))
    return {one.id for one in found}


async def test_an_operation_without_listener_or_message_goes_after_the_hour(
    store: Store, clock: HeldClock
) -> None:
    await open_some(store, "a")
    upkeep = OperationUpkeep(store, KEPT, listened=lambda: ())
    clock.advance(3_599)
    await upkeep.round(clock.now)
    assert await ids(store) == {"a"}
    clock.advance(1)
    await upkeep.round(clock.now)
    assert await ids(store) == set()


async def test_the_hour_begins_when_the_last_listener_has_gone(
    store: Store, clock: HeldClock
) -> None:
    await open_some(store, "a")
    listened = {"a"}
    upkeep = OperationUpkeep(store, KEPT, lambda: listened)
    for _ in range(90):
        clock.advance(60)
        await upkeep.round(clock.now)
    listened.clear()
    clock.advance(3_599)
    await upkeep.round(clock.now)
    assert await ids(store) == {"a"}
    clock.advance(60)
    await upkeep.round(clock.now)
    assert await ids(store) == set()


async def test_another_node_leaves_alone_what_is_listened_to_here(
    store: Store, clock: HeldClock
) -> None:
    await open_some(store, "a")
    here = OperationUpkeep(store, KEPT, lambda: ["a"])
    there = OperationUpkeep(store, KEPT, listened=lambda: ())
    clock.advance(7_200)
    await here.round(clock.now)
    clock.advance(60)
    await there.round(clock.now)
    assert await ids(store) == {"a"}


async def test_more_than_one_unit_of_work_looks_after_are_all_looked_after(
    store: Store, clock: HeldClock
) -> None:
    idle = [f"idle-{number}" for number in range(operations.BATCH + 1)]
    heard = [f"heard-{number}" for number in range(operations.BATCH + 1)]
    await open_some(store, *idle, *heard)
    clock.advance(3_600)
    await OperationUpkeep(store, KEPT, lambda: heard).round(clock.now)
    assert await ids(store) == {*heard}


async def test_closed_runs_are_forgotten_after_the_day(store: Store, clock: HeldClock) -> None:
    await open_some(store, "a")
    finish = partial(operations.finish, operation_id="a", outcome=Outcome.SUCCESS)
    await store.change(finish)
    upkeep = OperationUpkeep(store, KEPT, listened=lambda: ())
    clock.advance(86_399)
    await upkeep.round(clock.now)
    assert await ids(store) == {"a"}
    clock.advance(1)
    await upkeep.round(clock.now)
    assert await ids(store) == set()


async def test_a_round_is_made_every_minute_but_not_at_the_start(
    store: Store, clock: HeldClock
) -> None:
    await open_some(store, "a")
    clock.advance(7_200)
    async with running(OperationUpkeep(store, KEPT, listened=lambda: ()), clock):
        await clock.awaited(clock.now_ms() + MINUTE_MS)
        assert await ids(store) == {"a"}
        clock.advance(60)
        await clock.awaited(clock.now_ms() + MINUTE_MS)
        assert await ids(store) == set()


async def test_short_times_make_for_shorter_rounds(store: Store, clock: HeldClock) -> None:
    async with running(OperationUpkeep(store, Kept(20, 100), listened=lambda: ()), clock):
        await clock.awaited(clock.now_ms() + 2_000)


async def test_a_store_that_fails_is_tried_again(store: Store, clock: HeldClock) -> None:
    await store.stop()
    async with running(OperationUpkeep(store, KEPT, listened=lambda: ()), clock):
        for _ in range(2):
            await clock.awaited(clock.now_ms() + MINUTE_MS)
            clock.advance(60)
