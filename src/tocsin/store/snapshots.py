"""Boards as they stood at some sequence of the log, and the events that lead on from there."""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select

from tocsin.model.event import Event
from tocsin.store import log
from tocsin.store.tables import IS_TOLD, events, snapshots


class Snapshot(NamedTuple):
    """A board (see `model.snapshot`) with all events up to `sequence` in it, the newest of them
    recorded at `recorded_ms`."""

    sequence: int
    recorded_ms: int
    data: bytes


_TOLD = (
    select(events)
    .where(
        IS_TOLD,
        events.c.sequence > bindparam("after"),
        events.c.sequence <= bindparam("until"),
    )
    .order_by(events.c.sequence)
    .limit(bindparam("limit"))
)


def find(conn: Connection, time_ms: int) -> int | None:
    """The sequence of the newest snapshot of what was recorded by then (Unix ms) and from which the
    log still leads on."""
    trimmed = log.facts(conn).first_available - 1
    query = (
        select(snapshots.c.sequence)
        .where(snapshots.c.sequence >= trimmed, snapshots.c.recorded_ms <= time_ms)
        .order_by(snapshots.c.sequence.desc())
        .limit(1)
    )
    return conn.scalar(query)


def data(conn: Connection, sequence: int) -> bytes | None:
    """The board of the snapshot of that sequence."""
    return conn.scalar(select(snapshots.c.data).where(snapshots.c.sequence == sequence))


def newest(conn: Connection) -> int:
    """The sequence of the newest snapshot; 0 when there is none."""
    query = select(snapshots.c.sequence).order_by(snapshots.c.sequence.desc()).limit(1)
    return conn.scalar(query) or 0


def add(conn: Connection, snapshot: Snapshot) -> None:
    """Keep a snapshot; one of the same sequence stays as it is."""
    same = snapshots.c.sequence == snapshot.sequence
    if conn.scalar(select(snapshots.c.sequence).where(same)) is None:
        conn.execute(insert(snapshots).values(**snapshot._asdict()))


def forget(conn: Connection, before: int) -> int:
    """Remove the snapshots of sequences below `before`; returns how many."""
    return conn.execute(delete(snapshots).where(snapshots.c.sequence < before)).rowcount


def told(conn: Connection, after: int, until: int, limit: int) -> list[Event]:
    """At most `limit` events about pages, components and issues, after one sequence and up to
    another, in order."""
    bounds = {"after": after, "until": until, "limit": limit}
    return [Event(*row) for row in conn.execute(_TOLD, bounds)]
