"""Alerts in the database."""

from collections.abc import Collection
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    exists,
    func,
    insert,
    select,
    update,
)

from tocsin.model.alert import Alert
from tocsin.model.incident_alerts import AlertTotals
from tocsin.model.severity import Severity, Status, highest, worst
from tocsin.store.tables import alerts

_PLAIN: Final = (
    *("alert_key", "integration_id", "title", "description", "severity", "status"),
    *("start_time", "last_time", "end_time", "event_cnt", "ends_at", "closed_at"),
    *("incident_id", "kept_out"),
)
_labels = msgspec.json.Decoder(dict[str, str]).decode


def add(conn: Connection, alert: Alert, component_id: str | None = None) -> None:
    """Keep a new alert; `component_id` is what its labels name."""
    row = {"id": alert.id, "origin_id": alert.incident_id, "component_id": component_id}
    conn.execute(insert(alerts).values(**row, **_columns(alert)))


def listing(conn: Connection, incident_id: str, before: str | None, limit: int) -> list[Alert]:
    """The alerts of an incident, newest first, with ids below `before`."""
    query = select(alerts).where(alerts.c.incident_id == incident_id)
    if before is not None:
        query = query.where(alerts.c.id < before)
    return [_alert(row) for row in conn.execute(query.order_by(alerts.c.id.desc()).limit(limit))]


def of(incident_ids: Collection[str]) -> ColumnElement[bool]:
    """Which alerts are those of these incidents."""
    return alerts.c.incident_id.in_(incident_ids)


def began_in(incident_ids: Collection[str]) -> ColumnElement[bool]:
    """Which alerts made or joined one of these incidents at first."""
    return alerts.c.origin_id.in_(incident_ids)


def totals(
    conn: Connection, incident_id: str, chosen: ColumnElement[bool] | None = None
) -> AlertTotals:
    """What the alerts of an incident, or those chosen, add up to for it; `alert_cnt` 0 says that
    there are none. The first alert is one that no merging has brought, if there is any."""
    if chosen is None:
        chosen = of([incident_id])
    counts = conn.execute(
        select(
            *(alerts.c.severity, alerts.c.status, (alerts.c.closed_at == 0).label("taking")),
            func.count().label("alerts"),
            func.max(alerts.c.last_time).label("last_time"),
            func.max(alerts.c.end_time).label("end_time"),
        )
        .where(chosen)
        .group_by(alerts.c.severity, alerts.c.status, "taking")
    ).all()
    first = conn.execute(
        select(alerts.c.title, alerts.c.description)
        .where(chosen)
        .order_by(alerts.c.origin_id != incident_id, alerts.c.id)
        .limit(1)
    ).one_or_none()
    status = worst(Status(row.status) for row in counts if row.taking)
    return AlertTotals(
        alert_cnt=sum(row.alerts for row in counts),
        title=first.title if first else "",
        description=first.description if first else "",
        severity=highest(Severity(row.severity) for row in counts),
        status=status,
        last_time=max((row.last_time for row in counts), default=0),
        end_time=max((row.end_time for row in counts), default=0) if status is Status.OK else 0,
        component_ids=_named(conn, chosen),
    )


def move(conn: Connection, chosen: ColumnElement[bool], incident_id: str) -> None:
    """Make the chosen alerts another incident's."""
    conn.execute(update(alerts).where(chosen).values(incident_id=incident_id))


def settle(conn: Connection, chosen: ColumnElement[bool]) -> None:
    """Let the chosen alerts be as if they had been their incidents' from the beginning."""
    conn.execute(update(alerts).where(chosen).values(origin_id=alerts.c.incident_id))


def close(conn: Connection, incident_id: str, now: int) -> None:
    """Let the open alerts of an incident take no more events."""
    conn.execute(update(alerts).where(of([incident_id]), _OPEN).values(closed_at=now))


def reopen(conn: Connection, incident_id: str) -> None:
    """Open the alerts that `close` closed, but those whose key a newer alert has."""
    newer = alerts.alias()
    has_its_key = and_(
        newer.c.integration_id == alerts.c.integration_id,
        newer.c.alert_key == alerts.c.alert_key,
        newer.c.id > alerts.c.id,
    )
    chosen = and_(of([incident_id]), ~exists().where(has_its_key))
    conn.execute(update(alerts).where(chosen).values(closed_at=0))


_OPEN = and_(alerts.c.closed_at == 0, alerts.c.status != Status.OK)


def _named(conn: Connection, chosen: ColumnElement[bool]) -> tuple[str, ...]:
    """The components that the labels of the chosen alerts name, in the order of the alerts."""
    query = (
        select(alerts.c.component_id)
        .where(chosen, alerts.c.component_id.is_not(None))
        .group_by(alerts.c.component_id)
        .order_by(func.min(alerts.c.id))
    )
    return tuple(conn.scalars(query))


def _columns(alert: Alert) -> dict[str, Any]:
    labels = msgspec.json.encode(alert.labels).decode()
    return {name: getattr(alert, name) for name in _PLAIN} | {"labels": labels}


def _alert(row: Row[Any]) -> Alert:
    fields = {name: row._mapping[name] for name in _PLAIN}
    fields |= {"severity": Severity(row.severity), "status": Status(row.status)}
    return Alert(id=row.id, labels=_labels(row.labels), **fields)
