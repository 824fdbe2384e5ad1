"""SQLite's faults: each is named, loses nothing that was acknowledged, and ends with its cause."""

import os
import resource
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest
from tests.clock import HeldClock
from tests.contract.units import appending, in_one_batch, whole_log

from tocsin.store import schema, sqlite
from tocsin.store.store import Committed, Store, StoreUnavailable, open_store
from tocsin.store.tx import Tx

NOBODY = 65534


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT", 0.05)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database file with the schema."""
    file = tmp_path / "tocsin.db"
    schema.migrate(f"sqlite:///{file}")
    return file


@asynccontextmanager
async def running(file: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{file}", HeldClock())
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def start(file: Path) -> None:
    async with running(file):
        pass


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process inside a transaction that writes."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def small_files(limit: int) -> Iterator[None]:
    """No file of this process may grow beyond `limit` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system with room for the schema and little more."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom file modes apply to."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)


async def test_a_locked_file_is_named_and_waited_out(file: Path) -> None:
    async with running(file) as store:
        with locked(file):
            answers = await in_one_batch(store, appending("a"), appending("b"))

        assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        assert "another process holds a lock" in str(answers[0])
        assert await store.change(appending("c")) == Committed(1, 1)
        assert [event.topic for event in await whole_log(store)] == ["c"]


async def test_each_waiter_gets_an_error_of_its_own(file: Path) -> None:
    async with running(file) as store:
        with locked(file):
            first, second = await in_one_batch(store, appending("a"), appending("b"))

    assert isinstance(first, StoreUnavailable)
    assert isinstance(second, StoreUnavailable)
    assert first is not second
    assert first.__cause__ is not None


async def test_starting_on_a_locked_file_fails(file: Path) -> None:
    with locked(file), pytest.raises(StoreUnavailable, match="holds a lock"):
        await start(file)


async def test_starting_on_what_cannot_be_written_fails() -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "tocsin.db")
        schema.migrate(f"sqlite:///{file}")
        file.chmod(0o444)
        file.parent.chmod(0o555)

        with unprivileged(), pytest.raises(StoreUnavailable, match="check owner and mode"):
            await start(file)


async def test_a_start_makes_the_database(tmp_path: Path) -> None:
    async with running(tmp_path / "tocsin.db") as store:
        assert await store.change(appending("a")) == Committed(1, 1)


async def test_starting_without_the_folder_fails(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="check that the folder exists"):
        await start(tmp_path / "nowhere" / "tocsin.db")


async def test_starting_on_another_kind_of_file_fails(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.db"
    file.write_bytes(b"not a database" * 1_000)

    with pytest.raises(StoreUnavailable, match=r"tocsin\.db.*not a SQLite database"):
        await start(file)


async def test_damage_is_named_when_it_is_met(file: Path) -> None:
    async with running(file) as store:
        # Most of the file, so that its middle is neither the schema nor read at a start.
        await store.change(appending(*["a"] * 4_000, data=b"x" * 500))
    pages = file.stat().st_size // 4096
    with file.open("r+b") as database:
        database.seek(pages // 2 * 4096)
        database.write(os.urandom(pages // 4 * 4096))

    async with running(file) as store:
        with pytest.raises(StoreUnavailable, match="is damaged; run `tocsin doctor`"):
            await whole_log(store)


async def test_a_disk_that_fills_up_loses_nothing_acknowledged(small_disk: Path) -> None:
    file = small_disk / "tocsin.db"
    schema.migrate(f"sqlite:///{file}")
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 60_000)
    acknowledged: list[str] = []

    async def fill() -> None:
        while True:
            topic = f"t/{len(acknowledged)}"
            await store.change(appending(topic, data=b"x" * 2_000))
            acknowledged.append(topic)

    async with running(file) as store:
        with pytest.raises(StoreUnavailable, match="the disk is full"):
            await fill()
        assert [event.topic for event in await whole_log(store)] == acknowledged

        ballast.unlink()
        acknowledged.append("after")
        answer = await store.change(appending("after"))

        assert answer.sequence == len(acknowledged)
        assert [event.topic for event in await whole_log(store)] == acknowledged

    async with running(file) as store:
        assert [event.topic for event in await whole_log(store)] == acknowledged


async def test_a_write_that_fails_fails_its_whole_batch_and_no_more(file: Path) -> None:
    async with running(file) as store:
        await store.change(appending("a"))
        with small_files(100_000):
            big = appending("big", data=b"x" * 200_000)
            answers = await in_one_batch(store, appending("b"), big, appending("c"))

        assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        assert "check the disk and its limits" in str(answers[0])
        assert (store.head, await store.change(appending("d"))) == (1, Committed(2, 2))
        assert [event.topic for event in await whole_log(store)] == ["a", "d"]


async def test_a_full_disk_met_inside_a_unit_is_named_to_the_whole_batch(file: Path) -> None:
    """SQLite gives up the whole transaction then, the savepoints with it."""

    def limit(tx: Tx) -> None:
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")

    def overfill(tx: Tx) -> None:
        tx.append("com.example.x", "big", b"x" * 200_000)
        tx.flush()

    async with running(file) as store:
        await store.change(limit)
        answers = await in_one_batch(store, appending("a"), overfill, appending("b"))

        assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        assert all("the disk is full" in str(answer) for answer in answers)
        assert await store.change(appending("c")) == Committed(1, 1)
        assert [event.topic for event in await whole_log(store)] == ["c"]
