"""How endpoints do, in the database."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from tocsin.model.health import Health
from tocsin.store.tables import endpoint_health

_failures = msgspec.json.Decoder(tuple[int, ...]).decode


class Standing(NamedTuple):
    """How an endpoint does, and when its rate allows the next request (Unix ms)."""

    health: Health = Health()
    next_ms: int = 0


def load(conn: Connection, endpoint_ids: Collection[str]) -> dict[str, Standing]:
    """How each of these does; one to which nothing was sent yet does well."""
    query = select(endpoint_health).where(endpoint_health.c.endpoint_id.in_(endpoint_ids))
    found = {row.endpoint_id: _standing(row) for row in conn.execute(query)}
    return {one: found.get(one, Standing()) for one in endpoint_ids}


def save(conn: Connection, changed: Mapping[str, Standing]) -> None:
    """Replace what is kept of these endpoints."""
    if changed:
        conn.execute(delete(endpoint_health).where(endpoint_health.c.endpoint_id.in_(changed)))
        conn.execute(insert(endpoint_health), [_row(*one) for one in changed.items()])


def _row(endpoint_id: str, standing: Standing) -> dict[str, Any]:
    health = vars(standing.health)
    failures = msgspec.json.encode(standing.health.failures).decode()
    return {
        **health,
        "failures": failures,
        "endpoint_id": endpoint_id,
        "next_ms": standing.next_ms,
    }


def _standing(row: Row[Any]) -> Standing:
    health = Health(
        failures=_failures(row.failures),
        failing_since=row.failing_since,
        paused_until=row.paused_until,
        pauses=row.pauses,
        warned=row.warned,
        last_success=row.last_success,
        last_failure=row.last_failure,
    )
    return Standing(health, row.next_ms)
