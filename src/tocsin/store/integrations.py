"""Integrations in the database."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from tocsin.model.integration import Integration, Kind
from tocsin.store.tables import integrations

_labels = msgspec.json.Decoder(dict[str, str]).decode


def find(conn: Connection, integration_id: str) -> Integration | None:
    """The integration of that id."""
    return _one(conn, integrations.c.id == integration_id)


def by_key(conn: Connection, key: str) -> Integration | None:
    """The integration that shows this key."""
    return _one(conn, integrations.c.key == key)


def listing(conn: Connection, before: str | None, limit: int) -> list[Integration]:
    """Integrations, newest first, with ids below `before`."""
    query = select(integrations).order_by(integrations.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(integrations.c.id < before)
    return [_integration(row) for row in conn.execute(query)]


def add(conn: Connection, integration: Integration) -> None:
    """Keep a new integration."""
    conn.execute(insert(integrations).values(**_columns(integration)))


def save(conn: Connection, integration: Integration) -> None:
    """Replace what is kept of an integration."""
    mine = integrations.c.id == integration.id
    conn.execute(update(integrations).where(mine).values(**_columns(integration)))


def remove(conn: Connection, integration_id: str) -> None:
    """Delete an integration; its alerts stay."""
    conn.execute(delete(integrations).where(integrations.c.id == integration_id))


def _one(conn: Connection, condition: ColumnElement[bool]) -> Integration | None:
    row = conn.execute(select(integrations).where(condition)).one_or_none()
    return None if row is None else _integration(row)


def _columns(integration: Integration) -> dict[str, Any]:
    return vars(integration) | {"labels": msgspec.json.encode(integration.labels).decode()}


def _integration(row: Row[Any]) -> Integration:
    kept = {**row._mapping, "kind": Kind(row.kind), "labels": _labels(row.labels)}
    return Integration(**kept)
