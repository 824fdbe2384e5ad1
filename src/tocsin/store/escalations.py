"""How far asking has come, for the incidents whose next people are still to be asked."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from tocsin.model.assignment import Escalation, Level
from tocsin.store.tables import escalations

_levels = msgspec.json.Decoder(tuple[Level, ...]).decode
_NEXT_DUE = (
    select(escalations.c.incident_id, escalations.c.due_at)
    .where(escalations.c.due_at.is_not(None))
    .order_by(escalations.c.due_at, escalations.c.incident_id)
    .limit(1)
)


class Due(NamedTuple):
    """An incident, and when its next people are to be asked (Unix seconds)."""

    incident_id: str
    at: int


def find(conn: Connection, incident_id: str) -> Escalation | None:
    """How far it has come for this incident; None where nobody is left to be asked."""
    mine = escalations.c.incident_id == incident_id
    row = conn.execute(select(escalations).where(mine)).one_or_none()
    if row is None:
        return None
    return Escalation(_levels(row.levels), row.number, row.wait_s, row.due_at or 0)


def next_due(conn: Connection) -> Due | None:
    """Whose people are to be asked before all others, be it past or to come."""
    row = conn.execute(_NEXT_DUE).one_or_none()
    return None if row is None else Due(*row)


def add(conn: Connection, incident_id: str, escalation: Escalation) -> None:
    """Begin to ask."""
    conn.execute(insert(escalations).values(incident_id=incident_id, **_columns(escalation)))


def save(conn: Connection, incident_id: str, escalation: Escalation) -> None:
    """Replace what is kept of it."""
    mine = escalations.c.incident_id == incident_id
    conn.execute(update(escalations).where(mine).values(**_columns(escalation)))


def remove(conn: Connection, incident_id: str) -> None:
    """Nobody else is asked."""
    conn.execute(delete(escalations).where(escalations.c.incident_id == incident_id))


def _columns(escalation: Escalation) -> dict[str, Any]:
    levels = msgspec.json.encode(escalation.levels).decode()
    return {**vars(escalation), "levels": levels, "due_at": escalation.due_at or None}
