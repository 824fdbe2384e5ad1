"""/api/v1/pages."""

from typing import Any

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope

FIELDS = [
    *("id", "slug", "name", "description", "hosts", "timezone", "visibility", "groups", "state"),
    *("logo", "accent", "links", "language", "text_above", "text_above_html", "text_below"),
    *("text_below_html", "show_bars", "show_uptime", "history_days", "robots"),
]


async def component(client: httpx.AsyncClient, **fields: Any) -> str:
    made = await client.post("/components", json={"name": "Website", **fields})
    assert made.status_code == 201
    return str(made.json()["id"])


async def test_main_exists_from_the_start_and_cannot_be_deleted(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/pages")).json()
    assert [page["slug"] for page in listed["data"]] == ["main"]
    assert listed["next"] is None
    refused = await client.delete("/pages/main")
    assert (refused.status_code, refused.json()["code"]) == (409, "page_not_deletable")


async def test_a_page_is_made_shown_changed_and_deleted(client: httpx.AsyncClient) -> None:
    made = await client.post("/pages", json={"slug": "shop", "name": "Shop"})
    assert made.status_code == 201
    page = made.json()
    assert sorted(page) == sorted([*FIELDS, "bypass_token"])
    assert (page["timezone"], page["visibility"], page["state"]) == ("UTC", "public", "operational")
    shown = await client.get("/pages/shop")
    assert (shown.json(), shown.headers["etag"]) == (page, made.headers["etag"])
    changed = await client.patch("/pages/shop", json={"name": "The shop", "visibility": "private"})
    assert changed.status_code == 200
    assert changed.json() == {**page, "name": "The shop", "visibility": "private"}
    assert changed.headers["etag"] != made.headers["etag"]
    assert (await client.delete("/pages/shop")).status_code == 204
    assert (await client.get("/pages/shop")).status_code == 404


async def test_a_page_repeated_as_it_is_changes_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await component(client, group="Web")
    await component(client)
    page = (await client.get("/pages/main")).json()
    head = service.store.head
    same = await client.patch("/pages/main", json=page)
    assert (same.status_code, same.json()) == (200, page)
    assert service.store.head == head
    assert same.headers["tocsin-position"] == f"{service.store.epoch}-{head}"


@pytest.mark.parametrize("field", ["id", "slug", "bypass_token", "state"])
async def test_what_the_server_writes_cannot_be_changed(
    client: httpx.AsyncClient, field: str
) -> None:
    refused = await client.patch("/pages/main", json={field: "outage"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == field


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"slug": "Shop"}, "slug"),
        ({"slug": "-shop"}, "slug"),
        ({"slug": "a" * 64}, "slug"),
        ({"name": ""}, "name"),
        ({"name": "n" * 256}, "name"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"visibility": "secret"}, "visibility"),
        ({"hosts": ["shop.example:80"]}, "hosts.0"),
        ({"hosts": ["shop.example", "http://shop"]}, "hosts.1"),
        ({"hosts": ["shop.example", "SHOP.example."]}, "hosts"),
        ({"hosts": "shop.example"}, "hosts"),
        ({"color": "red"}, "color"),
        ({"groups": [{"name": "Web", "members": []}]}, "groups.0.members"),
        ({"groups": [{"name": "Web", "component_ids": ["f" * 24]}]}, "groups.0.component_ids.0"),
    ],
)
async def test_what_makes_no_sense_is_named(
    client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    page = {"slug": "shop", "name": "Shop", **fields}
    refused = await client.post("/pages", json=page)
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json()["errors"]] == [path]


@pytest.mark.parametrize("field", ["name", "description", "hosts", "timezone", "groups"])
async def test_null_is_no_value_of_a_field_that_has_one(
    client: httpx.AsyncClient, field: str
) -> None:
    assert (await client.patch("/pages/main", json={field: None})).status_code == 422


async def test_hosts_are_kept_in_lower_case_and_belong_to_one_page(
    client: httpx.AsyncClient,
) -> None:
    first = await client.patch("/pages/main", json={"hosts": ["Status.Example.", "[::1]"]})
    assert first.json()["hosts"] == ["status.example", "[::1]"]
    other = {"slug": "other", "name": "Other", "hosts": ["status.example"]}
    refused = await client.post("/pages", json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (await client.post("/pages", json={**other, "slug": "main"})).status_code == 409


async def test_placing_components_in_groups(client: httpx.AsyncClient) -> None:
    a, b, c = [await component(client) for _ in range(3)]
    groups = [{"name": None, "component_ids": [c]}, {"name": "Web", "component_ids": [b, a]}]
    placed = (await client.patch("/pages/main", json={"groups": groups})).json()["groups"]
    assert [{"name": g["name"], "component_ids": g["component_ids"]} for g in placed] == groups
    assert placed[0]["id"] is None
    renamed = [{"id": placed[1]["id"], "name": "Internet", "component_ids": [a]}]
    after = (await client.patch("/pages/main", json={"groups": renamed})).json()["groups"]
    assert after == renamed
    twice = [{"name": "X", "component_ids": [a]}, {"name": "Y", "component_ids": [a]}]
    refused = await client.patch("/pages/main", json={"groups": twice})
    assert refused.status_code == 422
    assert (await client.get(f"/components/{c}")).json()["pages"] == []


async def test_the_bypass_token_is_for_those_who_may_write_pages(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    async with service.client(await service.token(Scope.READ)) as reader:
        for shown in (await reader.get("/pages/main"), await reader.get("/pages")):
            assert shown.status_code == 200
            assert "bypass_token" not in shown.text
        assert (await reader.patch("/pages/main", json={"name": "x"})).status_code == 403
    before = (await client.get("/pages/main")).json()
    rotated = await client.post("/pages/main/rotate-bypass-token")
    assert rotated.status_code == 200
    assert rotated.json()["bypass_token"] != before["bypass_token"]
    assert (await client.get("/pages/main")).json() == rotated.json()


async def test_a_change_may_ask_that_nothing_has_changed_since(client: httpx.AsyncClient) -> None:
    await client.post("/pages", json={"slug": "shop", "name": "Shop"})
    seen = {"If-Match": (await client.get("/pages/shop")).headers["etag"]}
    assert (await client.patch("/pages/shop", json={"name": "A"}, headers=seen)).status_code == 200
    for late in (
        await client.patch("/pages/shop", json={"name": "B"}, headers=seen),
        await client.post("/pages/shop/rotate-bypass-token", headers=seen),
        await client.delete("/pages/shop", headers=seen),
    ):
        assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert (await client.get("/pages/shop")).json()["name"] == "A"


async def test_the_tag_of_a_page_is_not_that_of_its_successor(client: httpx.AsyncClient) -> None:
    first = await client.post("/pages", json={"slug": "shop", "name": "Shop"})
    await client.delete("/pages/shop")
    second = await client.post("/pages", json={"slug": "shop", "name": "Shop"})
    assert first.headers["etag"] != second.headers["etag"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_page_that_is_not_there_is_404(client: httpx.AsyncClient, method: str) -> None:
    body = {"name": "x"} if method == "PATCH" else None
    answer = await client.request(method, "/pages/nowhere", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
