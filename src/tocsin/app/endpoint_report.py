"""How endpoints do, for people to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tocsin.model import health
from tocsin.model.delivery import State
from tocsin.model.endpoint import Endpoint, OldSecret
from tocsin.model.health import Health
from tocsin.store import delivery_counts, delivery_log, endpoint_health


@dataclass(frozen=True)
class Report:
    """An endpoint and how it does: how many deliveries have not ended by where they stand, and how
    many have ended by how, those that are forgotten included. `previous_secrets` still sign."""

    endpoint: Endpoint
    previous_secrets: Sequence[OldSecret]
    state: health.State
    health: Health
    queue: Mapping[State, int]
    counts: Mapping[State, int]


def of(conn: Connection, endpoint: Endpoint, now_ms: int) -> Report:
    """How one endpoint does now."""
    (report,) = reports(conn, [endpoint], now_ms)
    return report


def reports(conn: Connection, endpoints: Sequence[Endpoint], now_ms: int) -> list[Report]:
    """How each of these does now; three queries, however many they are."""
    ids = [one.id for one in endpoints]
    standings = endpoint_health.load(conn, ids)
    queues, counts = delivery_log.queues(conn, ids), delivery_counts.of(conn, ids)
    return [
        Report(
            one,
            [old for old in one.previous_secrets if old.expires_at * 1_000 > now_ms],
            health.state(standings[one.id].health, one.enabled, now_ms),
            standings[one.id].health,
            queues[one.id],
            counts[one.id],
        )
        for one in endpoints
    ]
