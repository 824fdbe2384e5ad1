"""A button on an incident, from making it to what others hear of it, on the running service."""

from pathlib import Path
from typing import Any

import httpx
from tests.receiver import receiver, status
from tests.running import ADMIN, running


async def made(client: httpx.AsyncClient, path: str, **fields: Any) -> Any:
    """Make something."""
    answer = await client.post(f"/api/v1{path}", json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_button_is_pressed_and_other_endpoints_are_told_of_it(tmp_path: Path) -> None:
    webhooks: dict[str, object] = {"allow_networks": ["127.0.0.0/8"]}
    headers = {"Authorization": f"Bearer {ADMIN}"}
    with running(tmp_path, webhooks=webhooks) as service:
        async with (
            httpx.AsyncClient(base_url=service.url, headers=headers, timeout=30) as client,
            receiver() as doing,
            receiver() as following,
        ):
            doing.answer = following.answer = status(200)
            action = {"name": "Restart", "kind": "action", "profile": "flashduty"}
            button = await made(client, "/webhooks", **action, url=doing.url)
            push = {"name": "ITSM", "profile": "flashduty", "event_types": ["i_custom"]}
            await made(client, "/webhooks", **push, url=following.url)
            fire = {"title": "Fire", "incident_severity": "Critical"}
            incident = await made(client, "/incidents", **fire)
            path = f"/api/v1/incidents/{incident['incident_id']}"
            shown = (await client.get(f"{path}/actions")).json()["data"]
            assert shown == [{"endpoint_id": button["id"], "name": "Restart"}]
            pressed = await client.post(f"{path}/custom-action", json={"endpoint_id": button["id"]})
            assert pressed.json()["succeeded"], pressed.text
            (told,) = await following.wait_for(1)
            (asked,) = doing.got
    asks, tells = asked.data, told.data
    assert asks["event_type"] == tells["event_type"] == "i_custom"
    assert asks["incident"].pop("alerts") == []
    assert asks["incident"] == tells["incident"]
    assert asks["person"] == tells["person"]
    assert asks["event_id"] != tells["event_id"]
