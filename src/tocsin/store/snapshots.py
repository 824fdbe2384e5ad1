"""Boards as they stood at some sequence of the log, and the events that lead on from there."""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select

from tocsin.model.event import Event
from tocsin.store import log
from tocsin.store.tables import IS_TOLD, events, snapshots


class Snapshot(NamedTuple):
    """A board (see `model.snapshot`) with all events up to `sequence` in it, the newest of them
    recorded at `recorded_ms`."""

    sequence: int
    recorded_ms: int
    data: bytes


_AFTER = events.c.sequence > bindparam("after")
_TOLD = (
    select(events)
    .where(IS_TOLD, _AFTER, events.c.sequence <= bindparam("until"))
    .order_by(events.c.sequence)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(events).where(IS_TOLD, _AFTER)


def find(conn: Connection, until: int) -> Snapshot | None:
    """The newest snapshot of no more than what stands up to that sequence, and from which the log
    still leads on."""
    trimmed = log.facts(conn).first_available - 1
    query = (
        select(snapshots)
        .where(snapshots.c.sequence.between(trimmed, until))
        .order_by(snapshots.c.sequence.desc())
        .limit(1)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else Snapshot(*row)


def add(conn: Connection, snapshot: Snapshot) -> None:
    """Keep a snapshot; one of the same sequence stays as it is."""
    same = snapshots.c.sequence == snapshot.sequence
    if conn.scalar(select(snapshots.c.sequence).where(same)) is None:
        conn.execute(insert(snapshots).values(**snapshot._asdict()))


def told(conn: Connection, after: int, until: int, limit: int) -> list[Event]:
    """At most `limit` events about pages, components and issues, after one sequence and up to
    another, in order."""
    bounds = {"after": after, "until": until, "limit": limit}
    return [Event(*row) for row in conn.execute(_TOLD, bounds)]


def told_since_newest(conn: Connection) -> int:
    """How many events about pages, components and issues stand after the newest snapshot."""
    newest = conn.scalar(select(func.max(snapshots.c.sequence))) or 0
    return conn.execute(_COUNT, {"after": newest}).scalar_one()
