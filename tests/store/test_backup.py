"""Backup and restore: consistent with one position, a new epoch, and nothing lost on the way."""

import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.clock import HeldClock
from tests.contract.queues import Queues
from tests.domain import domain
from tests.subscribed import Readers

from tocsin.model.delivery import UNFINISHED, State
from tocsin.store import subscribers
from tocsin.store.backup import CopyFailed, backup, begin_epoch, restore
from tocsin.store.store import Store, open_store
from tocsin.store.tx import Tx

NOW_MS = 1_700_000_000_000


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'tocsin.db'}"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(url_of(tmp_path), HeldClock(NOW_MS))
    await opened.start()
    yield opened
    await opened.stop()


async def publish(store: Store, count: int) -> None:
    def unit(tx: Tx) -> None:
        for number in range(count):
            tx.append("com.example.counted", "count", b"%d" % number)

    await store.change(unit)


def sequences(file: Path) -> list[int]:
    with sqlite3.connect(file) as database:
        return [row[0] for row in database.execute("SELECT sequence FROM events ORDER BY sequence")]


async def test_a_copy_is_made_while_the_store_is_in_use(store: Store, tmp_path: Path) -> None:
    await publish(store, 3)
    copy = tmp_path / "copy.db"
    position = backup(url_of(tmp_path), copy)
    await publish(store, 2)
    assert position == store.position(3)
    assert sequences(copy) == [1, 2, 3]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


async def test_an_existing_file_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(CopyFailed, match=r"copy\.db"):
        backup(url_of(tmp_path), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_backup_that_failed_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CopyFailed, match=r"tocsin\.db"):
        backup(url_of(tmp_path), tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


async def test_restore_goes_on_from_the_backup_under_a_new_epoch(tmp_path: Path) -> None:
    clock = HeldClock(NOW_MS)
    first = open_store(url_of(tmp_path), clock)
    await first.start()
    await publish(first, 3)
    backup(url_of(tmp_path), tmp_path / "copy.db")
    await publish(first, 2)
    await first.stop()

    position, kept = restore(url_of(tmp_path), tmp_path / "copy.db")

    assert position.sequence == 3
    assert position.epoch > first.epoch
    assert kept is not None
    assert sequences(kept) == [1, 2, 3, 4, 5]
    assert sequences(tmp_path / "copy.db") == [1, 2, 3]
    again = open_store(url_of(tmp_path), clock)
    await again.start()
    assert again.position(again.head) == position
    await publish(again, 1)
    await again.stop()
    assert sequences(tmp_path / "tocsin.db") == [1, 2, 3, 4]


async def test_what_a_dead_owner_had_not_checkpointed_is_kept_aside_too(
    store: Store, tmp_path: Path
) -> None:
    """Its write-ahead log must neither be lost with the old database nor be played into the new."""
    await publish(store, 3)
    backup(url_of(tmp_path), tmp_path / "copy.db")
    await publish(store, 2)
    dead = tmp_path / "dead"
    dead.mkdir()
    for part in ("tocsin.db", "tocsin.db-wal"):
        (dead / part).write_bytes((tmp_path / part).read_bytes())
    _, kept = restore(url_of(dead), tmp_path / "copy.db")
    assert kept is not None
    assert sequences(kept) == [1, 2, 3, 4, 5]
    assert sequences(dead / "tocsin.db") == [1, 2, 3]


async def test_restoring_into_an_empty_folder(store: Store, tmp_path: Path) -> None:
    await publish(store, 1)
    backup(url_of(tmp_path), tmp_path / "copy.db")
    position, kept = restore(url_of(tmp_path / "new"), tmp_path / "copy.db")
    assert (position.sequence, kept) == (1, None)


@pytest.mark.parametrize(
    "content", [b"", b"no database at all, but long enough to be looked at" * 9]
)
async def test_what_is_no_backup_is_refused_and_nothing_is_touched(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "copy.db").write_bytes(content)
    (tmp_path / "tocsin.db").write_bytes(b"what was there")
    with pytest.raises(CopyFailed, match=r"copy\.db"):
        restore(url_of(tmp_path), tmp_path / "copy.db")
    assert (tmp_path / "tocsin.db").read_bytes() == b"what was there"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.db", "No such file"),
        (".", "Is a directory"),
        ("other.db", "no backup of a Tocsin"),
    ],
)
def test_what_is_no_backup_is_named_in_plain_words(name: str, words: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE notes (text)")
    with pytest.raises(CopyFailed, match=words):
        restore(url_of(tmp_path / "new"), tmp_path / name)


async def test_a_damaged_backup_is_refused(store: Store, tmp_path: Path) -> None:
    await publish(store, 500)
    copy = tmp_path / "copy.db"
    backup(url_of(tmp_path), copy)
    whole = copy.read_bytes()
    copy.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    with pytest.raises(CopyFailed, match=r"damaged|malformed"):
        restore(url_of(tmp_path / "new"), copy)


@pytest.mark.parametrize("by_us", [True, False])
async def test_what_was_on_its_way_to_endpoints_is_cancelled_by_a_restore(
    by_us: bool, tmp_path: Path
) -> None:
    clock, copy = HeldClock(NOW_MS), tmp_path / "copy.db"
    store = open_store(url_of(tmp_path), clock)
    await store.start()
    queues = Queues(store, clock)
    await queues.endpoint()
    for state in State:
        await queues.put("k", state=state, worker="w" if state is State.SENDING else None)
    if by_us:
        backup(url_of(tmp_path), copy)
    else:
        await store.change(begin_epoch)
    await store.stop()
    if by_us:
        restore(url_of(tmp_path), copy)
    again = open_store(url_of(tmp_path), clock)
    await again.start()

    for state, row in zip(State, await Queues(again, clock).rows(), strict=True):
        if state in UNFINISHED:
            assert (row.state, row.reason, row.worker) == (State.CANCELLED, "restored", None)
            assert row.ended_ms >= NOW_MS
        else:
            assert (row.state, row.reason, row.ended_ms) == (state, None, None)
    await again.stop()


@pytest.mark.parametrize("call", [backup, restore])
def test_postgresql_is_copied_with_its_own_tools(call: object, tmp_path: Path) -> None:
    assert callable(call)
    with pytest.raises(CopyFailed, match="pg_"):
        call("postgresql+psycopg://localhost/tocsin", tmp_path / "copy.db")


async def test_an_epoch_can_be_begun_after_a_restore_that_was_not_ours(tmp_path: Path) -> None:
    clock = HeldClock(NOW_MS)
    first = open_store(url_of(tmp_path), clock)
    await first.start()
    await publish(first, 3)
    begun = await first.change(begin_epoch)
    await first.stop()
    again = open_store(url_of(tmp_path), clock)
    await again.start()
    assert again.epoch == begun.value != first.epoch
    assert again.head == 3
    await again.stop()


@pytest.mark.parametrize("by_us", [True, False])
async def test_what_was_still_to_be_sent_is_not_sent_after_a_restore(
    by_us: bool, tmp_path: Path
) -> None:
    clock, copy = HeldClock(NOW_MS), tmp_path / "copy.db"
    async with domain(url_of(tmp_path), clock) as there:
        readers = Readers(there)
        await readers.subscribe("you@example.org")
        await there.issue(await there.component())
        await readers.spread()
        await there.issue(*there.board.components)
        if by_us:
            backup(url_of(tmp_path), copy)
        else:
            await there.do(begin_epoch)
            assert await readers.due() == []
    if by_us:
        restore(url_of(tmp_path), copy)
        async with domain(url_of(tmp_path), clock) as there:
            assert await Readers(there).due() == []
            assert await there.store.read(subscribers.any_at_all)
