"""Integrations in the database."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from tocsin.model.integration import Integration, Kind
from tocsin.store.tables import integrations

_labels = msgspec.json.Decoder(dict[str, str]).decode

# Built once: every push of alerts asks for it.
_BY_KEY = select(integrations).where(integrations.c.key == bindparam("shown"))


def find(conn: Connection, integration_id: str) -> Integration | None:
    """The integration of that id."""
    query = select(integrations).where(integrations.c.id == integration_id)
    return _read(conn.execute(query).one_or_none())


def by_key(conn: Connection, key: str) -> Integration | None:
    """The integration that shows this key."""
    return _read(conn.execute(_BY_KEY, {"shown": key}).one_or_none())


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


def person_of(conn: Connection, integration_id: str) -> int | None:
    """The number of the person that the integration acts as; None before it has."""
    mine = integrations.c.id == integration_id
    return conn.scalar(select(integrations.c.person_id).where(mine))


def set_person(conn: Connection, integration_id: str, person_id: int) -> None:
    """Let the integration act as that person."""
    mine = integrations.c.id == integration_id
    conn.execute(update(integrations).where(mine).values(person_id=person_id))


def _read(row: Row[Any] | None) -> Integration | None:
    return None if row is None else _integration(row)


def _columns(integration: Integration) -> dict[str, Any]:
    return vars(integration) | {"labels": msgspec.json.encode(integration.labels).decode()}


def _integration(row: Row[Any]) -> Integration:
    kept = {**row._mapping, "kind": Kind(row.kind), "labels": _labels(row.labels)}
    del kept["person_id"]
    return Integration(**kept)
