"""The log is kept within its limits, by itself, without holding anybody up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.clock import HeldClock
from tests.contract.queues import Queues

from tocsin.app.upkeep import Retention, Upkeep
from tocsin.store import delivery_log, retention
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


async def publish(store: Store, count: int) -> None:
    def unit(tx: Tx) -> None:
        for _ in range(count):
            tx.append("a.b", "x", b"")

    await store.change(unit)


async def test_prune_goes_on_until_nothing_is_left_to_remove(store: Store) -> None:
    await publish(store, 2 * retention.BATCH + 10)
    assert await Upkeep(store, Retention(0, 5)).prune() == 2 * retention.BATCH + 5
    assert store.first_available == store.head - 4


async def test_days_count_from_now(store: Store, clock: HeldClock) -> None:
    await publish(store, 3)
    clock.advance(86_400 + 1)
    await publish(store, 1)
    assert await Upkeep(store, Retention(1, 0)).prune() == 3


async def test_without_limits_everything_stays(store: Store, clock: HeldClock) -> None:
    await publish(store, 3)
    clock.advance(100 * 86_400)
    assert await Upkeep(store, Retention(0, 0)).prune() == 0


async def test_deliveries_are_forgotten_too(store: Store, clock: HeldClock) -> None:
    queues = Queues(store, clock)
    await queues.endpoint()
    await queues.put("a", state="delivered", ended_ms=clock.now_ms())
    clock.advance(delivery_log.KEPT_S)
    await Upkeep(store, Retention(0, 0)).prune()
    assert await queues.states() == []


async def test_what_is_left_to_be_sent_to_nobody_is_cancelled(
    store: Store, clock: HeldClock
) -> None:
    """A server that died may have left it so."""
    queues = Queues(store, clock)
    await queues.endpoint(enabled=False, disabled_reason="gone")
    await queues.put(*map(str, range(1_001)))
    await Upkeep(store, Retention(0, 0)).prune()
    assert set(await queues.states()) == {"cancelled"}


async def test_it_prunes_at_the_start_and_every_hour(store: Store, clock: HeldClock) -> None:
    await publish(store, 3)
    running = asyncio.create_task(Upkeep(store, Retention(0, 1)).run(clock))
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
    store: Store, clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    await store.stop()
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(Upkeep(store, Retention(0, 1)).run(clock))
        await clock.awaited(clock.now_ms() + HOUR_MS)
    assert "not pruned" in caplog.text
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
