"""/api/v1/webhooks."""

import json
import socket
from base64 import b64decode, b64encode
from typing import Any

import httpx
import pytest
from aiohttp import web
from standardwebhooks import Webhook
from tests.in_process import InProcess
from tests.receiver import Got, receiver, status

from tocsin.app import endpoints
from tocsin.model.access import Scope
from tocsin.model.endpoint import Reason
from tocsin.model.health import Health
from tocsin.store.endpoint_health import Standing
from tocsin.store.endpoint_health import save as save_health

URL = "http://127.0.0.1:9/in"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NONE = {"delivered": 0, "failed": 0, "superseded": 0, "cancelled": 0}


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    given = {"name": "Pager", "url": URL, "profile": "flashduty", **fields}
    made = await client.post("/webhooks", json=given)
    assert made.status_code == 201, made.text
    endpoint: dict[str, Any] = made.json()
    return endpoint


def without(endpoint: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in endpoint.items() if name not in names}


async def test_an_endpoint_is_made_with_the_defaults_of_its_profile(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client)
    assert made == {
        "id": made["id"],
        "name": "Pager",
        "kind": "push",
        "url": URL,
        "profile": "flashduty",
        "owner": 1,
        "event_types": [],
        "channels": [],
        "topics": [],
        "headers": {},
        "timeout_ms": 2_000,
        "max_attempts": 2,
        "order": "strict",
        "verify_tls": True,
        "rate_per_s": 0,
        "enabled": True,
        "disabled_reason": None,
        "previous_secrets": [],
        "created_at": service.clock.now,
        "health": {
            "state": "healthy",
            "failing_since_ms": None,
            "paused_until_ms": None,
            "last_success_ms": None,
            "last_failure_ms": None,
            "queue": {"pending": 0, "waiting": 0, "sending": 0},
            "counts": NONE,
        },
        "secret": made["secret"],
        "warnings": [],
    }
    assert made["secret"].startswith("whsec_")
    assert len(b64decode(made["secret"].removeprefix("whsec_"))) == 32
    other = await make(client, profile="cloudevents", topics=["incident/*"])
    assert (other["timeout_ms"], other["max_attempts"]) == (15_000, 11)
    assert other["secret"] != made["secret"]


async def test_it_is_shown_changed_and_deleted(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client, headers={"Authorization": "Bearer hidden"})
    path, shown = f"/webhooks/{made['id']}", without(made, "secret", "warnings")
    assert (await client.get(path)).json() == shown
    assert (await client.get("/webhooks")).json() == {"data": [shown], "next": None}
    edited = await client.patch(path, json={"name": "P", "rate_per_s": 5, "order": "none"})
    assert edited.json() == {**shown, "name": "P", "rate_per_s": 5, "order": "none", "warnings": []}
    assert (await client.delete(path)).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        body = b"{}" if method == "PATCH" else b""
        assert (await client.request(method, path, content=body)).status_code == 404
    happened = [event for event in service.events if event.topic == f"endpoint/{made['id']}"]
    assert [one.type.rpartition(".")[2] for one in happened] == ["created", "edited", "deleted"]
    told = b"".join(one.data for one in happened)
    for secret in (made["secret"], URL, "hidden"):
        assert secret.encode() not in told


async def test_an_endpoint_repeated_as_it_was_answered_changes_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client, channels=[], event_types=["i_new"], headers={"X-A": "b"})
    head = service.store.head
    same = await client.patch(f"/webhooks/{made['id']}", json=made)
    assert (same.status_code, same.json()) == (200, without(made, "secret"))
    assert service.store.head == head


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "0" * 24),
        ("kind", "action"),
        ("profile", "cloudevents"),
        ("owner", 2),
        ("secret", SECRET),
        ("previous_secrets", [{"expires_at": 1}]),
        ("disabled_reason", "gone"),
        ("created_at", 1),
    ],
)
async def test_what_the_server_writes_may_only_be_repeated(
    client: httpx.AsyncClient, field: str, value: object
) -> None:
    made = await make(client)
    answer = await client.patch(f"/webhooks/{made['id']}", json={field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == field
    assert made["secret"] not in answer.text


async def test_what_changes_by_itself_may_be_out_of_date(client: httpx.AsyncClient) -> None:
    made = await make(client)
    given = {"health": {**made["health"], "last_success_ms": 5}, "name": "P"}
    assert (await client.patch(f"/webhooks/{made['id']}", json=given)).json()["name"] == "P"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "x" * 256}, "name"),
    ({"name": 5}, "name"),
    ({"url": ""}, "url"),
    ({"url": "example.org"}, "url"),
    ({"url": "ftp://example.org/"}, "url"),
    ({"url": "https://"}, "url"),
    ({"url": "https://u:p@example.org/"}, "url"),
    ({"url": "https://example.org/ü"}, "url"),
    ({"url": "https://example.org:0/"}, "url"),
    ({"url": "https://[fe80::1%eth0]/"}, "url"),
    ({"url": "https://example.org/" + "x" * 2_000}, "url"),
    ({"url": None}, "url"),
    ({"event_types": "i_new"}, "event_types"),
    ({"event_types": ["i_nothing"]}, "event_types.0"),
    ({"event_types": ["i_new", "i_new"]}, "event_types"),
    ({"event_types": ["i_new", ""]}, "event_types.1"),
    ({"event_types": ["i_new"] * 101}, "event_types"),
    ({"channels": [7]}, "channels.0"),
    ({"channels": [-1]}, "channels.0"),
    ({"channels": ["1"]}, "channels.0"),
    ({"topics": ["incident/*"]}, "topics"),
    ({"headers": {"Host": "a"}}, "headers.Host"),
    ({"headers": {"webhook-signature": "a"}}, "headers.webhook-signature"),
    ({"headers": {"X-A": "a\r\nX-B: b"}}, "headers.X-A"),
    ({"headers": {"X A": "b"}}, "headers"),
    ({"headers": {"X-A": 5}}, "headers.X-A"),
    ({"headers": {"X-A": "b", "x-a": "c"}}, "headers"),
    ({"headers": {f"X-{n}": "a" for n in range(21)}}, "headers"),
    ({"headers": {"X-A": "b" * 2_049}}, "headers.X-A"),
    ({"headers": []}, "headers"),
    ({"timeout_ms": 99}, "timeout_ms"),
    ({"timeout_ms": 30_001}, "timeout_ms"),
    ({"timeout_ms": 1.5}, "timeout_ms"),
    ({"max_attempts": 0}, "max_attempts"),
    ({"max_attempts": 21}, "max_attempts"),
    ({"order": "loose"}, "order"),
    ({"verify_tls": 1}, "verify_tls"),
    ({"rate_per_s": -1}, "rate_per_s"),
    ({"rate_per_s": 1_001}, "rate_per_s"),
    ({"rate_per_s": 2**63}, "rate_per_s"),
    ({"enabled": "yes"}, "enabled"),
    ({"secrets": SECRET}, "secrets"),
]


@pytest.mark.parametrize(("fields", "path"), BAD)
async def test_what_makes_no_sense_is_refused_by_name(
    client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    made = await make(client)
    given = {"name": "a", "url": URL, "profile": "flashduty", **fields}
    for answer in (
        await client.post("/webhooks", json=given),
        await client.patch(f"/webhooks/{made['id']}", json=fields),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"] == path


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"profile": "svix"}, "profile"),
        ({"kind": "pull"}, "kind"),
        ({"kind": "action", "profile": "cloudevents"}, "profile"),
        ({"kind": "action", "event_types": ["i_new"]}, "event_types"),
        ({"profile": "cloudevents", "channels": [1]}, "channels"),
        ({"profile": "cloudevents", "topics": ["a//b"]}, "topics.0"),
        ({"profile": "cloudevents", "topics": [">/a"]}, "topics.0"),
        ({"profile": "cloudevents", "event_types": ["a b"]}, "event_types.0"),
        ({"secret": "hunter2"}, "secret"),
        ({"secret": "whsec_AAAA"}, "secret"),
        ({"secret": SECRET + " "}, "secret"),
        ({"secret": 5}, "secret"),
        ({"id": "0" * 24}, "id"),
        ({"owner": 1}, "owner"),
    ],
)
async def test_what_cannot_be_made_is_refused_by_name(
    client: httpx.AsyncClient, fields: dict[str, Any], path: str
) -> None:
    answer = await client.post(
        "/webhooks", json={"name": "a", "url": URL, "profile": "flashduty", **fields}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"{", b'{"name":"\\u0000"}', b"\xff"])
async def test_bodies_that_are_no_endpoint_are_refused(
    client: httpx.AsyncClient, body: bytes
) -> None:
    assert (await client.post("/webhooks", content=body)).status_code == 422


async def test_a_secret_of_ones_own_is_kept_as_every_library_takes_it(
    client: httpx.AsyncClient,
) -> None:
    assert (await make(client, secret=SECRET))["secret"] == SECRET
    unpadded = "whsec_" + b64encode(bytes(25)).decode().rstrip("=")
    Webhook((await make(client, secret=unpadded))["secret"])


async def test_an_answer_with_a_secret_is_given_once(client: httpx.AsyncClient) -> None:
    given = {"name": "a", "url": URL, "profile": "flashduty"}
    first, again = [
        await client.post("/webhooks", json=given, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert (again.status_code, again.json()["code"]) == (409, "already_done")
    assert again.json()["id"] == first.json()["id"]
    assert first.json()["secret"] not in again.text
    path = f"/webhooks/{first.json()['id']}/rotate-secret"
    rotated, again = [await client.post(path, headers={"Idempotency-Key": "r"}) for _ in range(2)]
    assert (rotated.status_code, again.status_code) == (200, 409)
    assert len((await client.get("/webhooks")).json()["data"]) == 1


async def test_a_rotated_secret_signs_beside_the_one_before_for_a_day(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client, secret=SECRET)
    path = f"/webhooks/{made['id']}"
    rotated = (await client.post(f"{path}/rotate-secret")).json()
    until = service.clock.now + 24 * 60 * 60
    assert rotated["previous_secrets"] == [{"expires_at": until}]
    assert rotated["secret"] not in {SECRET, made["secret"]}
    own = await client.post(f"{path}/rotate-secret", json={"secret": SECRET})
    assert own.json()["secret"] == SECRET
    shown = await client.get(path)
    assert shown.json() == without(own.json(), "secret")
    assert SECRET not in shown.text
    service.clock.advance(24 * 60 * 60)
    assert (await client.get(path)).json()["previous_secrets"] == []
    bad = await client.post(f"{path}/rotate-secret", json={"secret": "hunter2"})
    assert bad.json()["errors"][0]["path"] == "secret"


async def test_what_a_change_rests_on_can_be_stated(client: httpx.AsyncClient) -> None:
    made = await client.post("/webhooks", json={"name": "a", "url": URL, "profile": "flashduty"})
    path, seen = f"/webhooks/{made.json()['id']}", {"If-Match": made.headers["etag"]}
    assert (await client.get(path)).headers["etag"] == seen["If-Match"]
    edited = await client.patch(path, json={"name": "b"}, headers=seen)
    assert edited.headers["etag"] != seen["If-Match"]
    for method, address in (
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/rotate-secret"),
        ("POST", f"{path}/enable"),
        ("POST", f"{path}/disable"),
    ):
        body = b"{}" if method == "PATCH" else b""
        answer = await client.request(method, address, content=body, headers=seen)
        assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    now = {"If-Match": edited.headers["etag"]}
    assert (await client.delete(path, headers=now)).status_code == 204


async def test_an_endpoint_is_switched_off_and_on_by_route_or_field(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client)
    path = f"/webhooks/{made['id']}"
    off = (await client.post(f"{path}/disable")).json()
    assert (off["enabled"], off["disabled_reason"], off["health"]["state"]) == (
        False,
        "by_hand",
        "disabled",
    )
    on = (await client.patch(path, json={**off, "enabled": True, "name": "b"})).json()
    assert (on["enabled"], on["disabled_reason"], on["name"]) == (True, None, "b")
    assert (await client.patch(path, json={"enabled": False})).json()["enabled"] is False
    assert (await client.post(f"{path}/enable")).json()["health"]["state"] == "healthy"
    head = service.store.head
    await client.post(f"{path}/enable")
    assert service.store.head == head
    happened = [one.type.rpartition(".")[2] for one in service.events]
    assert happened[-5:] == ["disabled", "edited", "enabled", "disabled", "enabled"]
    assert (await make(client, enabled=False))["disabled_reason"] == "by_hand"


async def test_a_reason_is_kept_by_whoever_disables_it_again(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client)
    await service.store.change(
        lambda tx: endpoints.disable(tx, endpoints.get(tx.conn, made["id"]), Reason.GONE)
    )
    again = await client.post(f"/webhooks/{made['id']}/disable")
    assert again.json()["disabled_reason"] == "gone"


async def test_health_is_shown_for_one_and_for_many(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    now = service.clock.now_ms()
    well, failing, paused = [await make(client, name=name) for name in "abc"]
    standings = {
        failing["id"]: Standing(Health(failing_since_ms=now - 9, last_failure_ms=now - 1)),
        paused["id"]: Standing(
            Health(failing_since_ms=now, paused_until_ms=now + 30_000, pauses=1)
        ),
    }
    await service.store.change(lambda tx: save_health(tx.conn, standings))
    listed = {one["id"]: one["health"] for one in (await client.get("/webhooks")).json()["data"]}
    for made, state in ((well, "healthy"), (failing, "failing"), (paused, "paused")):
        health = (await client.get(f"/webhooks/{made['id']}")).json()["health"]
        assert health == listed[made["id"]]
        assert health["state"] == state
    assert listed[failing["id"]]["failing_since_ms"] == now - 9
    assert listed[failing["id"]]["last_failure_ms"] == now - 1
    assert listed[failing["id"]]["paused_until_ms"] is None
    assert listed[paused["id"]]["paused_until_ms"] == now + 30_000


async def test_a_pause_ends_when_its_owner_says_so(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made, now = await make(client), service.clock.now_ms()
    paused = Standing(Health(failing_since_ms=now, paused_until_ms=now + 30_000, pauses=1))
    await service.store.change(lambda tx: save_health(tx.conn, {made["id"]: paused}))
    path, head = f"/webhooks/{made['id']}", service.store.head

    same = await client.patch(path, json={"url": URL, "enabled": True})
    assert same.json()["health"]["state"] == "paused"
    enabled = await client.post(f"{path}/enable")
    assert enabled.json()["health"]["state"] == "healthy"
    assert service.store.head == head

    await service.store.change(lambda tx: save_health(tx.conn, {made["id"]: paused}))
    moved = await client.patch(path, json={"url": f"{URL}/mended"})
    assert moved.json()["health"]["state"] == "healthy"


async def test_the_list_is_read_page_by_page(client: httpx.AsyncClient) -> None:
    made = [(await make(client, name=name))["id"] for name in "abc"]
    first = (await client.get("/webhooks?limit=2")).json()
    rest = (await client.get(f"/webhooks?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert rest["next"] is None


async def test_where_it_leads_is_seen_by_who_may_change_it(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await make(client, headers={"Authorization": "Bearer hidden"})
    path = f"/webhooks/{made['id']}"
    hidden = without(made, "secret", "warnings", "url", "headers")
    async with service.client(await service.token(Scope.READ)) as viewer:
        assert (await viewer.get(path)).json() == hidden
        assert (await viewer.get("/webhooks")).json()["data"] == [hidden]


WARNED = [
    ("http://10.0.0.1/in", ["refused_address"]),
    ("https://[::ffff:10.0.0.1]/in", ["refused_address"]),
    ("https://169.254.169.254/", ["refused_address"]),
    ("http://93.184.215.14/", ["not_https"]),
    ("https://93.184.215.14/", []),
    ("http://127.0.0.1:9/", []),
    ("https://nowhere.invalid/", ["dns"]),
    ("https://both.test/", ["refused_address"]),
]


@pytest.mark.parametrize(("url", "codes"), WARNED)
async def test_what_speaks_against_a_url_is_said_when_it_is_saved(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, url: str, codes: list[str]
) -> None:
    getaddrinfo = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        """Of names there is one here."""
        if host == "both.test":
            return [*resolve("93.184.215.14"), *resolve("10.0.0.1")]
        return getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    made = await make(client, url=url)
    assert [one["code"] for one in made["warnings"]] == codes
    path = f"/webhooks/{made['id']}"
    edited = (await client.patch(path, json={"url": url, "name": "b"})).json()
    assert edited["warnings"] == made["warnings"]
    assert (await client.patch(path, json={"name": "c"})).json()["warnings"] == []


async def test_a_test_sends_one_signed_sample_and_answers_with_the_attempt(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    async with receiver() as there:

        async def answer(got: Got) -> web.StreamResponse:
            return web.Response(status=202, body=b"ta\xff", headers={"X-Name": "v"})

        there.answer = answer
        made = await make(
            client, url=there.url, headers={"X-Key": "k"}, secret=SECRET, enabled=False
        )
        head = service.store.head
        answered = await client.post(f"/webhooks/{made['id']}/test")
    (got,) = there.got
    attempt = answered.json()
    assert answered.status_code == 200
    assert (attempt["status"], attempt["error"]) == (202, None)
    assert attempt["response"]["body"] == "ta\ufffd"
    assert attempt["response"]["headers"]["x-name"] == "v"
    assert attempt["request"]["url"] == there.url
    assert attempt["request"]["body"] == got.body.decode()
    assert attempt["request"]["headers"]["X-Key"] == got.headers["x-key"] == "k"
    assert set(attempt) == {
        *("started_at_ms", "duration_ms", "status", "error", "request", "response"),
    }
    assert set(attempt["request"]) == {"url", "headers", "body"}
    assert got.data["event_type"] == "i_new"
    assert got.data["event_id"] == got.headers["webhook-id"]
    assert service.store.head == head
    assert (await client.get("/deliveries")).json()["data"] == []
    assert (await client.get(f"/webhooks/{made['id']}")).json()["health"]["last_success_ms"] is None
    assert made["id"] not in answered.text


@pytest.mark.parametrize(
    ("fields", "asked", "event_type"),
    [
        ({"profile": "flashduty", "event_types": ["i_rslv"]}, {}, "i_rslv"),
        ({"profile": "flashduty"}, {"event_type": "i_ack"}, "i_ack"),
        ({"profile": "flashduty", "kind": "action"}, {}, "i_custom"),
        ({"profile": "cloudevents"}, {"event_type": "com.example.a"}, "com.example.a"),
    ],
)
async def test_a_sample_is_of_the_type_that_is_asked_for_or_usual(
    client: httpx.AsyncClient, fields: dict[str, Any], asked: dict[str, str], event_type: str
) -> None:
    async with receiver() as there:
        there.answer = status(500)
        made = await make(client, url=there.url, **fields)
        answered = await client.post(f"/webhooks/{made['id']}/test", json=asked)
    assert (answered.status_code, answered.json()["status"]) == (200, 500)
    (got,) = there.got
    assert event_type in {got.data.get("type"), got.data.get("event_type")}


async def test_a_test_of_what_cannot_be_reached_says_why(client: httpx.AsyncClient) -> None:
    made = await make(client, url="http://10.0.0.1/")
    attempt = (await client.post(f"/webhooks/{made['id']}/test", json={})).json()
    assert (attempt["status"], attempt["error"]) == (None, "refused_address")
    assert attempt["response"] is None


@pytest.mark.parametrize(
    ("profile", "event_type"),
    [("flashduty", "tocsin.incident.ack"), ("flashduty", ""), ("cloudevents", "a b")],
)
async def test_a_sample_of_no_type_is_refused(
    client: httpx.AsyncClient, profile: str, event_type: str
) -> None:
    made = await make(client, profile=profile)
    answer = await client.post(f"/webhooks/{made['id']}/test", json={"event_type": event_type})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "event_type"
    assert (await client.post("/webhooks/none/test")).status_code == 404


async def test_the_doctor_says_why_a_signature_is_wrong(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    async with receiver() as there:
        made = await make(client, url=there.url, secret=SECRET)
        await client.post(f"/webhooks/{made['id']}/test")
    (got,) = there.got

    async def ask(**changed: Any) -> Any:
        body = b64encode(changed.pop("body", got.body)).decode()
        given = {"secret": SECRET, "headers": got.headers, "body": body, **changed}
        return (await client.post("/webhooks/doctor", json=given)).json()

    assert await ask() == {"verdict": "valid", "problems": []}
    other = await ask(secret="whsec_" + b64encode(bytes(32)).decode())
    assert (other["verdict"], other["problems"][0]["code"]) == ("invalid", "wrong_secret")
    assert (await ask(headers={}))["problems"][0]["code"] == "missing_header"
    rewritten = await ask(body=json.dumps(got.data).encode())
    assert rewritten["problems"][0]["code"] == "body_rewritten"
    service.clock.advance(3_600)
    assert (await ask())["problems"][0]["code"] == "too_old"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"secret": SECRET, "headers": {}, "body": "%%%"}, "body"),
        ({"secret": SECRET, "headers": {}, "body": "ä"}, "body"),
        ({"secret": SECRET, "headers": {}}, "body"),
        ({"secret": SECRET, "headers": {"a": 5}, "body": ""}, "headers.a"),
        ({"secret": "x" * 1_001, "headers": {}, "body": ""}, "secret"),
        ({"headers": {}, "body": ""}, "secret"),
    ],
)
async def test_the_doctor_refuses_what_is_no_request(
    client: httpx.AsyncClient, given: dict[str, Any], path: str
) -> None:
    answer = await client.post("/webhooks/doctor", json=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path
    assert SECRET not in answer.text


@pytest.mark.parametrize("body", [b"[" * 90_000, b"\x00" * 500_000, b"9" * 500_000])
async def test_the_doctor_looks_at_hostile_bodies(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1," + "A" * 43}
    for timestamp in ("1", "9" * 400):
        given = {
            "secret": SECRET,
            "headers": {**headers, "webhook-timestamp": timestamp},
            "body": b64encode(body).decode(),
        }
        answer = await client.post("/webhooks/doctor", json=given)
        assert (answer.status_code, answer.json()["verdict"]) == (200, "invalid")
