"""Alerts over a real bus, into a whole service."""

import json
from pathlib import Path
from typing import Any

import httpx
from tests.nats_server import Nats
from tests.running import running
from tests.waiting import eventually


def pushed(key: str, **fields: Any) -> bytes:
    """A standard push."""
    given = {"title_rule": f"{key} is down", "event_status": "Warning", "alert_key": key, **fields}
    return json.dumps(given).encode()


def reading(api: httpx.Client) -> bool:
    """Whether the bus is read."""
    return "nats: reading" in api.get("/readyz").text


def listed(api: httpx.Client, what: str) -> list[dict[str, Any]]:
    """Oldest first."""
    found: list[dict[str, Any]] = api.get(f"/api/v1/{what}?limit=200").json()["data"]
    return found[::-1]


async def test_alerts_come_by_the_key_in_the_subject(bus: Nats, tmp_path: Path) -> None:
    nats: dict[str, object] = {"nats": {"url": bus.url}}
    with running(tmp_path, ingest=nats) as service, service.client() as api:
        eventually(lambda: reading(api))
        channel = api.post("/api/v1/channels", json={"name": "Shop"}).json()
        given = {"name": "Probe", "kind": "standard", "channel_id": channel["id"]}
        key = api.post("/api/v1/integrations", json=given).json()["key"]
        async with bus.client() as client:
            for at in range(40):
                await client.publish(f"alerts.{key}", pushed(str(at)))
            await client.publish(f"alerts.{'0' * 32}", pushed("nobody's"))
            await client.publish(f"alerts.{key}", b"not JSON")
            await client.publish(f"alerts.{key}", pushed("bad", event_status="Awful"))
            await client.publish(f"alerts.{key}", pushed("7", event_status="Ok"))
            await client.publish(f"alerts.{key}", pushed("last"))
            await client.flush()
        eventually(lambda: len(listed(api, "incidents")) == 41)
        titles = [one["title"] for one in listed(api, "incidents")]
        assert titles == [*(f"{at} is down" for at in range(40)), "last is down"]
        assert [one["progress"] for one in listed(api, "incidents")].count("Closed") == 1
        metrics = api.get("/metrics").text
        for line in (
            'tocsin_alert_events_total{effect="begun",source="nats"} 41.0',
            'tocsin_alert_events_total{effect="recovered",source="nats"} 1.0',
            'tocsin_alert_refusals_total{code="unauthorized",source="nats"} 1.0',
            'tocsin_alert_refusals_total{code="invalid",source="nats"} 2.0',
        ):
            assert line in metrics
