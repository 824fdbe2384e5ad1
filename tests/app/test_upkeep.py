"""The log is kept within its limits, by itself, without holding anybody up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.clock import HeldClock

from tocsin.app.upkeep import Retention, Upkeep
from tocsin.store import retention
from tocsin.store.store import Store, open_store
from tocsin.store.tx import Tx

HOUR_MS = 3_600_000


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def store(tmp_path: Path, clock: HeldClock) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/tocsin.db", clock)
    await opened.start()
    yield opened
    await opened.stop()


def upkeep_of(store: Store, folder: Path, keep: Retention) -> Upkeep:
    return Upkeep(store, f"sqlite:///{folder}/tocsin.db", folder, keep)


async def publish(store: Store, count: int) -> None:
    def unit(tx: Tx) -> None:
        for _ in range(count):
            tx.append("a.b", "x", b"")

    await store.change(unit)


async def test_prune_goes_on_until_nothing_is_left_to_remove(store: Store, tmp_path: Path) -> None:
    await publish(store, 2 * retention.BATCH + 10)
    assert await upkeep_of(store, tmp_path, Retention(0, 5)).prune() == 2 * retention.BATCH + 5
    assert store.first_available == store.head - 4


async def test_days_count_from_now(store: Store, tmp_path: Path, clock: HeldClock) -> None:
    await publish(store, 3)
    clock.advance(86_400 + 1)
    await publish(store, 1)
    assert await upkeep_of(store, tmp_path, Retention(1, 0)).prune() == 3


async def test_without_limits_everything_stays(
    store: Store, tmp_path: Path, clock: HeldClock
) -> None:
    await publish(store, 3)
    clock.advance(100 * 86_400)
    assert await upkeep_of(store, tmp_path, Retention(0, 0)).prune() == 0


async def test_it_prunes_at_the_start_and_every_hour(
    store: Store, tmp_path: Path, clock: HeldClock
) -> None:
    await publish(store, 3)
    running = asyncio.create_task(upkeep_of(store, tmp_path, Retention(0, 1)).run(clock))
    await clock.awaited(clock.now_ms() + HOUR_MS)
    assert store.first_available == 3
    await publish(store, 3)
    clock.advance(3_600)
    await clock.awaited(clock.now_ms() + HOUR_MS)
    assert store.first_available == 6
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_store_that_fails_is_tried_again(
    store: Store, tmp_path: Path, clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    await store.stop()
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(upkeep_of(store, tmp_path, Retention(0, 1)).run(clock))
        await clock.awaited(clock.now_ms() + HOUR_MS)
    assert "not pruned" in caplog.text
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_copies_at_the_same_time_do_not_meet(store: Store, tmp_path: Path) -> None:
    await publish(store, 3)
    upkeep = upkeep_of(store, tmp_path, Retention(0, 0))
    copies = await asyncio.gather(*(upkeep.passing_copy() for _ in range(3)))
    for file, position in copies:
        with file:
            assert file.read(15) == b"SQLite format 3"
        assert position == store.position(3)
    assert [path.name for path in tmp_path.glob("backup*")] == []
