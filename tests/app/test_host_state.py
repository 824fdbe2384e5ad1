"""The host is read when it is time, and what was read is published."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.domain import Domain
from tests.running import running
from tests.waiting import eventually

from tocsin.app.host_state import HostState, read
from tocsin.model import notice

QUARTER = 15 * 60


@pytest.fixture
async def reading(there: Domain, tmp_path: Path) -> AsyncIterator[None]:
    task = asyncio.create_task(HostState(there.store, there.clock, tmp_path).run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.usefixtures("reading")
async def test_the_first_comes_after_a_minute_then_one_each_quarter_of_an_hour(
    there: Domain,
) -> None:
    clock = there.clock
    await clock.awaited((clock.now + 60) * 1_000)
    there.changes.clear()
    clock.advance(60)
    for count in (1, 2):
        await clock.awaited((clock.now + QUARTER) * 1_000)
        assert [event.topic for (event,) in there.changes] == ["notice/system-state"] * count
        clock.advance(QUARTER)
    args = msgspec.json.decode(notice.read(there.changes[0][0].data).args)
    assert args["hostname"] == socket.gethostname()
    assert args["priority"].endswith(("Information", "Critical"))


@pytest.mark.usefixtures("reading")
async def test_a_store_that_takes_nothing_is_tried_again_next_time(there: Domain) -> None:
    clock = there.clock
    await clock.awaited((clock.now + 60) * 1_000)
    await there.store.stop()
    clock.advance(60)
    await clock.awaited((clock.now + QUARTER) * 1_000)


def test_a_reading_has_the_disk_under_the_data(tmp_path: Path) -> None:
    reading = read(tmp_path / "not" / "there" / "yet")
    assert 0 < reading.memory.free <= reading.memory.size
    assert any(os.path.ismount(mount) and disk.size for mount, disk in reading.disks.items())


def test_a_service_does_so_when_it_is_asked_to(tmp_path: Path) -> None:
    with running(tmp_path, notices={"system_state": True}) as service, service.client() as api:
        service.clock.advance(60)
        asked = {"topic": "notice/system-state"}
        eventually(lambda: bool(api.get("/api/v1/events", params=asked).json()["data"]))
