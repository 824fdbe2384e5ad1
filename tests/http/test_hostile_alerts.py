"""What no honest sender sends: it is refused in clear words or made to fit, and never half taken
in."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.in_process import URL, InProcess
from tests.wire.json_values import spoilt, vectors

STANDARD = "/event/push/alert/standard"
WEBHOOK = "/api/v1/intake/alertmanager"
API = "/api/v2/alerts"
PAGERDUTY = "/v2/enqueue"
WAYS = (STANDARD, WEBHOOK, API, PAGERDUTY)
DIALECTS = {
    STANDARD: "standard_alert",
    WEBHOOK: "alertmanager",
    API: "alertmanager_api",
    PAGERDUTY: "pagerduty",
}

MANY = {f"label_{number}": "x" for number in range(5_000)}
LONG = "long " * 100_000
FOR_EVER = 253_402_300_800


@pytest.fixture
async def channel(client: httpx.AsyncClient) -> int:
    made = await client.post("/channels", json={"name": "Shop"})
    return int(made.json()["id"])


@pytest.fixture
async def sender(
    service: InProcess, client: httpx.AsyncClient, channel: int
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that shows the key of an integration."""
    given = {"name": "Anybody", "kind": "standard", "channel_id": channel}
    made = (await client.post("/integrations", json=given)).json()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(service.app, raise_app_exceptions=False),
        base_url=URL,
        headers={"Authorization": f"Bearer {made['key']}", "Content-Type": "application/json"},
    ) as sender:
        yield sender


async def incidents(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/incidents")).json()["data"]
    return found


async def alert(client: httpx.AsyncClient) -> dict[str, Any]:
    """The one alert of the one incident there is."""
    (incident,) = await incidents(client)
    found = await client.get(f"/incidents/{incident['incident_id']}/alerts")
    (one,) = found.json()["data"]
    said: dict[str, Any] = one
    return said


def body(way: str, labels: Any = None, **fields: Any) -> Any:
    """An alert in a way's words; `fields` are put over it."""
    match way:
        case "/event/push/alert/standard":
            said = {"title_rule": "Disk full", "event_status": "Warning", "alert_key": "disk"}
            return {**said, "labels": labels or {}, **fields}
        case "/v2/enqueue":
            named = {"summary": "Disk full", "source": "db1", "severity": "warning"}
            payload = {**named, "custom_details": labels or {}}
            event = {"event_action": "trigger", "dedup_key": "disk", "payload": payload}
            return {**event, **fields}
        case _:
            labels = labels or {"alertname": "DiskFull"}
            one = {"status": "firing", "labels": labels, "annotations": {}, **fields}
            return {"alerts": [one]} if way == WEBHOOK else [one]


async def refused(
    service: InProcess, sender: httpx.AsyncClient, way: str, given: Any, status: int = 400
) -> str:
    """Push what is refused, which writes nothing; what the answer says."""
    content = given if isinstance(given, bytes) else json.dumps(given).encode()
    head = service.store.head
    answer = await sender.post(way, content=content)
    assert answer.status_code == (422 if (way, status) == (WEBHOOK, 400) else status), answer.text
    assert "json" in answer.headers["content-type"]
    assert service.store.head == head
    return json.dumps(answer.json())


@pytest.mark.parametrize("way", [WEBHOOK, API, PAGERDUTY])
async def test_of_too_many_labels_some_are_kept(
    client: httpx.AsyncClient, sender: httpx.AsyncClient, way: str
) -> None:
    for _ in range(2):
        answer = await sender.post(way, json=body(way, MANY))
        assert answer.is_success, answer.text
    labels = (await alert(client))["labels"]
    assert len(labels) == 50
    assert set(labels) <= {*MANY, "source"}


async def test_too_many_labels_are_refused_where_that_is_said(
    service: InProcess, sender: httpx.AsyncClient
) -> None:
    said = await refused(service, sender, STANDARD, body(STANDARD, MANY))
    assert "labels" in said
    assert "50" in said


@pytest.mark.parametrize(
    ("way", "given"),
    [
        (STANDARD, body(STANDARD, {"a": LONG}, title_rule=LONG, description=LONG[:1000])),
        (STANDARD, body(STANDARD, {"a": "x"}, title_rule="$a::" * 100_000)),
        (STANDARD, body(STANDARD, {"a": LONG}, title_rule="$a::" * 100_000)),
        (WEBHOOK, body(WEBHOOK, {"a": LONG}, annotations={"description": LONG[:1000]})),
        (WEBHOOK, body(WEBHOOK, annotations={"summary": LONG, "x" * 10_000: LONG[:10_000]})),
        (API, body(API, {"alertname": LONG}, generatorURL="http://" + LONG[:10_000])),
        (PAGERDUTY, body(PAGERDUTY, {"a": LONG}, client_url=LONG[:10_000])),
        (PAGERDUTY, body(PAGERDUTY, links=[{"href": "x" * 50}] * 5_000)),
        (PAGERDUTY, body(PAGERDUTY, images=[{"src": "https://a.example/x.png"}] * 5_000)),
    ],
)
async def test_long_texts_are_cut(
    client: httpx.AsyncClient, sender: httpx.AsyncClient, way: str, given: Any
) -> None:
    answer = await sender.post(way, json=given)
    assert answer.is_success, answer.text
    one = await alert(client)
    assert len(one["title"]) <= 512
    assert len(one["description"]) <= 2_048
    assert all(len(value) <= 2_048 for value in one["labels"].values())


@pytest.mark.parametrize("way", WAYS)
async def test_more_than_a_mebibyte_is_refused(
    service: InProcess, sender: httpx.AsyncClient, way: str
) -> None:
    status = 400 if way == STANDARD else 413  # FlashDuty has no code for it
    assert "1 MiB" in await refused(service, sender, way, body(way, {"a": "x" * 2**20}), status)


_NO_DOCUMENTS: Sequence[tuple[bytes, str]] = (
    (b"", "JSON"),
    (b"\xff\xfe", "JSON"),
    (b"[" * 100_000, "JSON"),
    (b'{"a":' * 100_000, "JSON"),
    (b'{"title_rule": NaN}', "JSON"),
    (b'{"labels": {"a": "\\ud800"}}', "JSON"),
    (b'{"labels": {"a": "\\u0000"}}', "U+0000"),
    (b'[{"labels": {"\\u0000": "a"}}]', "U+0000"),
    (b'{"a": 99999999999999999999999}', "64 bits"),
    (b'{"payload": {"a": 1}, "payload": {"a": 2}}', "two members"),
    (b'[{"labels": {"a": "1", "a": "2"}}]', "two members"),
    (b"null", "Expected"),
    (b'"firing"', "Expected"),
    (b"7", "Expected"),
)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_no_document_of_theirs_is_refused_by_what_is_wrong(
    service: InProcess, sender: httpx.AsyncClient, way: str
) -> None:
    for wrong, says in _NO_DOCUMENTS:
        assert says in await refused(service, sender, way, wrong)


_WRONG_FIELDS: Sequence[tuple[str, Any, str]] = (
    (STANDARD, {**body(STANDARD), "labels": []}, "labels"),
    (STANDARD, body(STANDARD, labels={"a": 1}), "labels"),
    (STANDARD, body(STANDARD, labels={"": "a"}), "labels"),
    (STANDARD, body(STANDARD, labels={"x" * 129: "a"}), "labels"),
    (STANDARD, body(STANDARD, title_rule=5), "title_rule"),
    (STANDARD, body(STANDARD, title_rule="\u3000"), "title_rule"),
    (STANDARD, body(STANDARD, event_status="critical"), "event_status"),
    (STANDARD, body(STANDARD, event_status="Ok", alert_key=None), "alert_key"),
    (STANDARD, body(STANDARD, alert_key="x" * 256), "alert_key"),
    (STANDARD, body(STANDARD, event_time="now"), "event_time"),
    (STANDARD, body(STANDARD, event_time=True), "event_time"),
    (STANDARD, body(STANDARD, event_time=-1), "event_time"),
    (STANDARD, body(STANDARD, event_time=FOR_EVER), "event_time"),
    (STANDARD, body(STANDARD, event_time=2_000_000_000), "ahead"),
    (WEBHOOK, body(WEBHOOK, labels={"a": 1}), "alerts.0.labels"),
    (WEBHOOK, body(WEBHOOK, status=5), "alerts.0.status"),
    (WEBHOOK, body(WEBHOOK, startsAt=5), "alerts.0.startsAt"),
    (WEBHOOK, body(WEBHOOK, startsAt="yesterday"), "alerts.0.startsAt"),
    (WEBHOOK, body(WEBHOOK, fingerprint="x" * 256), "alerts.0.fingerprint"),
    (WEBHOOK, {"alerts": [{"status": "firing", "labels": {}}]}, "labels"),
    (WEBHOOK, {"alerts": {}}, "alerts"),
    (API, [{"labels": {}}], "labels"),
    (API, body(API, endsAt="2024-01-01T00:00:00"), "0.endsAt"),
    (
        API,
        body(API, startsAt="2024-01-02T00:00:00Z", endsAt="2024-01-01T00:00:00Z"),
        "0.startsAt",
    ),
    (PAGERDUTY, body(PAGERDUTY, event_action="explode"), "event_action"),
    (PAGERDUTY, body(PAGERDUTY, dedup_key="x" * 256), "dedup_key"),
    (PAGERDUTY, body(PAGERDUTY, payload={}), "payload.summary"),
    (PAGERDUTY, body(PAGERDUTY, payload=[]), "payload"),
    (PAGERDUTY, {"event_action": "resolve"}, "dedup_key"),
)


@pytest.mark.parametrize("way", WAYS)
async def test_a_field_that_is_wrong_is_named(
    service: InProcess, sender: httpx.AsyncClient, way: str
) -> None:
    for wrong, says in (rest for to, *rest in _WRONG_FIELDS if to == way):
        assert says in await refused(service, sender, way, wrong)


@pytest.mark.parametrize("way", [WEBHOOK, API])
async def test_one_bad_alert_in_a_push_of_hundreds_takes_the_rest_along(
    service: InProcess, sender: httpx.AsyncClient, way: str
) -> None:
    alerts: list[Any] = [
        {"status": "firing", "labels": {"alertname": f"{number}"}} for number in range(90)
    ]
    alerts[80]["labels"] = {"alertname": 7}
    given = {"alerts": alerts} if way == WEBHOOK else alerts
    assert "80.labels" in await refused(service, sender, way, given)


async def test_a_push_above_the_rate_is_refused_as_a_whole(
    service: InProcess, sender: httpx.AsyncClient
) -> None:
    alerts = [{"status": "firing", "labels": {"alertname": f"{number}"}} for number in range(90)]
    given = {"alerts": alerts}
    head = service.store.head
    answers = [await sender.post(WEBHOOK, json=given) for _ in range(3)]
    statuses = [one.status_code for one in answers]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    made = [one for one in service.events if one.type == "tocsin.incident.new"]
    assert (len(made), service.store.head - head) == (90, 90)


@pytest.mark.parametrize(
    "times",
    [
        {"startsAt": "0001-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z"},
        {"startsAt": "1969-12-31T23:59:59Z"},
        {"startsAt": "9999-12-31T23:59:59Z"},
        {"startsAt": "0001-01-01T00:00:00Z", "endsAt": "9999-12-31T23:59:59Z"},
        {"startsAt": "2023-11-14T22:13:20+14:00"},
    ],
)
@pytest.mark.parametrize("way", [WEBHOOK, API])
async def test_an_alert_of_a_clock_far_off_happens_now(
    service: InProcess,
    client: httpx.AsyncClient,
    sender: httpx.AsyncClient,
    way: str,
    times: dict[str, str],
) -> None:
    answer = await sender.post(way, json=body(way, **times))
    assert answer.is_success, answer.text
    one = await alert(client)
    now = service.clock.now
    assert 0 <= one["start_time"] <= now
    assert one["last_time"] == now
    (incident,) = await incidents(client)
    assert (incident["created_at"], incident["progress"]) == (now, "Triggered")


async def test_a_key_that_is_not_known_is_told_nothing(
    service: InProcess, sender: httpx.AsyncClient
) -> None:
    for way in WAYS:
        for key in ("", "x", "x" * 5_000, "\\", "%00", "' OR 1=1 --"):
            sender.headers["Authorization"] = f"Bearer {key}"
            status = 400 if way == PAGERDUTY else 401
            said = await refused(service, sender, way, body(way), status)
            assert "integration key" in said


EXPRESSIONS = ("/(a+)+$/", "/(a|aa)+$/", "/(.*a){20}$/", "/^(([a-z])+.)+[A-Z]([a-z])+$/")


@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_an_expression_made_to_take_for_ever_does_not(
    client: httpx.AsyncClient, sender: httpx.AsyncClient, channel: int, expression: str
) -> None:
    window = {"starts_at": 1, "ends_at": 2_000_000_000}
    filter_ = [[{"key": "labels.a", "vals": [expression] * 50}] * 20]
    rules = {"silences": [{"name": "Bomb", "filter": filter_, "window": window}]}
    edited = await client.patch(f"/channels/{channel}", json=rules)
    assert edited.status_code == 200, edited.text
    answer = await sender.post(WEBHOOK, json=body(WEBHOOK, {"a": "a" * 2_047 + "!"}))
    assert answer.is_success
    assert len(await incidents(client)) == 1


@pytest.mark.parametrize(
    "expression",
    ["/(/", "/a{1000}{1000}/", "/((a{100}){100}){100}/", "/(?=a)/", r"/(a)\1/", f"/{'a' * 511}/"],
)
async def test_an_expression_that_takes_too_much_is_refused(
    service: InProcess, client: httpx.AsyncClient, channel: int, expression: str
) -> None:
    head = service.store.head
    filter_ = [[{"key": "title", "vals": [expression]}]]
    rules = {"inhibitions": [{"source": filter_, "target": filter_, "equal": ["labels.a"]}]}
    edited = await client.patch(f"/channels/{channel}", json=rules)
    assert edited.status_code == 422
    assert edited.json()["errors"][0]["path"] == "inhibitions.0.source.0.0.vals.0"
    assert service.store.head == head


_NO_INCIDENTS: Sequence[dict[str, Any]] = (
    {"title": "x" * 2**19},
    {"title": ["x"]},
    {"title": "a\0b"},
    {"incident_severity": 1},
    {"description": "x" * 6_145},
    {"channel_id": "1"},
    {"channel_id": True},
    {"person_ids": ["1"]},
    {"person_ids": list(range(5_000))},
    {"component_ids": ["f" * 24] * 5_000},
    {"fields": {f"{number}": 1 for number in range(5_000)}},
    {"fields": []},
)


async def test_an_incident_that_makes_no_sense_is_not_made(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    head = service.store.head
    for wrong in _NO_INCIDENTS:
        whole = {"title": "Fire", "incident_severity": "Info", **wrong}
        answer = await client.post("/incidents", json=whole)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), wrong
        assert answer.json()["detail"]
        assert len(answer.content) < 10_000
    assert service.store.head == head


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whatever_comes_is_taken_in_or_refused_and_no_failure_of_ours(
    service: InProcess, sender: httpx.AsyncClient, way: str, data: st.DataObject
) -> None:
    bodies = [one["body"] for one in vectors(DIALECTS[way])]
    service.clock.advance(60)  # so that the rate is never what refuses it
    head = service.store.head
    answer = await sender.post(way, content=data.draw(spoilt(bodies)))
    assert answer.status_code in {200, 202, 400, 422}, answer.text
    assert answer.is_success or service.store.head == head
