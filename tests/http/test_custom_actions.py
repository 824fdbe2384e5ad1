"""The buttons of an incident, and pressing one: /api/v1/incidents/{id}/actions, /custom-action."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from aiohttp import web
from standardwebhooks import Webhook
from tests.in_process import URL, InProcess
from tests.receiver import Got, Receiver, receiver, status

from tocsin.model.access import Scope
from tocsin.model.endpoint import Endpoint, Kind, OldSecret, Profile
from tocsin.store import endpoints

SECRET, OLD_SECRET = "whsec_" + "a" * 44, "whsec_" + "b" * 44


class Slow:
    """Answers once it is let."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()

    async def __call__(self, got: Got) -> web.StreamResponse:
        await self.go_on.wait()
        return web.Response(status=200)


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    """A receiver that does as it is asked."""
    async with receiver() as there:
        there.answer = status(200, **{"X-Done": "yes"})
        yield there


async def button(service: InProcess, url: str = "https://hooks.test/", **fields: Any) -> Endpoint:
    """Make a custom action."""
    made = Endpoint(
        **{
            "name": "Restart",
            "kind": Kind.ACTION,
            "profile": Profile.FLASHDUTY,
            "url": url,
            "owner": 1,
            "secret": SECRET,
            "headers": {"X-Key": "our-key"},
            "timeout_ms": 20_000,
            "max_attempts": 1,
            "created_at": service.clock.now,
            **fields,
        },
        id="",
    )

    def unit(tx: Any) -> Endpoint:
        kept = replace(made, id=tx.new_id())
        endpoints.add(tx, kept)
        return kept

    return (await service.store.change(unit)).value


async def incident(client: httpx.AsyncClient, **fields: Any) -> str:
    """Make an incident; returns its path."""
    given = {"title": "Shop is down", "incident_severity": "Critical", **fields}
    made = (await client.post("/incidents", json=given)).json()
    return f"/incidents/{made['incident_id']}"


async def channel(client: httpx.AsyncClient) -> int:
    """Make a channel; returns its number."""
    return int((await client.post("/channels", json={"name": "Shop"})).json()["id"])


async def press(
    client: httpx.AsyncClient, path: str, action: Endpoint, **headers: str
) -> httpx.Response:
    body = {"endpoint_id": action.id}
    return await client.post(f"{path}/custom-action", json=body, headers=headers)


async def told(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The timeline, oldest first."""
    entries: list[dict[str, Any]] = (await client.get(f"{path}/timeline")).json()["data"][::-1]
    return entries


async def types(client: httpx.AsyncClient, path: str) -> list[str]:
    """The types of the timeline's entries, oldest first."""
    return [entry["type"] for entry in await told(client, path)]


async def test_the_buttons_of_an_incident_are_the_enabled_actions_of_its_channel(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    shop = await channel(client)
    everywhere = await button(service)
    of_shop = await button(service, name="Roll back", channels=(shop, 99))
    await button(service, channels=(99,))
    await button(service, enabled=False)
    await button(service, kind=Kind.PUSH)
    removed = await button(service)
    await service.store.change(lambda tx: endpoints.remove(tx, removed.id))

    async def names(path: str, **query: Any) -> list[str]:
        listed = await client.get(f"{path}/actions", params=query)
        assert listed.status_code == 200, listed.text
        return [one["name"] for one in listed.json()["data"]]

    path = await incident(client, channel_id=shop)
    assert (await client.get(f"{path}/actions")).json() == {
        "data": [
            {"endpoint_id": of_shop.id, "name": "Roll back"},
            {"endpoint_id": everywhere.id, "name": "Restart"},
        ],
        "next": None,
    }
    following = (await client.get(f"{path}/actions", params={"limit": 1})).json()["next"]
    assert await names(path, cursor=following) == ["Restart"]
    assert await names(await incident(client)) == ["Restart"]
    assert (await client.get(f"/incidents/{'f' * 24}/actions")).status_code == 404


async def test_a_receiver_that_does_it_gets_one_signed_push_and_the_timeline_tells_of_it(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    old = OldSecret(OLD_SECRET, service.clock.now + 60)
    action = await button(service, f"{there.url}?a=1", previous_secrets=(old,))
    path = await incident(client)
    shown = (await client.get(path)).json()
    done = await press(client, path, action)
    assert done.status_code == 200, done.text
    (got,) = there.got
    body = got.data
    event_id = body.pop("event_id")
    alerts = body["incident"].pop("alerts")
    me = shown["creator"]
    now_ms = service.clock.now_ms()
    at_least = shown["version"] + 1
    assert body == {
        "event_time": now_ms + 1,
        "event_type": "i_custom",
        "person": me,
        "incident": {k: v for k, v in shown.items() if k not in {"component_ids", "version"}},
    }
    assert alerts == []
    assert (got.path, got.headers["x-key"]) == ("/hook?a=1", "our-key")
    assert (len(event_id), got.headers["webhook-id"]) == (32, event_id)
    assert "tocsin-sequence" not in got.headers
    answer = done.json()
    attempt = answer.pop("attempt")
    assert answer.pop("succeeded") is True
    assert answer == (await client.get(path)).json()
    assert (answer["version"], done.headers["etag"]) == (
        at_least,
        f'"{answer["incident_id"]}.{at_least}"',
    )
    assert (attempt["status"], attempt["error"]) == (200, None)
    assert attempt["started_at_ms"] == now_ms
    assert attempt["request"]["url"] == f"{there.url}?a=1"
    assert attempt["request"]["body"] == got.body.decode()
    assert attempt["request"]["headers"]["X-Key"] == "our-key"
    assert attempt["response"]["headers"]["x-done"] == "yes"
    entry = (await told(client, path))[-1]
    detail = {"integration_id": action.id, "integration_name": "Restart"}
    assert (entry["type"], entry["person"], entry["detail"]) == ("i_custom", me, detail)
    event = service.events[-1]
    assert (event.type, event.topic) == (
        "tocsin.incident.custom",
        f"incident/{answer['incident_id']}",
    )
    assert done.headers["tocsin-position"] == entry["position"]


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
async def test_the_push_is_signed_by_every_secret_that_is_valid(
    service: InProcess, client: httpx.AsyncClient, there: Receiver, secret: str
) -> None:
    service.clock.set(int(time.time() * 1_000))  # which is what verifiers compare with
    old = OldSecret(OLD_SECRET, service.clock.now + 60)
    action = await button(service, there.url, previous_secrets=(old,))
    await press(client, await incident(client), action)
    Webhook(secret).verify(there.got[0].body, there.got[0].headers)


async def test_the_push_has_the_newest_alerts_as_the_api_shows_them(
    service: InProcess,
    client: httpx.AsyncClient,
    there: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.model.custom_action.ALERTS_LIMIT", 2)
    shop = await channel(client)
    together = {"grouping": {"method": "p", "equal": ["severity"]}}
    assert (await client.patch(f"/channels/{shop}", json=together)).status_code == 200
    bringing = {"name": "P", "kind": "standard", "channel_id": shop}
    key = (await client.post("/integrations", json=bringing)).json()["key"]
    for number in range(3):
        alert = {
            "title_rule": f"Disk {number}",
            "event_status": "Warning",
            "alert_key": f"{number}",
        }
        pushed = await client.post(
            f"{URL}/event/push/alert/standard", params={"integration_key": key}, json=alert
        )
        assert pushed.status_code == 200, pushed.text
    (only,) = (await client.get("/incidents")).json()["data"]
    path = f"/incidents/{only['incident_id']}"
    action = await button(service, there.url, channels=(shop,))
    assert (await press(client, path, action)).json()["succeeded"]
    shown = (await client.get(f"{path}/alerts")).json()["data"]
    told_of = there.got[0].data["incident"]
    assert told_of["alerts"] == shown[:2]
    assert told_of["alert_cnt"] == 3


@pytest.mark.parametrize(("code", "text"), [(500, "no"), (202, ""), (302, ""), (410, "gone")])
async def test_a_receiver_that_does_not_do_it_is_no_event(
    service: InProcess, client: httpx.AsyncClient, there: Receiver, code: int, text: str
) -> None:
    async def refuse(got: Got) -> web.StreamResponse:
        return web.Response(status=code, text=text, headers={"Location": there.url})

    there.answer = refuse
    action = await button(service, there.url)
    path = await incident(client)
    shown, before = await client.get(path), len(service.events)
    done = await press(client, path, action)
    answer = done.json()
    attempt = answer.pop("attempt")
    assert (done.status_code, answer.pop("succeeded")) == (200, False)
    assert (answer, done.headers["etag"]) == (shown.json(), shown.headers["etag"])
    assert (attempt["status"], attempt["error"]) == (code, None)
    assert attempt["response"]["body"] == text
    assert (len(there.got), len(service.events)) == (1, before)
    assert done.headers["tocsin-position"] == str(service.store.position(service.store.head))
    assert await types(client, path) == ["i_new"]


async def test_one_that_is_too_slow_is_given_up(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    there.answer = slow = Slow()
    action = await button(service, there.url, timeout_ms=100)
    path = await incident(client)
    answer = (await press(client, path, action)).json()
    assert (answer["succeeded"], answer["attempt"]["status"]) == (False, None)
    assert (answer["attempt"]["error"], answer["attempt"]["response"]) == ("timeout", None)
    slow.go_on.set()
    assert await types(client, path) == ["i_new"]


async def test_nothing_inside_is_called_and_nobody_there_is_told(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    path = await incident(client)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for url, error in (
        ("http://169.254.169.254/latest/", "refused_address"),
        (f"http://127.0.0.1:{port}/", "connect"),
    ):
        answer = (await press(client, path, await button(service, url))).json()
        assert (answer["succeeded"], answer["attempt"]["error"]) == (False, error)


async def test_a_closed_incident_has_its_buttons_too(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    action = await button(service, there.url)
    path = await incident(client)
    await client.post(f"{path}/resolve", json={})
    answer = (await press(client, path, action)).json()
    assert (answer["succeeded"], answer["progress"]) == (True, "Closed")
    assert there.got[0].data["incident"]["progress"] == "Closed"
    assert await types(client, path) == ["i_new", "i_rslv", "i_custom"]


async def test_what_cannot_be_pressed_calls_nobody(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    path = await incident(client)
    mine = await button(service, there.url)
    others = await button(service, there.url, channels=(99,))
    push = await button(service, there.url, kind=Kind.PUSH)
    disabled = await button(service, there.url, enabled=False)
    for action, expected in (
        (others, (422, "invalid")),
        (push, (422, "invalid")),
        (replace(mine, id="f" * 24), (422, "invalid")),
        (replace(mine, id="x"), (422, "invalid")),
        (disabled, (409, "endpoint_disabled")),
    ):
        done = await press(client, path, action)
        assert (done.status_code, done.json()["code"]) == expected
    assert (await press(client, f"/incidents/{'f' * 24}", mine)).status_code == 404
    moved = await press(client, path, mine, **{"If-Match": '"x.1"'})
    assert moved.json()["code"] == "precondition_failed"
    reader = await service.token(Scope.READ)
    async with service.client(reader) as other:
        assert (await press(other, path, mine)).status_code == 403
        assert (await other.get(f"{path}/actions")).status_code == 200
    assert there.got == []
    assert await types(client, path) == ["i_new"]


async def test_who_may_not_change_endpoints_sees_neither_their_url_nor_their_headers(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    action = await button(service, there.url)
    path = await incident(client)
    token = await service.token(Scope.INCIDENTS_WRITE)
    async with service.client(token) as responder:
        done = await press(responder, path, action)
    request = done.json()["attempt"]["request"]
    assert "url" not in request
    assert {name.lower() for name in request["headers"]} == {
        *("content-type", "user-agent", "webhook-id", "webhook-timestamp"),
    }
    assert request["body"] == there.got[0].body.decode()


async def test_what_happens_while_the_receiver_is_slow_takes_nothing_back(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    """The writer is free meanwhile: no transaction waits for the receiver."""
    there.answer = slow = Slow()
    action = await button(service, there.url)
    path = await incident(client)
    seen = (await client.get(path)).headers["etag"]
    pressing = asyncio.create_task(press(client, path, action, **{"If-Match": seen}))
    await there.wait_for(1)
    assert (await client.post(f"{path}/resolve", json={})).status_code == 200
    await service.store.change(lambda tx: endpoints.remove(tx, action.id))
    slow.go_on.set()
    answer = (await pressing).json()
    assert (answer["succeeded"], answer["progress"], answer["version"]) == (True, "Closed", 3)
    assert await types(client, path) == ["i_new", "i_rslv", "i_custom"]


async def test_what_failed_is_answered_with_the_incident_as_it_is_by_then(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    slow = Slow()

    async def fail(got: Got) -> web.StreamResponse:
        await slow(got)
        return web.Response(status=500)

    there.answer = fail
    path = await incident(client)
    pressing = asyncio.create_task(press(client, path, await button(service, there.url)))
    await there.wait_for(1)
    await client.post(f"{path}/resolve", json={})
    slow.go_on.set()
    answer = (await pressing).json()
    assert (answer["succeeded"], answer["progress"]) == (False, "Closed")


async def test_a_repeated_call_is_made_again_only_if_it_failed_and_with_the_same_id(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    there.answer = status(500)
    action = await button(service, there.url)
    path = await incident(client)
    once = {"Idempotency-Key": "once"}
    failed = await press(client, path, action, **once)
    there.answer = status(200)
    first = await press(client, path, action, **once)
    again = await press(client, path, action, **once)
    assert [one.json()["succeeded"] for one in (failed, first)] == [False, True]
    assert (again.json(), again.headers) == (first.json(), first.headers)
    ids = [got.data["event_id"] for got in there.got]
    assert ids == [ids[0]] * 2
    await press(client, path, action, **{"Idempotency-Key": "another"})
    await press(client, path, action)
    assert len({got.data["event_id"] for got in there.got}) == 3
    other = await press(client, path, await button(service, there.url), **once)
    assert other.json()["code"] == "idempotency_key_reused"
    wrong = await press(client, path, action, **{"Idempotency-Key": "x y"})
    assert wrong.status_code == 422
    assert len(there.got) == 4
    assert await types(client, path) == ["i_new", *["i_custom"] * 3]


async def test_a_call_that_is_under_way_is_not_made_twice(
    service: InProcess, client: httpx.AsyncClient, there: Receiver
) -> None:
    there.answer = slow = Slow()
    action = await button(service, there.url)
    path = await incident(client)
    once = {"Idempotency-Key": "once"}
    pressing = asyncio.create_task(press(client, path, action, **once))
    await there.wait_for(1)
    impatient = await press(client, path, action, **once)
    assert (impatient.status_code, impatient.json()["code"]) == (409, "conflict")
    slow.go_on.set()
    first = await pressing
    assert (await press(client, path, action, **once)).json() == first.json()
    assert len(there.got) == 1
