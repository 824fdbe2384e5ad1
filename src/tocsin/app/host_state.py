"""Readings of the host that the server runs on, published as notices."""

import asyncio
import os
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog

from tocsin.app import notices
from tocsin.app.clock import AlarmClock
from tocsin.model.host_state import Reading, Space, notice_of
from tocsin.store.store import Store, StoreUnavailable

_log = structlog.get_logger(__name__)

# As sysadm does: the first a minute after the start, then one each quarter of an hour.
_FIRST_MS = 60 * 1_000
_EVERY_MS = 15 * 60 * 1_000


class HostState:
    """Publishes a reading of this host every 15 minutes; `data` is the folder with the store."""

    def __init__(self, store: Store, clock: AlarmClock, data: Path) -> None:
        self._store = store
        self._clock = clock
        self._data = data

    async def run(self) -> None:
        """Read and publish, until cancelled."""
        before: Reading | None = None
        at_ms = self._clock.now_ms() + _FIRST_MS
        while True:
            await self._clock.until(at_ms)
            reading = await asyncio.to_thread(read, self._data)
            await self._publish(reading, before)
            before = reading
            at_ms = self._clock.now_ms() + _EVERY_MS

    async def _publish(self, reading: Reading, before: Reading | None) -> None:
        try:
            await self._store.change(partial(notices.publish, new=notice_of(reading, before)))
        except StoreUnavailable as failure:
            _log.warning("the state of the host could not be published", cause=str(failure))


def read(data: Path) -> Reading:
    """The state of this host now; the disk with the folder `data` is among its disks."""
    import psutil

    memory = psutil.virtual_memory()
    return Reading(
        hostname=socket.gethostname(),
        load=os.getloadavg(),
        memory=Space(memory.total, memory.available),
        disks=_disks(data),
    )


def _disks(data: Path) -> dict[str, Space]:
    """The disks by mount point, without those that can only be read: they are always full."""
    import psutil

    writable = {
        each.device: each.mountpoint
        for each in reversed(psutil.disk_partitions())
        if "rw" in each.opts.split(",") and os.path.isdir(each.mountpoint)
    }
    found = {}
    for mount in sorted({*writable.values(), _mount_of(data)}):
        with suppress(OSError):  # taken out meanwhile, or not for us to see
            usage = psutil.disk_usage(mount)
            found[mount] = Space(usage.total, usage.free)
    return found


def _mount_of(folder: Path) -> str:
    """The mount point that the folder lies under."""
    path = folder.absolute()
    while not os.path.ismount(path):
        path = path.parent
    return str(path)
