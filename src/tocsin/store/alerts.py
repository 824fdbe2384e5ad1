"""Alerts in the database."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    TextualSelect,
    and_,
    bindparam,
    exists,
    func,
    insert,
    not_,
    select,
    text,
    update,
)

from tocsin.model.alert import Alert
from tocsin.model.incident_alerts import AlertTotals
from tocsin.model.severity import Severity, Status, highest, worst
from tocsin.store.tables import ENDS, IS_OPEN, alerts

_PLAIN: Final = (
    *("alert_key", "integration_id", "title", "description", "severity", "status"),
    *("start_time", "last_time", "end_time", "event_cnt", "ends_at", "closed_at"),
    *("incident_id", "kept_out", "channel_id", "component_id", "flapping"),
)
_JSON: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "labels": msgspec.json.Decoder(dict[str, str]),
    "changes": msgspec.json.Decoder(tuple[int, ...]),
}


def add(conn: Connection, alert: Alert) -> None:
    """Keep a new alert."""
    add_all(conn, [alert])


def add_all(conn: Connection, new: Iterable[Alert]) -> None:
    """Keep new alerts."""
    rows = [{"id": one.id, "origin_id": one.incident_id, **_columns(one)} for one in new]
    if rows:
        conn.execute(_INSERT, rows)


def save_all(conn: Connection, changed: Iterable[tuple[Alert, Alert]]) -> None:
    """Replace what is kept of alerts, each given as it was and as it is. The first incident that
    one comes to is its origin."""
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for before, after in changed:
        said_again = replace(before, last_time=after.last_time, ends_at=after.ends_at) == after
        rows[said_again].append(_times(after) if said_again else _values(after))
    for said_again, those in rows.items():
        if those:
            conn.execute(_TOUCH if said_again else _UPDATE, those)


def find(conn: Connection, alert_id: str) -> Alert | None:
    """The alert of that id."""
    row = conn.execute(select(alerts).where(alerts.c.id == alert_id)).one_or_none()
    return None if row is None else _alert(row)


def latest(conn: Connection, integration_id: str, keys: Sequence[str]) -> dict[str, Alert]:
    """The latest alerts of an integration with these keys, by key, open or not."""
    if not keys:
        return {}
    named = {f"key{at}": key for at, key in enumerate(keys)}
    rows = conn.execute(_latest(len(keys)), {"of": integration_id, **named})
    return {row.alert_key: _alert(row) for row in rows}


# However often a key has come back, the index leads to its latest alert alone. Of text, since it
# costs more to put so many queries together than to answer them.
@lru_cache(maxsize=64)
def _latest(count: int) -> TextualSelect:
    of_key = (
        "(SELECT id FROM alerts WHERE integration_id = :of AND alert_key = :key{}"
        " ORDER BY id DESC LIMIT 1)"
    )
    ids = ", ".join(of_key.format(at) for at in range(count))
    return text(f"SELECT * FROM alerts WHERE id IN ({ids})").columns(*alerts.c)


def next_end(conn: Connection) -> int | None:
    """When an alert is to recover by itself before all others (Unix seconds)."""
    at: int | None = conn.scalar(_NEXT_END)
    return at


def ended(conn: Connection, until: int, limit: int) -> list[Alert]:
    """The alerts that are to have recovered by themselves by then (Unix seconds), the earliest
    first."""
    query = select(alerts).where(ENDS, alerts.c.ends_at <= until)
    rows = conn.execute(query.order_by(alerts.c.ends_at, alerts.c.id).limit(limit))
    return [_alert(row) for row in rows]


@dataclass(frozen=True)
class Chosen:
    """Which alerts a list is of; None chooses any. `open`: those that take events."""

    incident_id: str | None = None
    integration_id: str | None = None
    alert_key: str | None = None
    open: bool | None = None


def listing(conn: Connection, chosen: Chosen, before: str | None, limit: int) -> list[Alert]:
    """Alerts, newest first, with ids below `before`."""
    query = select(alerts)
    for name in ("incident_id", "integration_id", "alert_key"):
        value = getattr(chosen, name)
        if value is not None:
            query = query.where(alerts.c[name] == value)
    if chosen.open is not None:
        query = query.where(IS_OPEN if chosen.open else not_(_OPEN))
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


def worst_open(conn: Connection, incident_id: str) -> Status:
    """How bad the worst of an incident's alerts is that still takes events; Ok without any."""
    for status in Status:
        if conn.scalar(_ANY_OPEN, {"of": incident_id, "status": status}):
            return status
    return Status.OK


def last_end(conn: Connection, incident_id: str) -> int:
    """When the last of an incident's alerts recovered (Unix seconds)."""
    query = select(func.max(alerts.c.end_time)).where(of([incident_id]))
    return conn.scalar(query) or 0


def first(conn: Connection, incident_id: str) -> tuple[str, str]:
    """Title and description of an incident's first alert, see `totals`."""
    its = select(alerts.c.title, alerts.c.description).where(of([incident_id]))
    own = its.where(alerts.c.origin_id == incident_id)
    for query in (own, its):
        row = conn.execute(query.order_by(alerts.c.id).limit(1)).one_or_none()
        if row is not None:
            return row.title, row.description
    return "", ""


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
_ANY_OPEN = (
    select(1)
    .where(alerts.c.incident_id == bindparam("of"), alerts.c.status == bindparam("status"), IS_OPEN)
    .limit(1)
)
_NEXT_END = select(func.min(alerts.c.ends_at)).where(ENDS)
_INSERT = insert(alerts)
# An alert that only says the same again touches few indexes.
_TOUCH = (
    update(alerts)
    .where(alerts.c.id == bindparam("its_id"))
    .values(last_time=bindparam("its_last_time"), ends_at=bindparam("its_ends_at"))
)
_UPDATE = (
    update(alerts)
    .where(alerts.c.id == bindparam("its_id"))
    .values(
        {name: bindparam(f"its_{name}") for name in (*_PLAIN, *_JSON)}
        | {"origin_id": func.coalesce(alerts.c.origin_id, bindparam("its_incident_id"))}
    )
)


def _named(conn: Connection, chosen: ColumnElement[bool]) -> tuple[str, ...]:
    """The components that the labels of the chosen alerts name, in the order of the alerts."""
    query = (
        select(alerts.c.component_id)
        .where(chosen, alerts.c.component_id.is_not(None))
        .group_by(alerts.c.component_id)
        .order_by(func.min(alerts.c.id))
    )
    return tuple(conn.scalars(query))


def _times(alert: Alert) -> dict[str, Any]:
    return {"its_id": alert.id, "its_last_time": alert.last_time, "its_ends_at": alert.ends_at}


def _values(alert: Alert) -> dict[str, Any]:
    return {"its_id": alert.id} | {f"its_{name}": one for name, one in _columns(alert).items()}


def _columns(alert: Alert) -> dict[str, Any]:
    plain = {name: getattr(alert, name) for name in _PLAIN}
    json = {name: msgspec.json.encode(getattr(alert, name)).decode() for name in _JSON}
    return plain | json


def _alert(row: Row[Any]) -> Alert:
    kept = row._mapping
    fields = {name: kept[name] for name in _PLAIN}
    fields |= {name: decoder.decode(kept[name]) for name, decoder in _JSON.items()}
    fields["severity"], fields["status"] = Severity(row.severity), Status(row.status)
    return Alert(id=row.id, **fields)
