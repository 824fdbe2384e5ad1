"""The open incidents of a channel that new alerts may join."""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select

from tocsin.model.grouping import COMPARED, Candidate
from tocsin.model.incident import Progress
from tocsin.store.tables import alerts, incidents

# How many are looked at, the newest: an incident that takes no more alerts may stay open for ever.
SAME_LIMIT: Final = 10
ALIKE_LIMIT: Final = 200

_labels = msgspec.json.Decoder(dict[str, str]).decode

_its = alerts.alias()
_OF_IT = _its.c.incident_id == incidents.c.id
_OLDEST = select(func.min(_its.c.id)).where(_OF_IT).scalar_subquery()
_NEWEST = select(func.max(_its.c.id)).where(_OF_IT).scalar_subquery()
_OPEN = (
    select(incidents.c.id)
    .where(
        incidents.c.channel_id == bindparam("channel_id"),
        incidents.c.progress.in_([one for one in Progress if one is not Progress.CLOSED]),
    )
    .order_by(incidents.c.id.desc())
)
_TOLD = select(
    incidents.c.id, incidents.c.dedup_key, incidents.c.created_at, incidents.c.alert_cnt
).add_columns(_NEWEST.label("newest"))
_SAME = _TOLD.where(
    incidents.c.id.in_(_OPEN.where(incidents.c.dedup_key == bindparam("key")).limit(SAME_LIMIT))
).order_by(incidents.c.id.desc())
_ALIKE = (
    _TOLD.join_from(incidents, alerts, alerts.c.id == _OLDEST)
    .add_columns(alerts.c.title, alerts.c.description, alerts.c.labels)
    .where(incidents.c.id.in_(_OPEN.limit(ALIKE_LIMIT)))
    .order_by(incidents.c.id.desc())
)


def same(conn: Connection, channel_id: int, key: str) -> list[Candidate]:
    """Those that were made with this key, newest first."""
    rows = conn.execute(_SAME, {"channel_id": channel_id, "key": key})
    return [_candidate(row, {}) for row in rows]


def alike(conn: Connection, channel_id: int) -> list[Candidate]:
    """All of them that have alerts, newest first, with what likeness is found by."""
    rows = conn.execute(_ALIKE, {"channel_id": channel_id})
    return [_candidate(row, _compared(row)) for row in rows]


def _candidate(row: Row[Any], facts: dict[str, str]) -> Candidate:
    merged_at = row.created_at if row.newest is None else _seconds(row.newest)
    return Candidate(row.id, row.dedup_key, facts, row.created_at, merged_at, row.alert_cnt)


def _seconds(alert_id: str) -> int:
    """When an alert came (Unix seconds): ids begin with that."""
    return int(alert_id[:12], 16) // 1_000


def _compared(row: Row[Any]) -> dict[str, str]:
    labels = {f"labels.{name}": value for name, value in _labels(row.labels).items()}
    told = {"title": row.title, "description": row.description, **labels}
    return {name: told[name] for name in COMPARED if name in told}
