"""Copies of the store: told to whoever watches, and made by themselves when it is time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from tests.clock import HeldClock
from tests.domain import Domain

from tocsin.app.backups import Backups, ScheduledBackups
from tocsin.model import notice
from tocsin.model.backup import name_at
from tocsin.store.backup import CopyFailed
from tocsin.store.backup_folder import BackupFolder
from tocsin.store.store import Store

DAY = 86_400
HOUR = 3_600


def backups_of(store: Store, data: Path) -> Backups:
    return Backups(store, f"sqlite:///{data}/tocsin.db", data)


def told(there: Domain) -> list[dict[str, str]]:
    """What those were told who watch backups."""
    events = [event for change in there.changes for event in change]
    topic = notice.topic_of("life-preserver")
    return [
        msgspec.json.decode(notice.read(event.data).args)
        for event in events
        if event.topic == topic
    ]


async def test_a_copy_is_told_as_it_begins_and_is_done(there: Domain, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    position = await backups_of(there.store, tmp_path).into_file(target)
    assert told(there) == [
        {
            "message": message,
            "priority": "1 - Information",
            "class": "snapshot",
        }
        for message in (
            f"Backup begins: {target}",
            f"Backup done: {target}, at position {position}",
        )
    ]


async def test_a_failure_is_told_as_critical(there: Domain, tmp_path: Path) -> None:
    with pytest.raises(CopyFailed):
        await backups_of(there.store, tmp_path).into_file(tmp_path / "missing" / "copy.db")
    begun, failed = told(there)
    assert begun["priority"] == "1 - Information"
    assert failed["priority"] == "7 - Critical"
    assert failed["message"].startswith("Backup failed: ")
    assert "No such file" in failed["message"]


async def test_a_store_that_takes_nothing_more_is_copied_all_the_same(
    there: Domain, tmp_path: Path
) -> None:
    await there.store.stop()
    position = await backups_of(there.store, tmp_path).into_file(tmp_path / "copy.db")
    assert position.sequence == there.store.head
    assert (tmp_path / "copy.db").exists()


async def test_copies_at_the_same_time_do_not_meet(there: Domain, tmp_path: Path) -> None:
    backups = backups_of(there.store, tmp_path)
    copies = await asyncio.gather(*(backups.in_passing() for _ in range(3)))
    for file, position in copies:
        with file:
            assert file.read(15) == b"SQLite format 3"
        assert position.sequence <= there.store.head
    assert list(tmp_path.glob("backup*")) == []


@asynccontextmanager
async def scheduled(there: Domain, folder: Path, keep: int = 2) -> AsyncIterator[BackupFolder]:
    """A backup a day, while the block runs."""
    kept = BackupFolder(folder / "backups")
    backups = backups_of(there.store, folder)
    running = asyncio.create_task(ScheduledBackups(backups, kept, there.clock, DAY, keep).run())
    try:
        yield kept
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_one_is_made_each_time_and_the_newest_are_kept(there: Domain, tmp_path: Path) -> None:
    clock: HeldClock = there.clock
    begun = clock.now
    async with scheduled(there, tmp_path) as folder:
        for day in range(4):
            await clock.awaited((begun + (day + 1) * DAY) * 1_000)
            assert name_at(begun + day * DAY) in folder.names()
            clock.advance(DAY)
        await clock.awaited((begun + 5 * DAY) * 1_000)
        assert sorted(folder.names()) == [name_at(begun + day * DAY) for day in (3, 4)]


async def test_a_start_makes_none_before_its_time(there: Domain, tmp_path: Path) -> None:
    clock = there.clock
    begun = clock.now
    async with scheduled(there, tmp_path):
        await clock.awaited((begun + DAY) * 1_000)
    clock.advance(HOUR)
    async with scheduled(there, tmp_path) as folder:
        await clock.awaited((begun + DAY) * 1_000)
        assert folder.names() == [name_at(begun)]


async def test_one_that_fails_is_tried_again_within_the_hour(there: Domain, tmp_path: Path) -> None:
    clock = there.clock
    (tmp_path / "backups").touch()
    async with scheduled(there, tmp_path) as folder:
        await clock.awaited((clock.now + HOUR) * 1_000)
        assert [each["priority"] for each in told(there)] == ["7 - Critical"]
        assert "Not a directory" in told(there)[0]["message"]
        (tmp_path / "backups").unlink()
        clock.advance(HOUR)
        await clock.awaited((clock.now + DAY) * 1_000)
        assert folder.names() == [name_at(clock.now)]
