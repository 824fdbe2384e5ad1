"""/api/v1/issues."""

from typing import Any

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.app.timers import Timers
from tocsin.model.access import Scope

HOUR = 3_600


@pytest.fixture
async def component_id(client: httpx.AsyncClient) -> str:
    """A component that issues are about."""
    return str((await client.post("/components", json={"name": "Website"})).json()["id"])


async def make(client: httpx.AsyncClient, component_id: str, **fields: Any) -> dict[str, Any]:
    given = {"title": "Heavy Load", "component_ids": [component_id], **fields}
    made = await client.post("/issues", json=given)
    assert made.status_code == 201, made.text
    issue: dict[str, Any] = made.json()
    return issue


def planned(service: InProcess, begins: int = HOUR) -> dict[str, int]:
    starts_at = service.clock.now + begins
    return {"starts_at": starts_at, "ends_at": starts_at + HOUR}


async def test_an_issue_is_made_and_shown(
    service: InProcess, client: httpx.AsyncClient, component_id: str
) -> None:
    given = {"body": "We're working on it.", "label": "investigating", "state_override": "degraded"}
    issue = await make(client, component_id, **given)
    assert issue == {
        "id": issue["id"],
        "title": "Heavy Load",
        "body_html": "<p>We're working on it.</p>\n",
        "component_ids": [component_id],
        "standing": True,
        "scheduled": False,
        "starts_at": None,
        "ends_at": None,
        "began_at": service.clock.now,
        "ended_at": None,
        "created_at": service.clock.now,
        "updates": [],
        "cancelled": False,
        "retrospective": False,
        **given,
    }
    assert (await client.get(f"/issues/{issue['id']}")).json() == issue
    assert (await client.get("/issues")).json() == {"data": [issue], "next": None}
    assert (await client.get(f"/components/{component_id}")).json()["state"] == "degraded"


async def test_updates_are_shown_newest_first_and_say_only_what_they_said(
    client: httpx.AsyncClient, component_id: str
) -> None:
    path = f"/issues/{(await make(client, component_id))['id']}"
    first = await client.post(f"{path}/updates", json={"body": "*Found*", "label": "identified"})
    assert first.status_code == 201
    assert first.json() == {
        "id": first.json()["id"],
        "issue_id": path.removeprefix("/issues/"),
        "body": "*Found*",
        "body_html": "<p><em>Found</em></p>\n",
        "label": "identified",
        "created_at": first.json()["created_at"],
    }
    second = await client.post(f"{path}/updates", json={"state_override": None})
    assert second.json()["state_override"] is None
    shown = await client.get(path)
    assert shown.json()["updates"] == [second.json(), first.json()]
    assert shown.headers["etag"] == second.headers["etag"]


async def test_an_unscheduled_issue_is_resolved_and_reopened(
    client: httpx.AsyncClient, component_id: str
) -> None:
    path = f"/issues/{(await make(client, component_id))['id']}"
    for label, standing in (("resolved", False), ("addendum", False), ("monitoring", True)):
        await client.post(f"{path}/updates", json={"label": label})
        assert (await client.get(path)).json()["standing"] is standing
    refused = await client.post(f"{path}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "issue_not_scheduled")


async def test_a_scheduled_issue_is_cancelled(
    service: InProcess, client: httpx.AsyncClient, component_id: str
) -> None:
    path = f"/issues/{(await make(client, component_id, **planned(service)))['id']}"
    refused = await client.post(f"{path}/updates", json={"label": "resolved"})
    assert (refused.status_code, refused.json()["code"]) == (409, "issue_not_begun")
    cancelled = await client.post(f"{path}/cancel", json={"body": "Not today."})
    assert cancelled.status_code == 200
    issue = cancelled.json()
    assert (issue["cancelled"], issue["standing"]) == (True, False)
    assert [(one["label"], one["body"]) for one in issue["updates"]] == [
        ("cancelled", "Not today.")
    ]
    again = await client.post(f"{path}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "issue_over")


async def test_a_schedule_may_change_until_it_has_come(
    service: InProcess, client: httpx.AsyncClient, component_id: str
) -> None:
    issue = await make(client, component_id, **planned(service))
    path = f"/issues/{issue['id']}"
    later = planned(service, 2 * HOUR)
    moved = (await client.patch(path, json=later)).json()
    assert {name: moved[name] for name in later} == later
    assert [one["label"] for one in moved["updates"]] == [None]
    service.clock.advance(2 * HOUR)
    await Timers(service.store, service.clock).catch_up()
    begun = (await client.get(path)).json()
    assert (begun["standing"], begun["began_at"]) == (True, later["starts_at"])
    refused = await client.patch(path, json={"starts_at": later["starts_at"] + 1})
    assert refused.status_code == 409
    same = await client.patch(path, json=begun)
    assert (same.status_code, same.json()) == (200, begun)


async def test_what_is_over_from_the_start(client: httpx.AsyncClient, component_id: str) -> None:
    past = await make(client, component_id, began_at=1_000, ended_at=2_000)
    assert (past["retrospective"], past["standing"]) == (True, False)
    assert (past["began_at"], past["ended_at"]) == (1_000, 2_000)
    noted = await make(client, component_id, label="informational")
    assert noted["standing"] is False


@pytest.mark.parametrize(
    "fields",
    [
        {"component_ids": []},
        {"component_ids": ["f" * 24]},
        {"component_ids": [f"{number:024x}" for number in range(101)]},
        {"title": ""},
        {"title": "t" * 256},
        {"title": None},
        {"body": "b" * 65_537},
        {"label": "cancelled"},
        {"state_override": "broken"},
        {"starts_at": 2_000_000_000},
        {"starts_at": 1_000, "ends_at": 2_000},
        {"starts_at": 253402300800, "ends_at": 253402300801},
        {"began_at": 1_000},
        {"label": "informational", "state_override": "outage"},
        {"priority": 1},
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, component_id: str, fields: dict[str, Any]
) -> None:
    given = {"title": "Heavy Load", "component_ids": [component_id], **fields}
    assert (await client.post("/issues", json=given)).status_code == 422


@pytest.mark.parametrize(
    "said", [{"label": "cancelled"}, {"label": "assessed"}, {"title": "x"}, {"body": None}]
)
async def test_an_update_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, component_id: str, said: dict[str, Any]
) -> None:
    issue = await make(client, component_id)
    assert (await client.post(f"/issues/{issue['id']}/updates", json=said)).status_code == 422


async def test_what_the_server_writes_may_be_repeated_and_not_changed(
    service: InProcess, client: httpx.AsyncClient, component_id: str
) -> None:
    path = f"/issues/{(await make(client, component_id))['id']}"
    await client.post(f"{path}/updates", json={"label": "monitoring", "state_override": "outage"})
    issue = (await client.get(path)).json()
    head = service.store.head
    assert (await client.patch(path, json=issue)).json() == issue
    assert service.store.head == head
    for name in ("id", "body_html", "standing", "updates", "cancelled", "created_at"):
        refused = await client.patch(path, json={name: "other"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["path"] == name


async def test_an_issue_is_corrected(client: httpx.AsyncClient, component_id: str) -> None:
    issue = await make(client, component_id, label="assessed")
    fields = {"title": "Fire", "body": "*Hot*", "label": None, "state_override": "outage"}
    corrected = await client.patch(f"/issues/{issue['id']}", json=fields)
    assert corrected.json() == {**issue, **fields, "body_html": "<p><em>Hot</em></p>\n"}


async def test_a_change_may_ask_that_nothing_has_changed_since(
    client: httpx.AsyncClient, component_id: str
) -> None:
    path = f"/issues/{(await make(client, component_id))['id']}"
    seen = {"If-Match": (await client.get(path)).headers["etag"]}
    assert (await client.post(f"{path}/updates", json={}, headers=seen)).status_code == 201
    for late in (
        await client.patch(path, json={"title": "x"}, headers=seen),
        await client.post(f"{path}/updates", json={}, headers=seen),
        await client.post(f"{path}/cancel", headers=seen),
        await client.delete(path, headers=seen),
    ):
        assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")


async def test_a_repeated_call_makes_one_issue(
    client: httpx.AsyncClient, component_id: str
) -> None:
    given = {"title": "Fire", "component_ids": [component_id]}
    first, again = [
        await client.post("/issues", json=given, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    assert len((await client.get("/issues")).json()["data"]) == 1


async def test_an_issue_is_deleted(client: httpx.AsyncClient, component_id: str) -> None:
    path = f"/issues/{(await make(client, component_id, state_override='outage'))['id']}"
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"/components/{component_id}")).json()["state"] == "operational"


async def test_issues_are_for_those_who_may_write_them(
    service: InProcess, client: httpx.AsyncClient, component_id: str
) -> None:
    path = f"/issues/{(await make(client, component_id))['id']}"
    async with service.client(await service.token(Scope.PAGES_WRITE, Scope.READ)) as other:
        assert (await other.get(path)).status_code == 200
        assert (await other.post(f"{path}/updates", json={})).status_code == 403
    async with service.client(await service.token(Scope.ISSUES_WRITE)) as writer:
        assert (await writer.post(f"{path}/updates", json={})).status_code == 201
