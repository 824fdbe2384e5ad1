"""/api/v1/issue-templates, and issues made from them."""

from typing import Any

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope


@pytest.fixture
async def component_id(client: httpx.AsyncClient) -> str:
    """A component that issues are about."""
    return str((await client.post("/components", json={"name": "Website"})).json()["id"])


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    given = {"name": "Load", "title": "Heavy load", **fields}
    made = await client.post("/issue-templates", json=given)
    assert made.status_code == 201, made.text
    template: dict[str, Any] = made.json()
    return template


async def events(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    """Types and topics of all events about templates."""
    told = (await client.get("/events", params={"topic": "template/>", "limit": 1_000})).json()
    return [(event["type"], event["subject"]) for event in told["data"]]


async def test_a_template_is_made_shown_changed_and_deleted(
    service: InProcess, client: httpx.AsyncClient, component_id: str
) -> None:
    given = {
        "body": "It is *slow*.",
        "label": "investigating",
        "state_override": "degraded",
        "component_ids": [component_id],
    }
    template = await make(client, **given)
    assert template == {
        "id": template["id"],
        "name": "Load",
        "title": "Heavy load",
        "body_html": "<p>It is <em>slow</em>.</p>\n",
        "created_at": service.clock.now,
        **given,
    }
    path = f"/issue-templates/{template['id']}"
    assert (await client.get(path)).json() == template
    assert (await client.get("/issue-templates")).json() == {"data": [template], "next": None}
    changed = await client.patch(path, json={"body": "Over.", "label": None, "component_ids": []})
    assert changed.status_code == 200
    assert changed.json() == {
        **template,
        "body": "Over.",
        "body_html": "<p>Over.</p>\n",
        "label": None,
        "component_ids": [],
    }
    assert (await client.get(path)).json() == changed.json()
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    happened = ["tocsin.template.created", "tocsin.template.edited", "tocsin.template.deleted"]
    assert await events(client) == [(one, f"template/{template['id']}") for one in happened]


async def test_a_template_repeated_as_it_is_changes_nothing(
    service: InProcess, client: httpx.AsyncClient, component_id: str
) -> None:
    template = await make(client, component_ids=[component_id])
    head = service.store.head
    same = await client.patch(f"/issue-templates/{template['id']}", json=template)
    assert (same.status_code, same.json(), service.store.head) == (200, template, head)


async def test_templates_are_listed_newest_first(client: httpx.AsyncClient) -> None:
    made = [(await make(client, name=name))["id"] for name in "abc"]
    first = (await client.get("/issue-templates?limit=2")).json()
    rest = (await client.get("/issue-templates", params={"cursor": first["next"]})).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 256}, "name"),
        ({"title": None}, "title"),
        ({"body": "b" * 65_537}, "body"),
        ({"label": "resolved"}, "label"),
        ({"state_override": "broken"}, "state_override"),
        ({"component_ids": ["f" * 24]}, "component_ids.0"),
        ({"component_ids": ["website"]}, "component_ids.0"),
        ({"starts_at": 5}, "starts_at"),
    ],
)
async def test_what_makes_no_sense_is_named(
    client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    refused = await client.post(
        "/issue-templates", json={"name": "Load", "title": "Heavy load", **fields}
    )
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json()["errors"]] == [path]
    template = await make(client)
    refused = await client.patch(f"/issue-templates/{template['id']}", json=fields)
    assert refused.status_code == 422


async def test_a_component_stands_in_a_template_once(
    client: httpx.AsyncClient, component_id: str
) -> None:
    twice = {"name": "Load", "title": "Load", "component_ids": [component_id, component_id]}
    refused = await client.post("/issue-templates", json=twice)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "component_ids")


async def test_a_deleted_component_leaves_the_templates(
    client: httpx.AsyncClient, component_id: str
) -> None:
    other = (await client.post("/components", json={"name": "API"})).json()["id"]
    template = await make(client, component_ids=[component_id, other])
    assert (await client.delete(f"/components/{component_id}")).status_code == 204
    shown = await client.get(f"/issue-templates/{template['id']}")
    assert shown.json() == {**template, "component_ids": [other]}


async def test_templates_are_for_those_who_may_write_issues(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    template = await make(client)
    path = f"/issue-templates/{template['id']}"
    async with service.client(await service.token(Scope.READ)) as reader:
        assert (await reader.get(path)).json() == template
        for refused in (
            await reader.post("/issue-templates", json={"name": "x", "title": "y"}),
            await reader.patch(path, json={"name": "x"}),
            await reader.delete(path),
        ):
            assert refused.status_code == 403
    async with service.client(await service.token(Scope.ISSUES_WRITE)) as writer:
        assert (await writer.delete(path)).status_code == 204


async def test_an_issue_is_made_from_a_template(
    client: httpx.AsyncClient, component_id: str
) -> None:
    template = await make(
        client,
        body="It is *slow*.",
        label="investigating",
        state_override="degraded",
        component_ids=[component_id],
    )
    made = await client.post("/issues", json={"template": template["id"]})
    assert made.status_code == 201
    said = ("title", "body", "body_html", "label", "state_override", "component_ids")
    assert {name: made.json()[name] for name in said} == {name: template[name] for name in said}
    assert (await client.get(f"/components/{component_id}")).json()["state"] == "degraded"
    given = {"title": "Database down", "body": "Gone.", "label": None, "state_override": None}
    other = await client.post("/issues", json={"template": template["id"], **given})
    assert {name: other.json()[name] for name in given} == given
    assert other.json()["body_html"] == "<p>Gone.</p>\n"
    assert other.json()["component_ids"] == [component_id]
    await client.delete(f"/issue-templates/{template['id']}")
    assert (await client.get(f"/issues/{made.json()['id']}")).json() == made.json()


async def test_an_issue_needs_what_its_template_leaves_open(
    client: httpx.AsyncClient, component_id: str
) -> None:
    template = (await make(client))["id"]
    refused = await client.post("/issues", json={"template": template})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "component_ids")
    made = await client.post(
        "/issues", json={"template": template, "component_ids": [component_id]}
    )
    assert (made.status_code, made.json()["title"]) == (201, "Heavy load")


@pytest.mark.parametrize("named", ["f" * 24, "Load", 5])
async def test_an_issue_of_no_template_is_refused(
    client: httpx.AsyncClient, component_id: str, named: object
) -> None:
    given = {"template": named, "title": "Load", "component_ids": [component_id]}
    refused = await client.post("/issues", json=given)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "template")
