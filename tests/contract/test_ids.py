"""The ids that units of work take."""

import pytest
from tests.clock import HeldClock

from tocsin.store.store import open_store
from tocsin.store.tx import Tx


def taken(tx: Tx) -> list[str]:
    """Some ids, and an event, so that the log knows of the time."""
    tx.append("test", "test", b"")
    return [tx.new_id() for _ in range(9)]


async def run(url: str, clock: HeldClock) -> list[str]:
    """Take some ids from a store that is started and stopped for it."""
    store = open_store(url, clock)
    await store.start()
    ids = (await store.change(taken)).value
    await store.stop()
    return ids


@pytest.mark.parametrize("step", [0, -3_600, 3_600])
async def test_ids_rise_over_a_restart_whatever_the_clock_does(
    url: str, clock: HeldClock, step: int
) -> None:
    before = await run(url, clock)
    clock.advance(step)
    after = await run(url, clock)
    assert before + after == sorted({*before, *after})
    assert {len(one) for one in after} == {24}


async def test_ids_are_not_given_again_by_a_clock_that_stays_behind(
    url: str, clock: HeldClock
) -> None:
    ids = await run(url, clock)
    clock.advance(-3_600)
    for _ in range(3):
        ids += await run(url, clock)
    assert len(set(ids)) == len(ids)
