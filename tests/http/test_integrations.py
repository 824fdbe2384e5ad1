"""/api/v1/integrations."""

from typing import Any

import httpx
import pytest
from tests.in_process import URL, InProcess

from tocsin.model.access import Scope


@pytest.fixture(autouse=True)
async def channel_id(client: httpx.AsyncClient) -> int:
    """A channel that alerts are brought to."""
    return int((await client.post("/channels", json={"name": "Shop"})).json()["id"])


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    given = {"name": "Night backup", "kind": "standard", "channel_id": 1, **fields}
    made = await client.post("/integrations", json=given)
    assert made.status_code == 201, made.text
    integration: dict[str, Any] = made.json()
    return integration


async def test_an_integration_is_made_shown_changed_and_deleted(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client, labels={"team": "db"})
    key, path = made["key"], f"/integrations/{made['id']}"
    assert len(key) == 32
    assert made == {
        "id": made["id"],
        "name": "Night backup",
        "kind": "standard",
        "channel_id": 1,
        "labels": {"team": "db"},
        "key": key,
        "url": f"{URL}/event/push/alert/standard?integration_key={key}",
        "created_at": service.clock.now,
    }
    assert (await client.get(path)).json() == made
    assert (await client.get("/integrations")).json() == {"data": [made], "next": None}
    edited = await client.patch(path, json={"name": "Backup", "labels": {}})
    assert edited.json() == {**made, "name": "Backup", "labels": {}}
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    topic = f"integration/{made['id']}"
    happened = [event for event in service.events if event.topic == topic]
    assert [one.type.rpartition(".")[2] for one in happened] == ["created", "edited", "deleted"]
    assert not any(key.encode() in one.data for one in happened)


async def test_an_integration_repeated_as_it_is_changes_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client, kind="pagerduty")
    assert made["url"] == f"{URL}/v2/enqueue"
    head = service.store.head
    same = await client.patch(f"/integrations/{made['id']}", json=made)
    assert (same.status_code, same.json(), service.store.head) == (200, made, head)
    other = await client.patch(f"/integrations/{made['id']}", json={"kind": "standard"})
    assert other.json()["errors"][0]["path"] == "kind"


async def test_a_rotated_key_is_another(client: httpx.AsyncClient) -> None:
    made = await make(client)
    path = f"/integrations/{made['id']}"
    rotated = (await client.post(f"{path}/rotate-key")).json()
    assert rotated["key"] not in {None, made["key"]}
    assert rotated["url"] == made["url"].replace(made["key"], rotated["key"])
    assert (await client.get(path)).json() == rotated


async def test_making_one_again_with_the_same_idempotency_key_gives_the_same_one(
    client: httpx.AsyncClient,
) -> None:
    given = {"name": "a", "kind": "heartbeat", "channel_id": 1}
    first, again = [
        await client.post("/integrations", json=given, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert first.json() == again.json()


async def test_keys_are_seen_by_who_may_change_them(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client)
    path = f"/integrations/{made['id']}"
    hidden = {name: value for name, value in made.items() if name not in {"key", "url"}}
    async with service.client(await service.token(Scope.READ)) as reader:
        assert (await reader.get(path)).json() == hidden
        assert (await reader.get("/integrations")).json()["data"] == [hidden]
        for method in ("PATCH", "DELETE"):
            assert (await reader.request(method, path)).status_code == 403
        assert (await reader.post(f"{path}/rotate-key")).status_code == 403


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"kind": "x"}, "kind"),
        ({"channel_id": 0}, "channel_id"),
        ({"channel_id": 2}, "channel_id"),
        ({"labels": {"": "a"}}, "labels"),
        ({"labels": {f"{n}": "a" for n in range(51)}}, "labels"),
        ({"labels": {"a": 5}}, "labels.a"),
        ({"url": "https://a"}, "url"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    made = await make(client)
    given = {"name": "a", "kind": "standard", "channel_id": 1, **fields}
    for answer in (
        await client.post("/integrations", json=given),
        await client.patch(f"/integrations/{made['id']}", json=fields),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"].startswith(path)


async def test_a_channel_with_an_integration_cannot_be_deleted(client: httpx.AsyncClient) -> None:
    made = await make(client)
    assert (await client.delete("/channels/1")).json()["code"] == "in_use"
    await client.delete(f"/integrations/{made['id']}")
    assert (await client.delete("/channels/1")).status_code == 204
