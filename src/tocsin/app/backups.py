"""Copies of the store, made while it is in use; whoever watches is told of each."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import structlog

from tocsin.app import notices
from tocsin.app.clock import AlarmClock
from tocsin.model import backup as schedule
from tocsin.model.notice import NewNotice
from tocsin.model.position import Position
from tocsin.store import backup
from tocsin.store.backup import CopyFailed
from tocsin.store.backup_folder import BackupFolder
from tocsin.store.store import Store, StoreUnavailable

T = TypeVar("T")

_log = structlog.get_logger(__name__)

_INFORMATION, _CRITICAL = 1, 7


class Backups:
    """The copies of one store; the data folder has room for one in passing.

    Each is told as notices of the class `life-preserver` (seeds/sysadm-events.txt): that it begins,
    and that it is done or has failed.
    """

    def __init__(self, store: Store, url: str, data: Path) -> None:
        self._store = store
        self._url = url
        self._passing = data / "backup.tmp"
        self._copying = asyncio.Lock()

    async def into_file(self, target: Path) -> Position:
        """Copy the store into the new file `target`; see `store.backup.backup`."""
        return await self._told(str(target), partial(backup.backup, self._url, target))

    async def into_folder(self, folder: BackupFolder, name: str) -> Position:
        """Copy the store into a new file in the folder. Raises `CopyFailed`."""
        return await self._told(str(folder.path / name), partial(folder.put, self._url, name))

    async def in_passing(self) -> tuple[BinaryIO, Position]:
        """A copy as an open file that nobody else can find, and that is gone once it is closed.

        Raises `CopyFailed`.
        """
        async with self._copying:
            self._passing.unlink(missing_ok=True)  # of a process that died over it
            copy = partial(backup.backup, self._url, self._passing)
            position = await self._told("a download", copy)
            file = self._passing.open("rb")
            self._passing.unlink()
            return file, position

    async def attempt(self, work: Callable[[], T]) -> T:
        """What comes of a part of making backups, done in a thread; that it fails is told. Raises
        `CopyFailed`."""
        try:
            return await asyncio.to_thread(work)
        except CopyFailed as failure:
            await self._tell(_CRITICAL, f"Backup failed: {failure}")
            raise

    async def _told(self, target: str, copy: Callable[[], Position]) -> Position:
        await self._tell(_INFORMATION, f"Backup begins: {target}")
        position = await self.attempt(copy)
        await self._tell(_INFORMATION, f"Backup done: {target}, at position {position}")
        return position

    async def _tell(self, priority: int, message: str) -> None:
        """A store that cannot be written, its disk being full, is one to be copied all the more."""
        new = NewNotice("life-preserver", message, priority, {"class": "snapshot"})
        try:
            await self._store.change(partial(notices.publish, new=new))
        except StoreUnavailable as failure:
            _log.warning("a notice could not be published", notice=message, cause=str(failure))


class ScheduledBackups:
    """Backups made by themselves, one every `every_s`, of which the newest `keep` stay (0: all)."""

    def __init__(
        self, backups: Backups, folder: BackupFolder, clock: AlarmClock, every_s: int, keep: int
    ) -> None:
        self._backups = backups
        self._folder = folder
        self._clock = clock
        self._every_s = every_s
        self._keep = keep

    async def run(self) -> None:
        """Back up whenever it is time, until cancelled. A start makes none that is not due."""
        while True:
            try:
                await self._next()
            except CopyFailed as failure:
                again = schedule.retry_after(self._every_s)
                _log.error("the scheduled backup failed", cause=str(failure), again_s=again)
                await self._clock.until(self._clock.now_ms() + again * 1_000)

    async def _next(self) -> None:
        names = await self._backups.attempt(self._folder.names)
        due = schedule.next_due(names, self._every_s, self._now())
        await self._clock.until(due * 1_000)
        name = schedule.name_at(self._now())
        position = await self._backups.into_folder(self._folder, name)
        _log.info("backed up", file=str(self._folder.path / name), position=str(position))
        await self._backups.attempt(self._tidy)

    def _tidy(self) -> None:
        self._folder.remove(schedule.surplus(self._folder.names(), self._keep))

    def _now(self) -> int:
        return self._clock.now_ms() // 1_000
