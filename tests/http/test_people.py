"""/api/v1/people."""

from typing import Any

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope

CLEO = {"person_name": "Cleo", "email": "cleo@example.org"}
NOTIFY = ["slack://secret/b/c", "json://example.org"]
VEILED = ["slack://...", "json://..."]


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    made = await client.post("/people", json={**CLEO, **fields})
    assert made.status_code == 201, made.text
    person: dict[str, Any] = made.json()
    return person


async def test_a_person_is_made_shown_changed_and_deleted(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    person = await make(client, notify=NOTIFY)
    number = person["person_id"]
    assert person == {
        "person_id": number,
        **CLEO,
        "notify": NOTIFY,
        "created_at": service.clock.now,
    }
    path = f"/people/{number}"
    assert (await client.get(path)).json() == person
    edited = await client.patch(path, json={"notify": [], "email": "c@example.org"})
    assert edited.json() == {**person, "notify": [], "email": "c@example.org"}
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.patch(path, json={})).status_code == 404
    happened = [event.type for event in service.events if event.topic == f"person/{number}"]
    assert happened == [f"tocsin.person.{one}" for one in ("created", "edited", "deleted")]
    assert (await make(client))["person_id"] == number + 1


async def test_a_contact_says_what_it_is_for_and_when_not(client: httpx.AsyncClient) -> None:
    nights = {"days": [1, 7], "from_time": "22:00", "to_time": "06:00", "timezone": "Asia/Tokyo"}
    full = {"url": "slack://a/b/c", "severities": ["Critical"], "quiet": nights}
    plain = {"url": "tgram://a/b"}
    made = await make(client, notify=[full, plain, "mailto://c@example.org"])
    assert made["notify"] == [full, "tgram://a/b", "mailto://c@example.org"]
    assert (await client.get(f"/people/{made['person_id']}")).json() == made


async def test_every_user_and_every_token_is_a_person(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await service.token(Scope.READ, name="robot")
    shown = (await client.get("/people")).json()["data"]
    assert [one["person_name"] for one in shown] == ["robot", "Administrator"]
    for one in shown:
        same = await client.patch(f"/people/{one['person_id']}", json=one)
        assert (same.status_code, same.json()) == (200, one)
        refused = await client.delete(f"/people/{one['person_id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "in_use")


async def test_people_are_listed_by_pages(client: httpx.AsyncClient) -> None:
    made = [(await make(client))["person_id"] for _ in range(2)]
    first = (await client.get("/people?limit=2")).json()
    assert [one["person_id"] for one in first["data"]] == made[::-1]
    rest = (await client.get("/people", params={"cursor": first["next"]})).json()
    assert ([one["person_id"] for one in rest["data"]], rest["next"]) == ([1], None)


async def test_where_to_tell_somebody_is_seen_by_few(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    number = (await make(client, notify=NOTIFY))["person_id"]
    async with service.client(await service.token(Scope.READ, name="reader")) as reader:
        assert (await reader.get(f"/people/{number}")).json()["notify"] == VEILED
        listed = {one["person_id"]: one for one in (await reader.get("/people")).json()["data"]}
        assert listed[number]["notify"] == VEILED
        own = next(one["person_id"] for one in listed.values() if one["person_name"] == "reader")
        await client.patch(f"/people/{own}", json={"notify": NOTIFY})
        assert (await reader.get(f"/people/{own}")).json()["notify"] == NOTIFY
        assert (await reader.patch(f"/people/{own}", json={})).status_code == 403
        assert (await reader.post("/people", json=CLEO)).status_code == 403
    told = (await client.get("/events", params={"topic": "person/>"})).text
    assert "secret" not in told
    assert "example.org" not in told


@pytest.mark.parametrize("rule", [True, False])
async def test_a_person_named_by_a_rule_or_an_open_incident_stays(
    client: httpx.AsyncClient, rule: bool
) -> None:
    number = (await make(client))["person_id"]
    if rule:
        levels = [{"person_ids": [number]}]
        await client.post("/channels", json={"name": "Shop", "assignment": [{"levels": levels}]})
        over = client.build_request("DELETE", "/channels/1")
    else:
        given = {"title": "Fire", "incident_severity": "Info", "person_ids": [number]}
        incident = (await client.post("/incidents", json=given)).json()
        over = client.build_request("POST", f"/incidents/{incident['incident_id']}/resolve")
    assert (await client.delete(f"/people/{number}")).json()["code"] == "in_use"
    assert (await client.send(over)).is_success
    assert (await client.delete(f"/people/{number}")).status_code == 204


async def test_a_deleted_person_is_given_nothing(client: httpx.AsyncClient) -> None:
    number = (await make(client))["person_id"]
    await client.delete(f"/people/{number}")
    given = {"title": "Fire", "incident_severity": "Info", "person_ids": [number]}
    refused = await client.post("/incidents", json=given)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "person_ids.0")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"person_name": ""}, "person_name"),
        ({"email": "cleo"}, "email"),
        ({"notify": ["slack"]}, "notify.0"),
        ({"notify": ["mailto://a:b@example.org"]}, "notify.0"),
        (
            {"notify": [{"url": "a://b", "severities": ["Info", "Info"]}]},
            "notify.0.severities",
        ),
        (
            {
                "notify": [
                    {
                        "url": "a://b",
                        "quiet": {"days": [9], "from_time": "22:00", "to_time": "06:00"},
                    }
                ]
            },
            "notify.0.contact.quiet.days.0",
        ),
        ({"notify": ["a://b", "a://b"]}, "notify"),
        ({"name": "Cleo"}, "name"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    number = (await make(client))["person_id"]
    for answer in (
        await client.post("/people", json={**CLEO, **fields}),
        await client.patch(f"/people/{number}", json=fields),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"].startswith(path)
