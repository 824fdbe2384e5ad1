"""Bulletins in the database: what subscribers are to be told, and how far it has got around."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from tocsin.model import event_data
from tocsin.model.bulletin import Bulletin, Kind
from tocsin.store.tables import bulletins, outbox_bulletins


class Spreading(NamedTuple):
    """A bulletin that not all have got yet: those up to the subscriber `spread_to` have."""

    id: str
    component_ids: tuple[str, ...]
    spread_to: str


def add(conn: Connection, bulletin: Bulletin, data: bytes) -> None:
    """Keep a bulletin that nobody has got yet; `data` is that of its event."""
    conn.execute(
        insert(bulletins).values(
            id=bulletin.id,
            kind=bulletin.kind,
            issue_id=bulletin.issue.id,
            at=bulletin.at,
            sequence=bulletin.sequence,
            data=data,
            spread_to="",
        )
    )


def oldest_spreading(conn: Connection) -> Spreading | None:
    """The oldest bulletin that not all have got."""
    spreading = bulletins.c.spread_to.is_not(None)
    row = conn.execute(
        select(bulletins).where(spreading).order_by(bulletins.c.id).limit(1)
    ).one_or_none()
    if row is None:
        return None
    issue = event_data.read_issue(row.data).issue
    return Spreading(row.id, issue.component_ids, row.spread_to)


def spread(conn: Connection, bulletin_id: str, to: str | None) -> None:
    """Note that the bulletin has got to all subscribers up to `to`; None: to all there are."""
    conn.execute(update(bulletins).where(bulletins.c.id == bulletin_id).values(spread_to=to))


def enclose(conn: Connection, bulletin_id: str, outbox_ids: Iterable[str]) -> None:
    """Make the bulletin part of these messages."""
    rows = [{"outbox_id": one, "bulletin_id": bulletin_id} for one in outbox_ids]
    if rows:
        conn.execute(insert(outbox_bulletins), rows)


def enclosed(conn: Connection, outbox_ids: Collection[str]) -> dict[str, list[Bulletin]]:
    """The bulletins in each of these messages, oldest first."""
    query = (
        select(outbox_bulletins.c.outbox_id, bulletins)
        .join_from(outbox_bulletins, bulletins)
        .where(outbox_bulletins.c.outbox_id.in_(outbox_ids))
        .order_by(bulletins.c.id)
    )
    found: dict[str, list[Bulletin]] = defaultdict(list)
    for row in conn.execute(query):
        found[row.outbox_id].append(_bulletin(row))
    return found


def remove_about(conn: Connection, issue_id: str) -> None:
    """Take back all bulletins about the issue that have not been sent yet."""
    conn.execute(delete(bulletins).where(bulletins.c.issue_id == issue_id))


def forget(conn: Connection, limit: int) -> int:
    """Remove bulletins that all have got, so many at most; returns how many."""
    waiting = select(outbox_bulletins.c.outbox_id).where(
        outbox_bulletins.c.bulletin_id == bulletins.c.id
    )
    done = select(bulletins.c.id).where(bulletins.c.spread_to.is_(None), ~exists(waiting))
    ids = done.limit(limit).scalar_subquery()
    return conn.execute(delete(bulletins).where(bulletins.c.id.in_(ids))).rowcount


def _bulletin(row: Row[Any]) -> Bulletin:
    read = event_data.read_issue(row.data)
    return Bulletin(row.id, Kind(row.kind), row.at, row.sequence, read.issue, read.update)
