"""Copies of a SQLite store: made while it is in use, and put in its place again.

PostgreSQL has tools of its own for that; only the new epoch afterwards is ours.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import gmtime, strftime, time_ns
from typing import NamedTuple

from sqlalchemy import delete, make_url, text, update

from tocsin.model.position import Position
from tocsin.store.tables import bulletins, log, outbox, outbox_bulletins
from tocsin.store.tx import Tx

_POSITION = """
    SELECT epoch, coalesce((SELECT sequence FROM events ORDER BY sequence DESC LIMIT 1), trimmed)
    FROM log
"""

# What subscribers were to be told when the copy was made: by now they have been, or it is no news.
_UNSENT = (outbox_bulletins, outbox, bulletins)

# The same for endpoints, whose owners can have it sent again. Both SQLAlchemy and the driver take
# parameters so.
_COUNT = """
    INSERT INTO delivery_counts (endpoint_id, state, number)
    SELECT endpoint_id, 'cancelled', count(*) FROM deliveries
    WHERE state IN ('pending', 'waiting', 'sending') GROUP BY endpoint_id
    ON CONFLICT (endpoint_id, state)
    DO UPDATE SET number = delivery_counts.number + excluded.number
"""
_CANCEL = """
    UPDATE deliveries
    SET state = 'cancelled', reason = 'restored', worker = NULL, ended_ms = :now_ms
    WHERE state IN ('pending', 'waiting', 'sending')
"""


class CopyFailed(Exception):  # noqa: N818 - the operator's to mend
    """A backup or restore that did not happen; nothing has changed. The text says why."""


class Restored(NamedTuple):
    """`position` is where the restored log goes on; `kept` is what was there before."""

    position: Position
    kept: Path | None


def backup(url: str, target: Path) -> Position:
    """Copy the store into the new file `target`, as of the position returned, while it is in use.

    Blocks for as long as the copying takes; writers go on meanwhile. Raises `CopyFailed`.
    """
    source = _file(url, "pg_dump")
    with _explained(target):
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with _explained(source), closing(_open(source, "ro")) as database:
            database.execute("VACUUM INTO ?", [str(target)])
        with _explained(target), closing(_open(target, "ro")) as copy:
            position = _position(copy)
        _sync(target)
    except BaseException:
        target.unlink()
        raise
    return position


def restore(url: str, backup_file: Path) -> Restored:
    """Put a copy of `backup_file` in the place of the store, under a new epoch.

    The store must not be in use. What was still to be sent to subscribers is not, and deliveries to
    endpoints are cancelled. The old database is kept beside the new one. Raises `CopyFailed`.
    """
    target = _file(url, "pg_restore, then `tocsin restore` without a file")
    incoming = target.with_name(target.name + ".incoming")
    with _explained(backup_file), backup_file.open("rb"):
        _check(backup_file)
    with _explained(incoming):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(backup_file, incoming)
        incoming.chmod(0o600)
        with closing(_open(incoming, "rw")) as database:
            position = _begin_epoch(database)
        _sync(incoming)
        kept = _put_aside(target)
        incoming.replace(target)
        _sync(target.parent)
    return Restored(position, kept)


def new_epoch() -> str:
    """A name that no log has had: positions of any other one are told from this one's by it. It
    sorts after those that were given before, the hexadecimal ones of logs that were never restored
    included, so that receivers of webhooks know which log is newer."""
    return f"r{time_ns():016x}{secrets.token_hex(2)}"


def begin_epoch(tx: Tx) -> str:
    """The unit that starts a new epoch, after PostgreSQL was restored by its own tools."""
    epoch = new_epoch()
    tx.conn.execute(update(log).values(epoch=epoch))
    for table in _UNSENT:
        tx.conn.execute(delete(table))
    tx.conn.execute(text(_COUNT))
    tx.conn.execute(text(_CANCEL), {"now_ms": tx.now_ms})
    return epoch


def _file(url: str, instead: str) -> Path:
    database = make_url(url).database if url.startswith("sqlite:") else None
    if database is None:
        raise CopyFailed(f"The store is in PostgreSQL: use {instead}.")
    return Path(database)


def _open(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None
    )


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise CopyFailed(f"{file}: {said}") from error


def _check(file: Path) -> None:
    """Refuse what is damaged, or no store of ours, before anything is touched."""
    with closing(_open(file, "ro")) as database:
        damage = [row[0] for row in database.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
        if damage:
            raise CopyFailed(f"{file} is damaged: {'; '.join(damage)}")
        try:
            _position(database)
        except sqlite3.OperationalError as error:
            raise CopyFailed(f"{file} is no backup of a Tocsin: {error}") from error


def _position(database: sqlite3.Connection) -> Position:
    return Position(*database.execute(_POSITION).fetchone())


def _begin_epoch(database: sqlite3.Connection) -> Position:
    database.execute("PRAGMA journal_mode = DELETE").fetchone()
    database.execute("UPDATE log SET epoch = ?", [new_epoch()])
    for table in _UNSENT:
        database.execute(f"DELETE FROM {table.name}")
    database.execute(_COUNT)
    database.execute(_CANCEL, {"now_ms": time_ns() // 1_000_000})
    return _position(database)


def _put_aside(target: Path) -> Path | None:
    """Rename the database with its journals; one left behind would be played into the new one.

    They are folded into it first where that is possible, so that dying between two renames
    loses nothing.
    """
    there = target.exists()
    if there:
        with suppress(sqlite3.Error), closing(_open(target, "rw")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    kept = target.with_name(f"{target.name}.before-{strftime('%Y%m%dT%H%M%SZ', gmtime())}")
    for suffix in ("-journal", "-wal", "-shm", ""):
        part = Path(f"{target}{suffix}")
        if part.exists():
            part.rename(f"{kept}{suffix}")
    return kept if there else None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
