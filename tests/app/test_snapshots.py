"""Snapshots of the board: taken when enough has happened, and where the log begins."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select
from tests.domain import Domain

from tocsin.app import snapshots
from tocsin.app.replay import board_at
from tocsin.app.snapshots import Snapshots
from tocsin.app.upkeep import Retention, Upkeep
from tocsin.model import snapshot
from tocsin.model.event import Change
from tocsin.store import snapshots as rows
from tocsin.store import tables
from tocsin.store.store import StoreUnavailable
from tocsin.store.tx import Tx


@pytest.fixture(autouse=True)
def after_three_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few have to be written."""
    monkeypatch.setattr(snapshots, "_APART", 3)


async def kept(there: Domain) -> list[int]:
    """The sequences of the snapshots."""
    query = select(tables.snapshots.c.sequence).order_by(tables.snapshots.c.sequence)
    return list(await there.store.read(lambda conn: conn.scalars(query).all()))


async def snapshot_taken(there: Domain, count: int) -> None:
    """Return once there are so many snapshots."""
    while len(await kept(there)) < count:
        await asyncio.sleep(0)


@asynccontextmanager
async def running(there: Domain) -> AsyncIterator[Snapshots]:
    """While snapshots are being taken."""
    taking, note = Snapshots(there.store), there.store.on_commit

    def on_commit(changes: Sequence[Change]) -> None:
        note(changes)
        for change in changes:
            taking.on_change(change)

    there.store.on_commit = on_commit
    task = asyncio.create_task(taking.run())
    try:
        yield taking
    finally:
        task.cancel()
        await asyncio.wait([task])


def publish(tx: Tx) -> None:
    for _ in range(9):
        tx.append("com.example.happened", "order/1", b"{}")


async def test_one_is_taken_whenever_enough_has_happened(there: Domain) -> None:
    async with running(there):
        await there.component()  # with the page `main`, three events
        await snapshot_taken(there, 1)
        await there.do(publish)
        await there.make_page("shop")
        assert len(await kept(there)) == 1
        await there.component()
        await snapshot_taken(there, 2)
        newest = await there.store.read(lambda conn: rows.find(conn, there.store.head))
        assert newest is not None
        assert snapshot.decode(newest.data) == there.board
        assert newest.recorded_ms == there.changes[-1][-1].recorded_ms


async def test_what_happened_before_the_start_counts(there: Domain) -> None:
    await there.component()
    async with running(there):
        await snapshot_taken(there, 1)
    await there.component()
    async with running(there):
        await there.make_page("shop")
        await snapshot_taken(there, 2)


async def test_one_that_fails_is_taken_at_the_next_change(
    there: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    await there.component()
    failed = asyncio.Event()

    async def read(_: Callable[..., Any]) -> None:
        failed.set()
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(there.store, "read", read)
    async with running(there):
        await failed.wait()
        monkeypatch.undo()
        monkeypatch.setattr(snapshots, "_APART", 3)
        for _ in range(2):
            await there.component()
        await snapshot_taken(there, 1)


async def test_the_log_begins_with_a_snapshot(there: Domain) -> None:
    boards = {}
    for name in "abc":
        await there.component(name)
        boards[there.store.head] = there.board
    cut = sorted(boards)[1]
    await snapshots.begin_log_after(there.store, cut)
    await snapshots.begin_log_after(there.store, cut)
    assert await kept(there) == [cut]
    found = await there.store.read(lambda conn: rows.find(conn, cut))
    assert found is not None
    assert snapshot.decode(found.data) == boards[cut]


async def test_retention_keeps_a_snapshot_to_begin_with(there: Domain) -> None:
    upkeep = Upkeep(there.store, Retention(keep_days=0, keep_events=2))
    await upkeep.prune()
    assert await kept(there) == []
    for count in (3, 4):
        for name in "abcd"[:count]:
            await there.component(name)
        await upkeep.prune()
        assert await kept(there) == [there.store.head - 2]


async def test_a_log_without_its_beginning_can_still_be_pruned(there: Domain) -> None:
    """Its events went without leaving a snapshot, as in a store that others have cut."""
    await there.component()

    def cut(tx: Tx) -> None:
        tx.conn.execute(tables.events.delete().where(tables.events.c.sequence <= 2))
        tx.conn.execute(tables.log.update().values(trimmed=2))
        tx.trimmed(2)

    await there.do(cut)
    await there.component()
    assert await board_at(there.store, there.store.head) is None
    await snapshots.begin_log_after(there.store, there.store.head)
    assert await kept(there) == []
    await snapshots.take(there.store)
    assert await board_at(there.store, there.store.head) == there.board
