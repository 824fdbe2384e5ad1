"""Alerts that may make others beside the point."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, select

from tocsin.model.incident import Progress
from tocsin.model.inhibition import Source
from tocsin.store.tables import IS_OPEN, alerts, incidents

_decode = msgspec.json.Decoder(dict[str, str]).decode
_PLAIN = ("severity", "status", "title", "description", "alert_key", "integration_id")

_WORKED_ON = (
    select(1)
    .where(incidents.c.id == alerts.c.incident_id, incidents.c.progress != Progress.TRIGGERED)
    .correlate(alerts)
    .exists()
)
_ACTIVE = select(
    alerts.c.id, alerts.c.labels, alerts.c.last_time, *(alerts.c[name] for name in _PLAIN)
).where(alerts.c.channel_id == bindparam("channel_id"), IS_OPEN, ~_WORKED_ON)
_RECENT = _ACTIVE.where(alerts.c.last_time >= bindparam("since"))
_NAMED = _ACTIVE.where(alerts.c.id.in_(bindparam("ids", expanding=True)))


def active(
    conn: Connection, channel_id: int, since: int, also: Collection[str]
) -> dict[str, Source]:
    """The alerts of a channel, by id, that have neither recovered nor been acknowledged and were
    heard of since then (Unix seconds), or are among `also`."""
    rows = list(conn.execute(_RECENT, {"channel_id": channel_id, "since": since}))
    if also:
        rows += conn.execute(_NAMED, {"channel_id": channel_id, "ids": list(also)})
    return {row.id: Source(_facts(row._mapping), row.last_time) for row in rows}


def _facts(row: RowMapping) -> dict[str, str]:
    """As `model.alert.facts` has them."""
    labels = {f"labels.{name}": value for name, value in _decode(row["labels"]).items()}
    return {name: row[name] for name in _PLAIN} | labels
