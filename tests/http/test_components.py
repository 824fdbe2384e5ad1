"""/api/v1/components."""

from typing import Any

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    made = await client.post("/components", json={"name": "Website", **fields})
    assert made.status_code == 201, made.text
    component: dict[str, Any] = made.json()
    return component


async def test_a_component_is_made_on_main_and_shown(client: httpx.AsyncClient) -> None:
    component = await make(client, description="The shop")
    assert component == {
        "id": component["id"],
        "name": "Website",
        "description": "The shop",
        "state": "operational",
        "manual_state": "operational",
        "follow_incidents": False,
        "pages": ["main"],
    }
    assert (await client.get(f"/components/{component['id']}")).json() == component
    groups = (await client.get("/pages/main")).json()["groups"]
    assert groups == [{"id": None, "name": None, "component_ids": [component["id"]]}]


async def test_page_and_group_append_it_there(client: httpx.AsyncClient) -> None:
    await client.post("/pages", json={"slug": "shop", "name": "Shop"})
    first = await make(client, page="shop", group="Web")
    (group,) = (await client.get("/pages/shop")).json()["groups"]
    second = await make(client, page="shop", group=group["id"])
    moved = await client.patch(f"/components/{first['id']}", json={"group": "Data"})
    assert moved.json()["pages"] == ["main", "shop"]
    (group,) = (await client.get("/pages/shop")).json()["groups"]
    assert group["component_ids"] == [first["id"], second["id"]]
    for nowhere in ({"page": "nowhere"}, {"group": "f" * 24}):
        refused = await client.post("/components", json={"name": "x", **nowhere})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["path"] == next(iter(nowhere))


async def test_components_are_listed_newest_first(client: httpx.AsyncClient) -> None:
    made = [(await make(client))["id"] for _ in range(3)]
    first = (await client.get("/components?limit=2")).json()
    rest = (await client.get(f"/components?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert rest["next"] is None


async def test_setting_the_state_begins_a_status(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    path = f"/components/{(await make(client))['id']}"
    begun = service.clock.now
    for state in ("degraded", "outage"):
        service.clock.advance(60)
        answer = await client.put(f"{path}/state", json={"state": state})
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    page = (await client.get("/pages/main")).json()
    assert page["state"] == "outage"
    listed = (await client.get(f"{path}/statuses?limit=2")).json()
    assert listed["data"] == [
        {"state": "outage", "began_at": begun + 120, "ended_at": None},
        {"state": "degraded", "began_at": begun + 60, "ended_at": begun + 120},
    ]
    rest = (await client.get(f"{path}/statuses?cursor={listed['next']}")).json()
    assert [one["state"] for one in rest["data"]] == ["operational"]


async def test_the_same_state_again_writes_no_event(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    path = f"/components/{(await make(client))['id']}/state"
    await client.put(path, json={"state": "outage"})
    head = service.store.head
    assert (await client.put(path, json={"state": "outage"})).status_code == 200
    assert service.store.head == head


async def test_a_component_repeated_as_it_is_changes_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    component = await make(client)
    head = service.store.head
    same = await client.patch(f"/components/{component['id']}", json=component)
    assert (same.status_code, same.json()) == (200, component)
    assert service.store.head == head


async def test_fields_are_changed(client: httpx.AsyncClient) -> None:
    component = await make(client)
    fields = {"name": "Shop", "manual_state": "degraded", "follow_incidents": True}
    changed = await client.patch(f"/components/{component['id']}", json=fields)
    assert changed.json() == {**component, **fields, "state": "degraded"}


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "outage"},
        {"id": "f" * 24},
        {"pages": []},
        {"name": None},
        {"name": 5},
        {"manual_state": "broken"},
        {"follow_incidents": 1},
        {"colour": "red"},
    ],
)
async def test_what_cannot_be_changed_is_named(
    client: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    component = await make(client)
    refused = await client.patch(f"/components/{component['id']}", json=fields)
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json()["errors"]] == list(fields)


async def test_a_component_in_use_is_not_deleted(client: httpx.AsyncClient) -> None:
    path = f"/components/{(component_id := (await make(client))['id'])}"
    issue = {"title": "Fire", "component_ids": [component_id]}
    issue_id = (await client.post("/issues", json=issue)).json()["id"]
    refused = await client.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "component_in_use")
    await client.post(f"/issues/{issue_id}/updates", json={"label": "resolved"})
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"{path}/statuses")).status_code == 404
    assert (await client.get("/pages/main")).json()["groups"] == []


async def test_components_are_for_those_who_may_write_pages(service: InProcess) -> None:
    async with service.client(await service.token(Scope.ISSUES_WRITE, Scope.READ)) as other:
        assert (await other.get("/components")).status_code == 200
        assert (await other.post("/components", json={"name": "x"})).status_code == 403
    async with service.client(None) as nobody:
        assert (await nobody.get("/components")).status_code == 401
