"""What beats regularly, in the database."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from tocsin.model.heartbeat import Heartbeat
from tocsin.store.tables import heartbeats


class Due(NamedTuple):
    """A heartbeat of an integration."""

    integration_id: str
    heartbeat: Heartbeat


def find(conn: Connection, integration_id: str, name: str) -> Heartbeat | None:
    """What beats by that name."""
    mine = (heartbeats.c.integration_id == integration_id, heartbeats.c.name == name)
    row = conn.execute(select(heartbeats).where(*mine)).one_or_none()
    return None if row is None else _heartbeat(row)


def count(conn: Connection, integration_id: str) -> int:
    """How many an integration has."""
    query = select(func.count()).where(heartbeats.c.integration_id == integration_id)
    return conn.scalar(query) or 0


def add(conn: Connection, integration_id: str, heartbeat: Heartbeat) -> None:
    """Keep a new one."""
    row = {"integration_id": integration_id, "name": heartbeat.name}
    conn.execute(insert(heartbeats).values(**row, **_columns(heartbeat)))


def save(conn: Connection, integration_id: str, heartbeat: Heartbeat) -> None:
    """Replace what is kept of one."""
    mine = (
        heartbeats.c.integration_id == integration_id,
        heartbeats.c.name == heartbeat.name,
    )
    conn.execute(update(heartbeats).where(*mine).values(**_columns(heartbeat)))


def next_due(conn: Connection) -> Due | None:
    """Which will be silent for too long before all others."""
    query = select(heartbeats).where(heartbeats.c.due_ms.is_not(None))
    order = (heartbeats.c.due_ms, heartbeats.c.integration_id, heartbeats.c.name)
    row = conn.execute(query.order_by(*order).limit(1)).one_or_none()
    return None if row is None else Due(row.integration_id, _heartbeat(row))


def begin_anew(conn: Connection, now_ms: int) -> None:
    """Take all that are not silent to have beaten now."""
    beat = {"beat_ms": now_ms, "due_ms": now_ms + heartbeats.c.every_s * 2_000}
    earlier = (heartbeats.c.due_ms.is_not(None), heartbeats.c.beat_ms < now_ms)
    conn.execute(update(heartbeats).where(*earlier).values(**beat))


def _columns(heartbeat: Heartbeat) -> dict[str, Any]:
    return {
        "every_s": heartbeat.every_s,
        "beat_ms": heartbeat.beat_ms,
        "silent_ms": heartbeat.silent_ms,
        "due_ms": None if heartbeat.silent_ms else heartbeat.due_ms,
    }


def _heartbeat(row: Row[Any]) -> Heartbeat:
    return Heartbeat(row.name, row.every_s, row.beat_ms, row.silent_ms)
