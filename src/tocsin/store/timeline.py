"""The timelines of incidents in the database."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from tocsin.model.incident import IncidentEvent
from tocsin.model.person import Person
from tocsin.model.timeline import Entry
from tocsin.store.tables import timeline

_ADD = insert(timeline)
_person = msgspec.json.Decoder(Person).decode


@dataclass(frozen=True)
class StoredEntry:
    """An entry, and the sequence of its event in the log."""

    id: str
    incident_id: str
    sequence: int
    entry: Entry


def add(conn: Connection, entries: Collection[StoredEntry]) -> None:
    """Keep new entries."""
    if entries:
        conn.execute(_ADD, [_row(one) for one in entries])


def listing(
    conn: Connection, incident_id: str, before: str | None, limit: int
) -> list[StoredEntry]:
    """The entries of an incident, newest first; those older than the one with the id `before`."""
    query = select(timeline).where(timeline.c.incident_id == incident_id)
    if before is not None:
        its = select(timeline.c.sequence).where(timeline.c.id == before).scalar_subquery()
        query = query.where(timeline.c.sequence < its)
    rows = conn.execute(query.order_by(timeline.c.sequence.desc()).limit(limit))
    return [_stored(row) for row in rows]


def _row(stored: StoredEntry) -> dict[str, Any]:
    entry = stored.entry
    return {
        "id": stored.id,
        "incident_id": stored.incident_id,
        "sequence": stored.sequence,
        "type": entry.type,
        "event_ms": entry.event_time,
        "person": entry.person and msgspec.json.encode(entry.person).decode(),
        "detail": msgspec.json.encode(entry.detail).decode(),
    }


def _stored(row: Row[Any]) -> StoredEntry:
    entry = Entry(
        IncidentEvent(row.type),
        row.event_ms,
        row.person and _person(row.person),
        msgspec.json.decode(row.detail),
    )
    return StoredEntry(row.id, row.incident_id, row.sequence, entry)
