"""/api/v1/incidents."""

from typing import Any

import httpx
import pytest
from tests.in_process import URL, InProcess

from tocsin.model.access import Scope

NOBODY = "f" * 24


@pytest.fixture
async def me(client: httpx.AsyncClient) -> dict[str, Any]:
    """The person that the client acts as."""
    made = await make(client)
    person: dict[str, Any] = made["creator"]
    return person


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    given = {"title": "Shop is down", "incident_severity": "Critical", **fields}
    made = await client.post("/incidents", json=given)
    assert made.status_code == 201, made.text
    incident: dict[str, Any] = made.json()
    return incident


async def do(
    client: httpx.AsyncClient, incident: dict[str, Any], command: str, **body: Any
) -> dict[str, Any]:
    """Carry out a command, which is not refused; the incident after it."""
    done = await client.post(f"/incidents/{incident['incident_id']}/{command}", json=body)
    assert done.status_code == 200, done.text
    after: dict[str, Any] = done.json()
    return after


async def refused(
    client: httpx.AsyncClient, incident: dict[str, Any], command: str, **body: Any
) -> tuple[int, str]:
    """Carry out a command that is refused: the status and the code."""
    done = await client.post(f"/incidents/{incident['incident_id']}/{command}", json=body)
    return done.status_code, done.json()["code"]


async def told(client: httpx.AsyncClient, incident: dict[str, Any]) -> list[dict[str, Any]]:
    """The timeline, oldest first."""
    shown = await client.get(f"/incidents/{incident['incident_id']}/timeline")
    entries: list[dict[str, Any]] = shown.json()["data"][::-1]
    return entries


async def test_an_incident_is_made_and_shown(
    service: InProcess, client: httpx.AsyncClient, me: dict[str, Any]
) -> None:
    component_id = (await client.post("/components", json={"name": "Shop"})).json()["id"]
    given = {"description": "Nobody can pay.", "component_ids": [component_id]}
    incident = await make(client, person_ids=[me["person_id"]], **given)
    now = service.clock.now
    id_ = incident["incident_id"]
    assert incident == {
        "incident_id": id_,
        "num": id_[-6:].upper(),
        "title": "Shop is down",
        "impact": "",
        "root_cause": "",
        "resolution": "",
        "incident_severity": "Critical",
        "incident_status": "Critical",
        "progress": "Triggered",
        "created_at": now,
        "updated_at": now,
        "start_time": now,
        "last_time": 0,
        "end_time": 0,
        "ack_time": 0,
        "close_time": 0,
        "snoozed_before": 0,
        "fields": {},
        "creator": me,
        "responders": [{**me, "assigned_at": now, "acknowledged_at": 0}],
        "alert_cnt": 0,
        "channel_id": 0,
        "channel_name": "",
        "detail_url": f"{URL}/console/incidents/{id_}",
        "group_method": "n",
        "dedup_key": "",
        "version": 2,
        **given,
    }
    shown = await client.get(f"/incidents/{id_}")
    assert shown.json() == incident
    assert shown.headers["etag"] == f'"{id_}.2"'
    assert (await client.get("/incidents")).json()["data"][0] == incident
    assert (await client.get(f"/incidents/{NOBODY}")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 513},
        {"description": "x" * 6145},
        {"incident_severity": "Ok"},
        {"channel_id": 7},
        {"channel_id": 2**40},
        {"person_ids": [99]},
        {"person_ids": [1, 1]},
        {"component_ids": [NOBODY]},
        {"fields": {"a": 1}},
        {"severity": "Info"},
    ],
)
async def test_what_makes_no_sense_is_refused(
    service: InProcess, client: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    before = len(service.events)
    given = {"title": "Shop is down", "incident_severity": "Critical", **wrong}
    done = await client.post("/incidents", json=given)
    assert (done.status_code, done.json()["code"]) == (422, "invalid")
    assert done.json()["errors"][0]["path"].split(".")[0] == next(iter(wrong))
    assert len(service.events) == before


async def test_every_command_is_an_entry_of_the_timeline_and_an_event_of_the_log(
    service: InProcess, client: httpx.AsyncClient, me: dict[str, Any]
) -> None:
    mine = [me["person_id"]]
    incident = await make(client)
    begun = len(service.events) - 1
    await do(client, incident, "assign", person_ids=mine)
    await do(client, incident, "ack")
    assert (await do(client, incident, "snooze", minutes=5))["progress"] == "Processing"
    await do(client, incident, "wake")
    await do(client, incident, "unack")
    await do(client, incident, "comment", comment="Who can look?")
    closed = await do(client, incident, "resolve", resolution="Restarted", root_cause="Full disk")
    assert (closed["progress"], closed["closer"]) == ("Closed", me)
    assert closed["incident_status"] == "Critical"
    await do(client, incident, "reopen", reason="Down again")
    token = await service.token(Scope.INCIDENTS_WRITE, name="Bert")
    async with service.client(token) as other:
        acked = await do(other, incident, "ack")
    responders = [one["person_name"] for one in acked["responders"]]
    assert responders == [me["person_name"], "Bert"]
    entries = await told(client, incident)
    assert [one["type"].removeprefix("i_") for one in entries] == [
        *("new", "assign", "ack", "snooze", "wake", "unack", "comm"),
        *("r_rc", "r_rsltn", "rslv", "reopen", "ack"),
    ]
    assert entries[-2]["detail"] == {"reason": "Down again"}
    assert entries[-1]["person"]["person_name"] == "Bert"
    times = [one["event_time"] for one in entries]
    assert times == sorted(set(times))
    events = service.events[begun:]
    events = [one for one in events if one.type.startswith("tocsin.incident.")]
    assert [one.type.removeprefix("tocsin.incident.") for one in events] == [
        one["type"].removeprefix("i_") for one in entries
    ]
    positions = [str(service.store.position(one.sequence)) for one in events]
    assert positions == [one["position"] for one in entries]
    topic = f"incident/{incident['incident_id']}"
    assert {(one.topic, one.key) for one in events} == {(topic, incident["incident_id"])}


async def test_commands_out_of_turn_are_refused_and_write_nothing(
    service: InProcess, client: httpx.AsyncClient, me: dict[str, Any]
) -> None:
    incident = await make(client)
    before = len(service.events)
    assert await refused(client, incident, "reopen") == (409, "incident_open")
    assert await refused(client, incident, "wake") == (409, "incident_not_snoozed")
    assert await refused(client, incident, "unack") == (409, "incident_not_acknowledged")
    for minutes in (0, 1441):
        assert await refused(client, incident, "snooze", minutes=minutes) == (422, "invalid")
    assert await refused(client, incident, "assign", person_ids=[]) == (422, "invalid")
    assert await refused(client, incident, "ack", person_id=99) == (422, "invalid")
    assert await refused(client, incident, "comment", comment="") == (422, "invalid")
    assert await refused(client, {"incident_id": NOBODY}, "ack") == (404, "not_found")
    assert len(service.events) == before
    await do(client, incident, "ack")
    assert await refused(client, incident, "ack") == (409, "incident_already_acknowledged")
    await do(client, incident, "resolve")
    for command, body in (
        ("assign", {"person_ids": [me["person_id"]]}),
        ("responders", {"person_ids": [me["person_id"]]}),
        ("ack", {}),
        ("unack", {}),
        ("snooze", {"minutes": 1}),
        ("wake", {}),
        ("resolve", {}),
        ("resolve", {"resolution": "Twice"}),
        ("merge", {"source_ids": [(await make(client))["incident_id"]]}),
    ):
        assert await refused(client, incident, command, **body) == (409, "incident_closed")


async def test_a_storm_is_told_once_for_each_threshold(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    incident = await make(client)
    first = await do(client, incident, "storm", threshold=10)
    assert await do(client, incident, "storm", threshold=10) == first
    await do(client, incident, "storm", threshold=2)
    entries = await told(client, incident)
    assert [(one["type"], one["detail"]) for one in entries[1:]] == [
        ("i_storm", {"threshold": 10}),
        ("i_storm", {"threshold": 2}),
    ]
    before = len(service.events)
    for threshold in (1, 5_001, "10"):
        assert await refused(client, incident, "storm", threshold=threshold) == (422, "invalid")
    await do(client, incident, "resolve")
    assert await refused(client, incident, "storm", threshold=3) == (409, "incident_closed")
    assert [one.type for one in service.events[before:]] == ["tocsin.incident.rslv"]


async def test_commands_may_be_for_somebody_else(
    service: InProcess, client: httpx.AsyncClient, me: dict[str, Any]
) -> None:
    token = await service.token(Scope.INCIDENTS_WRITE, name="Bert")
    async with service.client(token) as other:
        bert = (await make(other))["creator"]
    incident = await make(client)
    added = await do(client, incident, "responders", person_ids=[bert["person_id"]])
    assert [one["person_name"] for one in added["responders"]] == ["Bert"]
    again = await do(client, incident, "responders", person_ids=[bert["person_id"]])
    assert again["version"] == added["version"]
    await do(client, incident, "ack", person_id=bert["person_id"])
    entry = (await told(client, incident))[-1]
    assert (entry["person"], entry["detail"]["by"]) == (bert, me)


async def test_an_edit_says_what_really_changed(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    incident = await make(client)
    path = f"/incidents/{incident['incident_id']}"
    edited = await client.patch(
        path,
        json={**incident, "title": "Shop is slow", "incident_severity": "Info", "impact": "Few"},
    )
    assert edited.status_code == 200, edited.text
    entries = await told(client, incident)
    assert [(one["type"], one["detail"]) for one in entries[1:]] == [
        ("i_r_title", {"from": "Shop is down", "to": "Shop is slow"}),
        ("i_r_impact", {"from": "", "to": "Few"}),
        ("i_r_severity", {"from": "Critical", "to": "Info"}),
    ]
    assert edited.json()["incident_status"] == "Info"
    before = len(service.events)
    same = await client.patch(path, json={"impact": "Few"})
    assert (same.status_code, same.json()) == (200, edited.json())
    assert len(service.events) == before
    for wrong in ({"num": "000000"}, {"fields": {"a": 1}}, {"component_ids": [NOBODY]}):
        assert (await client.patch(path, json=wrong)).status_code == 422


async def test_a_change_of_what_has_moved_on_is_refused(client: httpx.AsyncClient) -> None:
    incident = await make(client)
    path = f"/incidents/{incident['incident_id']}"
    seen = {"If-Match": (await client.get(path)).headers["etag"]}
    moved = await client.post(f"{path}/ack", headers=seen)
    assert moved.status_code == 200
    other = (await make(client))["incident_id"]
    for call in (
        client.post(f"{path}/unack", headers=seen),
        client.patch(path, headers=seen, json={"title": "x"}),
        client.post(f"{path}/merge", headers=seen, json={"source_ids": [other]}),
        client.post(f"{path}/unmerge", headers=seen, json={"source_id": other}),
    ):
        assert (await call).json()["code"] == "precondition_failed"
    seen = {"If-Match": moved.headers["etag"]}
    assert (await client.post(f"{path}/unack", headers=seen)).status_code == 200


async def test_a_list_is_of_what_the_filters_choose(client: httpx.AsyncClient) -> None:
    fire = await make(client, title="100% Fire", incident_severity="Warning")
    rain = await make(client, title="Rain", description="It burns, too: fire")
    await do(client, rain, "ack")
    sun = await make(client, title="Sun", incident_severity="Info")
    await do(client, sun, "resolve")

    async def listed(**query: Any) -> list[str]:
        shown = await client.get("/incidents", params=query)
        assert shown.status_code == 200, shown.text
        return [one["title"] for one in shown.json()["data"]]

    assert await listed() == ["Sun", "Rain", "100% Fire"]
    assert await listed(progress=["Triggered", "Processing"]) == ["Rain", "100% Fire"]
    assert await listed(incident_severity="Info") == ["Sun"]
    assert await listed(text="FIRE") == ["Rain", "100% Fire"]
    assert await listed(text="0% f") == ["100% Fire"]
    assert await listed(text="%") == ["100% Fire"]
    assert await listed(text=fire["num"]) == ["100% Fire"]
    assert await listed(text="fire", incident_severity="Warning") == ["100% Fire"]
    assert await listed(channel_id=0, limit=1) == ["Sun"]
    assert await listed(channel_id=1) == []
    for wrong in ({"progress": "open"}, {"incident_severity": "Ok"}, {"channel_id": "x"}):
        assert (await client.get("/incidents", params=wrong)).status_code == 422


async def test_a_timeline_is_read_in_pages(client: httpx.AsyncClient) -> None:
    incident = await make(client)
    for number in range(4):
        await do(client, incident, "comment", comment=f"{number}")
    path = f"/incidents/{incident['incident_id']}/timeline"
    first = (await client.get(path, params={"limit": 3})).json()
    rest = (await client.get(path, params={"limit": 3, "cursor": first["next"]})).json()
    said = [one["detail"].get("comment") for one in first["data"] + rest["data"]]
    assert (said, rest["next"]) == (["3", "2", "1", "0", None], None)
    assert (await client.get(f"/incidents/{NOBODY}/timeline")).status_code == 404
    assert (await client.get(f"/incidents/{NOBODY}/alerts")).status_code == 404


async def test_merged_incidents_are_closed_until_unmerged(client: httpx.AsyncClient) -> None:
    target, one, two = [await make(client, title=title) for title in ("Target", "One", "Two")]
    sources = [one["incident_id"], two["incident_id"]]
    await do(client, target, "merge", source_ids=sources, comment="The same")
    assert (await told(client, target))[-1]["detail"] == {"merged": sources, "comment": "The same"}
    shown = (await client.get(f"/incidents/{sources[0]}")).json()
    assert shown["progress"] == "Closed"
    await do(client, target, "unmerge", source_id=sources[0])
    shown = (await client.get(f"/incidents/{sources[0]}")).json()
    assert shown["progress"] == "Triggered"
    assert [one["type"] for one in await told(client, target)] == ["i_new", "i_merge", "i_comm"]
    for body, code in (
        ({"source_ids": [target["incident_id"]]}, (422, "invalid")),
        ({"source_ids": [sources[0], sources[0]]}, (422, "invalid")),
        ({"source_ids": [NOBODY]}, (422, "invalid")),
        ({"source_ids": [sources[1]]}, (409, "incident_closed")),
    ):
        assert await refused(client, target, "merge", **body) == code
    for source_id, code in (
        (sources[0], (409, "incident_not_merged")),
        (NOBODY, (422, "invalid")),
    ):
        assert await refused(client, target, "unmerge", source_id=source_id) == code


async def test_a_bulk_command_has_a_result_for_each(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    one, two = [await make(client) for _ in range(2)]
    await do(client, two, "resolve")
    ids = [one["incident_id"], two["incident_id"], NOBODY]
    given = {"ids": ids, "command": "snooze", "args": {"minutes": 5}}
    done = await client.post("/incidents/bulk", json=given)
    assert done.status_code == 200, done.text
    first, second, third = done.json()["data"]
    assert (first["status"], first["incident"]["progress"]) == (200, "Processing")
    assert (second["status"], second["error"]["code"]) == (409, "incident_closed")
    assert (third["id"], third["status"]) == (NOBODY, 404)
    assert "error" not in first
    assert "incident" not in second
    assert len(service.changes[-1]) == 1
    reopened = await client.post("/incidents/bulk", json={"ids": ids, "command": "reopen"})
    assert [one["status"] for one in reopened.json()["data"]] == [409, 200, 404]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"ids": []}, "ids"),
        ({"ids": [NOBODY] * 2}, "ids"),
        ({"ids": [f"{number:024x}" for number in range(101)]}, "ids"),
        ({"command": "merge"}, "command"),
        ({"args": {"minutes": 0}}, "args.minutes"),
        ({"args": {}}, "args.minutes"),
        ({"args": {"minutes": 1, "more": 1}}, "args.more"),
    ],
)
async def test_a_bulk_command_is_as_strict_as_each_alone(
    client: httpx.AsyncClient, wrong: dict[str, Any], path: str
) -> None:
    given = {"ids": [NOBODY], "command": "snooze", "args": {"minutes": 5}, **wrong}
    done = await client.post("/incidents/bulk", json=given)
    assert done.status_code == 422
    assert done.json()["errors"][0]["path"] == path


async def test_a_repeated_call_is_done_once(client: httpx.AsyncClient) -> None:
    incident = await make(client)
    path, key = f"/incidents/{incident['incident_id']}/comment", {"Idempotency-Key": "one"}
    first, again = [
        await client.post(path, json={"comment": "Hello"}, headers=key) for _ in range(2)
    ]
    assert first.content == again.content
    assert len(await told(client, incident)) == 2


async def test_incidents_need_their_scope(service: InProcess) -> None:
    async with service.client(await service.token(Scope.READ)) as reader:
        given = {"title": "x", "incident_severity": "Info"}
        assert (await reader.post("/incidents", json=given)).status_code == 403
        assert (await reader.get("/incidents")).status_code == 200
        assert (await reader.post(f"/incidents/{NOBODY}/ack")).status_code == 403


async def test_an_issue_is_posted_from_a_draft(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    component_id = (await client.post("/components", json={"name": "Shop"})).json()["id"]
    incident = await make(client, description="Nobody can pay.", component_ids=[component_id])
    path = f"/incidents/{incident['incident_id']}/issues"
    shown = (await client.get(path)).json()
    assert shown["data"] == []
    assert shown["draft"] == {
        "title": "Shop is down",
        "body": "Nobody can pay.",
        "label": "investigating",
        "component_ids": [component_id],
        "state_override": "outage",
    }
    posted = await client.post(path, json=shown["draft"])
    assert posted.status_code == 201, posted.text
    issue = posted.json()
    assert (await client.get(f"/issues/{issue['id']}")).json() == issue
    assert posted.headers["etag"] == (await client.get(f"/issues/{issue['id']}")).headers["etag"]
    assert (await client.get(path)).json()["data"] == [issue]
    assert (await told(client, incident))[-1]["detail"]["issue_id"] == issue["id"]
    assert [one.type for one in service.changes[-1]] == [
        *("tocsin.component.status", "tocsin.issue.created", "tocsin.incident.comm")
    ]
    await client.delete(f"/issues/{issue['id']}")
    assert (await client.get(path)).json()["data"] == []
    before = len(service.events)
    nowhere = await client.post(f"/incidents/{NOBODY}/issues", json=shown["draft"])
    assert nowhere.status_code == 404
    assert len(service.events) == before
