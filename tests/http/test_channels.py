"""/api/v1/channels."""

from typing import Any

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope

CRITICAL = [[{"key": "severity", "oper": "IN", "vals": ["Critical"]}]]
PLAIN: dict[str, Any] = {
    "timezone": "UTC",
    "grouping": {
        "method": "n",
        "equal": [],
        "strict": False,
        "threshold": 0.9,
        "window_s": 0,
        "since": "trigger",
    },
    "storm_thresholds": [],
    "close_on_recovery": True,
    "close_after_s": 0,
    "assignment": [],
    "silences": [],
    "inhibitions": [],
    "flapping": {"changes": 4, "minutes": 60},
    "fields": [],
}
RULES = {
    "timezone": "Europe/Berlin",
    "grouping": {
        "method": "p",
        "equal": ["labels.host"],
        "strict": True,
        "threshold": 0.5,
        "window_s": 60,
        "since": "merge",
    },
    "storm_thresholds": [10, 100],
    "close_on_recovery": False,
    "close_after_s": 3_600,
    "assignment": [
        {
            "filter": CRITICAL,
            "levels": [{"person_ids": [1], "after_minutes": 15}],
            "delay_s": 60,
        }
    ],
    "silences": [
        {"name": "Move", "filter": [], "window": {"starts_at": 5, "ends_at": 10}},
        {
            "name": "Nights",
            "filter": CRITICAL,
            "window": {"days": [1, 7], "from_time": "22:00", "to_time": "06:00"},
        },
    ],
    "inhibitions": [{"source": CRITICAL, "target": CRITICAL, "equal": ["labels.host"]}],
    "flapping": None,
    "fields": [{"name": "region", "kind": "single", "options": ["eu", "us"]}],
}


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    made = await client.post("/channels", json={"name": "Shop", **fields})
    assert made.status_code == 201, made.text
    channel: dict[str, Any] = made.json()
    return channel


async def test_a_channel_needs_a_name_alone(service: InProcess, client: httpx.AsyncClient) -> None:
    channel = await make(client)
    assert channel == {"id": 1, "name": "Shop", **PLAIN, "created_at": service.clock.now}
    assert (await client.get("/channels/1")).json() == channel
    assert (await client.get("/channels")).json() == {"data": [channel], "next": None}


async def test_a_channel_is_shown_as_it_was_made(client: httpx.AsyncClient) -> None:
    channel = await make(client, **RULES)
    assert {name: channel[name] for name in RULES} == RULES
    assert (await client.get("/channels/1")).json() == channel


async def test_what_a_patch_does_not_give_stays(client: httpx.AsyncClient) -> None:
    channel = await make(client, **RULES)
    changes = {"name": "Store", "grouping": {"method": "i"}, "flapping": {"changes": 9}}
    edited = await client.patch("/channels/1", json=changes)
    assert edited.status_code == 200
    assert edited.json() == {
        **channel,
        "name": "Store",
        "grouping": {**PLAIN["grouping"], "method": "i"},
        "flapping": {"changes": 9, "minutes": 60},
    }
    assert (await client.get("/channels/1")).json() == edited.json()


async def test_a_channel_repeated_as_it_is_changes_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    channel = await make(client, **RULES)
    head = service.store.head
    same = await client.patch("/channels/1", json=channel)
    assert (same.status_code, same.json(), service.store.head) == (200, channel, head)
    other = await client.patch("/channels/1", json={"id": 2})
    assert (other.status_code, other.json()["errors"][0]["path"]) == (422, "id")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": ""}, "name"),
        ({"names": "Shop"}, "names"),
        ({"timezone": "Berlin"}, "timezone"),
        ({"grouping": {"method": "x"}}, "grouping.method"),
        ({"grouping": {"method": "p"}}, "grouping.equal"),
        ({"grouping": {"threshold": 0.4}}, "grouping.threshold"),
        ({"storm_thresholds": [1]}, "storm_thresholds.0"),
        ({"storm_thresholds": [5, 5]}, "storm_thresholds"),
        ({"close_after_s": -1}, "close_after_s"),
        ({"assignment": [{"levels": []}]}, "assignment.0.levels"),
        (
            {"assignment": [{"levels": [{"person_ids": [1]}, {"person_ids": [99]}]}]},
            "assignment.0.levels.1.person_ids.0",
        ),
        (
            {"silences": [{"name": "a", "window": {"starts_at": 5, "ends_at": 5}}]},
            "silences.0.window.ends_at",
        ),
        (
            {"silences": [{"name": "a", "window": {"days": [8]}}]},
            "silences.0.window.weekly.days.0",
        ),
        ({"silences": [{"name": "a", "window": 5}]}, "silences.0.window.once"),
        ({"inhibitions": [{"source": [], "target": CRITICAL}]}, "inhibitions.0.source"),
        ({"flapping": {"minutes": 0}}, "flapping.minutes"),
        ({"fields": [{"name": "1", "kind": "text"}]}, "fields.0.name"),
        ({"fields": [{"name": "a", "kind": "single"}]}, "fields.0.options"),
        (
            {"inhibitions": [{"source": CRITICAL, "target": [[{"key": "a", "vals": ["/(/"]}]]}]},
            "inhibitions.0.target.0.0.vals.0",
        ),
        (
            {"inhibitions": [{"source": CRITICAL, "target": [[{"key": "a", "vals": []}]]}]},
            "inhibitions.0.target.0.0.vals",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_path(
    service: InProcess, client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    await make(client)
    head = service.store.head
    made = await client.post("/channels", json={"name": "Shop", **fields})
    assert (made.status_code, made.json()["errors"][0]["path"]) == (422, path)
    edited = await client.patch("/channels/1", json=fields)
    assert (edited.status_code, edited.json()["errors"][0]["path"]) == (422, path)
    assert service.store.head == head


async def test_channels_are_listed_newest_first_by_pages(client: httpx.AsyncClient) -> None:
    for name in "abc":
        await make(client, name=name)
    first = (await client.get("/channels?limit=2")).json()
    assert [one["id"] for one in first["data"]] == [3, 2]
    rest = (await client.get("/channels", params={"cursor": first["next"]})).json()
    assert ([one["id"] for one in rest["data"]], rest["next"]) == ([1], None)
    beyond = await client.get("/channels", params={"cursor": "_" * 16})
    assert [one["id"] for one in beyond.json()["data"]] == [3, 2, 1]


async def test_a_channel_that_is_in_use_cannot_be_deleted(client: httpx.AsyncClient) -> None:
    await make(client)
    given = {"title": "Fire", "incident_severity": "Critical", "channel_id": 1}
    incident = (await client.post("/incidents", json=given)).json()
    assert (incident["channel_id"], incident["channel_name"]) == (1, "Shop")
    refused = await client.delete("/channels/1")
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    await client.post(f"/incidents/{incident['incident_id']}/resolve", json={})
    assert (await client.delete("/channels/1")).status_code == 204
    assert (await client.get("/channels/1")).status_code == 404
    assert (await client.post("/incidents", json=given)).status_code == 422
    edited = await client.patch(f"/incidents/{incident['incident_id']}", json={"impact": "None"})
    assert (edited.status_code, edited.json()["channel_name"]) == (200, "Shop")


async def test_incidents_have_the_fields_of_their_channel(client: httpx.AsyncClient) -> None:
    await make(client, **RULES)
    given = {"title": "Fire", "incident_severity": "Info", "channel_id": 1}
    made = await client.post("/incidents", json={**given, "fields": {"region": "eu"}})
    assert (made.status_code, made.json()["fields"]) == (201, {"region": "eu"})
    assert made.json()["group_method"] == "p"
    refused = await client.post("/incidents", json={**given, "fields": {"region": "asia"}})
    assert refused.json()["errors"][0]["path"] == "fields.region"


@pytest.mark.parametrize("number", ["0", "9", "2147483647"])
async def test_a_channel_that_is_not_there(client: httpx.AsyncClient, number: str) -> None:
    for method in ("GET", "DELETE"):
        assert (await client.request(method, f"/channels/{number}")).status_code == 404
    assert (await client.patch(f"/channels/{number}", json={})).status_code == 404


async def test_changing_takes_the_scope(service: InProcess, client: httpx.AsyncClient) -> None:
    await make(client)
    async with service.client(await service.token(Scope.READ)) as reader:
        assert (await reader.get("/channels/1")).status_code == 200
        assert (await reader.post("/channels", json={"name": "a"})).status_code == 403
        assert (await reader.patch("/channels/1", json={})).status_code == 403
        assert (await reader.delete("/channels/1")).status_code == 403
