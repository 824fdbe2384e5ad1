"""How endpoints do, in the database."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, text

from tocsin.model.health import Health
from tocsin.store import in_bulk
from tocsin.store.tables import endpoint_health

_OF = select(endpoint_health).where(
    endpoint_health.c.endpoint_id.in_(bindparam("endpoint_ids", expanding=True))
)
_KEEP = text("""
    INSERT INTO endpoint_health (
        endpoint_id, failures, failing_since_ms, paused_until_ms, pauses, warned, last_success_ms,
        last_failure_ms, next_ms
    )
    VALUES (
        :endpoint_id, :failures, :failing_since_ms, :paused_until_ms, :pauses, :warned,
        :last_success_ms, :last_failure_ms, :next_ms
    )
    ON CONFLICT (endpoint_id) DO UPDATE
    SET failures = excluded.failures, failing_since_ms = excluded.failing_since_ms,
        paused_until_ms = excluded.paused_until_ms, pauses = excluded.pauses,
        warned = excluded.warned, last_success_ms = excluded.last_success_ms,
        last_failure_ms = excluded.last_failure_ms, next_ms = excluded.next_ms
""")

_failures = msgspec.json.Decoder(tuple[int, ...]).decode


class Standing(NamedTuple):
    """How an endpoint does, and when its rate allows the next request (Unix ms)."""

    health: Health = Health()
    next_ms: int = 0


def load(conn: Connection, endpoint_ids: Collection[str]) -> dict[str, Standing]:
    """How each of these does; one to which nothing was sent yet does well."""
    rows = conn.execute(_OF, {"endpoint_ids": list(endpoint_ids)})
    found = {row.endpoint_id: _standing(row) for row in rows}
    return {one: found.get(one, Standing()) for one in endpoint_ids}


def save(conn: Connection, changed: Mapping[str, Standing]) -> None:
    """Replace what is kept of these endpoints."""
    in_bulk.run(conn, _KEEP, (_row(*one) for one in changed.items()))


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
        failing_since_ms=row.failing_since_ms,
        paused_until_ms=row.paused_until_ms,
        pauses=row.pauses,
        warned=row.warned,
        last_success_ms=row.last_success_ms,
        last_failure_ms=row.last_failure_ms,
    )
    return Standing(health, row.next_ms)
