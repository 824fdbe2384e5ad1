"""The task that takes what is due, woken by the clock and by commits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.domain import Domain

from tocsin.app import issues, operations
from tocsin.model.event import Change
from tocsin.model.issue import NewUpdate
from tocsin.model.operation import End, Open, Outcome
from tocsin.store.store import StoreUnavailable

HOUR = 3_600


@asynccontextmanager
async def running(there: Domain) -> AsyncIterator[None]:
    """While the timers of the domain run."""
    task = asyncio.create_task(there.timers.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def schedule(there: Domain, begins: int, component_id: str) -> str:
    """An issue that begins in so many seconds and lasts an hour."""
    starts_at = there.clock.now + begins
    return await there.issue(component_id, starts_at=starts_at, ends_at=starts_at + HOUR)


def committed(there: Domain, *types: str) -> asyncio.Future[None]:
    """Done when changes that end with events of these types have been committed, in this order."""
    seen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting, note = list(types), there.store.on_commit

    def on_commit(changes: Sequence[Change]) -> None:
        note(changes)
        for change in changes:
            if waiting and change[-1].type == f"tocsin.{waiting[0]}":
                waiting.pop(0)
        if not waiting and not seen.done():
            seen.set_result(None)

    there.store.on_commit = on_commit
    return seen


async def test_a_step_is_taken_when_its_time_comes(there: Domain) -> None:
    await schedule(there, 10, await there.component())
    async with running(there):
        for wait, then in ((10, "issue.started"), (HOUR, "issue.ended")):
            done = committed(there, then)
            await there.clock.awaited(there.clock.now_ms() + wait * 1_000)
            there.clock.advance(wait)
            await done


async def test_what_was_slept_through_is_taken_at_once_and_in_order(there: Domain) -> None:
    await schedule(there, 10, await there.component())
    there.clock.advance(10 * HOUR)
    done = committed(there, "issue.started", "issue.ended")
    async with running(there):
        await done


async def test_a_commit_with_an_earlier_time_wakes_the_timers(there: Domain) -> None:
    component_id = await there.component()
    await schedule(there, HOUR, component_id)
    now_ms = there.clock.now_ms()
    async with running(there):
        await there.clock.awaited(now_ms + HOUR * 1_000)
        sooner = await schedule(there, 5, component_id)
        await there.clock.awaited(now_ms + 5_000)
        await there.do(
            lambda tx: issues.cancel(tx, issues.get(tx.conn, sooner), NewUpdate(tx.new_id()))
        )
        await there.clock.awaited(now_ms + HOUR * 1_000)


async def test_the_timers_wait_for_an_issue_when_there_is_none(there: Domain) -> None:
    component_id = await there.component()
    async with running(there):
        done = committed(there, "issue.started")
        await schedule(there, 1, component_id)
        there.clock.advance(1)
        await done


async def test_more_than_are_taken_together_are_all_taken(there: Domain) -> None:
    component_id = await there.component()
    for _ in range(40):
        await schedule(there, 10, component_id)
    there.clock.advance(10)
    await there.timers.catch_up()
    told = [change[-1].type for change in there.changes]
    assert told.count("tocsin.issue.started") == 40


async def test_a_run_is_closed_a_second_after_its_end_was_reported(there: Domain) -> None:
    done = committed(there, "operation.closed")
    async with running(there):
        await there.do(lambda tx: operations.apply(tx, [Open("web"), End("web", Outcome.ERROR)]))
        there.timers.look_again()
        await there.clock.awaited(there.clock.now_ms() + 1_000)
        assert not done.done()
        there.clock.advance(1)
        await done
    assert there.changes[-1][-1].time_ms == there.clock.now_ms()


async def test_different_kinds_are_taken_in_the_order_of_their_times(there: Domain) -> None:
    await schedule(there, 1, await there.component())
    there.clock.advance(0.5)
    await there.do(lambda tx: operations.apply(tx, [Open("web"), End("web", Outcome.SUCCESS)]))
    there.clock.advance(10)
    done = committed(there, "issue.started", "operation.closed")
    await there.timers.catch_up()
    assert done.done()


async def test_what_another_node_has_planned_is_found_within_a_minute(there: Domain) -> None:
    done = committed(there, "operation.closed")
    async with running(there):
        await there.clock.awaited(there.clock.now_ms() + 60_000)
        await there.do(lambda tx: operations.apply(tx, [Open("web"), End("web", Outcome.ERROR)]))
        there.clock.advance(60)
        await done


@pytest.mark.parametrize("failure", [StoreUnavailable("The disk is full."), RuntimeError("a bug")])
async def test_what_fails_is_tried_again_after_a_second(
    there: Domain, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    await schedule(there, 10, await there.component())
    there.clock.advance(10)
    done = committed(there, "issue.started")

    async def read(_: Callable[..., Any]) -> None:
        monkeypatch.undo()
        raise failure

    monkeypatch.setattr(there.store, "read", read)
    async with running(there):
        await there.clock.awaited(there.clock.now_ms() + 1_000)
        assert not done.done()
        there.clock.advance(1)
        await done
