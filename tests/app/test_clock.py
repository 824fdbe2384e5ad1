"""The wall clock, stepped under the feet of those who wait for it."""

import asyncio
import time

import pytest
from tests.clock import HeldClock

from tocsin.app.clock import SystemClock, woken


async def test_a_time_that_has_come_is_not_waited_for() -> None:
    system = SystemClock()
    await system.until(system.now_ms())
    await HeldClock(5_000).until(5_000)


async def test_a_wait_follows_a_clock_that_is_stepped(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1_000.0
    slept = []

    async def sleep(seconds: float) -> None:
        nonlocal now_s
        slept.append(seconds)
        now_s += 3_600 if len(slept) == 3 else seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "time_ns", lambda: int(now_s * 1e9))
    await SystemClock().until(2_000_000)
    assert slept == [0.5, 0.5, 0.5]


async def test_a_wait_ends_no_sooner_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ms = 0

    async def sleep(seconds: float) -> None:
        nonlocal now_ms
        now_ms += max(1, round(seconds * 1_000) - 100)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "time_ns", lambda: now_ms * 1_000_000)
    await SystemClock().until(1_234)
    assert now_ms >= 1_234


async def test_a_held_clock_wakes_those_whose_time_has_come() -> None:
    held = HeldClock(0)
    soon, late = (asyncio.create_task(held.until(time_ms)) for time_ms in (1_000, 2_000))
    await asyncio.sleep(0)
    held.advance(1)
    await soon
    assert not late.done()
    held.advance(1)
    await late


@pytest.mark.parametrize("times_ms", [(1_000, 2_000), ()])
async def test_an_event_wakes_before_the_time_comes(times_ms: tuple[int, ...]) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(woken(event, HeldClock(0), *times_ms))
    await asyncio.sleep(0)
    assert not waiting.done()
    event.set()
    await waiting


async def test_the_time_wakes_where_no_event_does() -> None:
    held = HeldClock(0)
    waiting = asyncio.create_task(woken(asyncio.Event(), held, 2_000, 1_000))
    await held.awaited(1_000)
    held.advance(1)
    await waiting


async def test_who_is_woken_leaves_nothing_waiting() -> None:
    event = asyncio.Event()
    event.set()
    before = asyncio.all_tasks()
    await woken(event, HeldClock(0), 1_000)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
