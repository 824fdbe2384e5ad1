"""The ways in for alerts."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from tests.in_process import RATE_PER_S, URL, InProcess

STANDARD = "/event/push/alert/standard"
WEBHOOK = "/api/v1/intake/alertmanager"
ALERTS = "/api/v2/alerts"
ENQUEUE = "/v2/enqueue"
HEARTBEAT = "/api/v1/intake/heartbeat/cron"
NOBODYS = "f" * 32

Json = dict[str, Any]


@pytest.fixture
async def channel_id(client: httpx.AsyncClient) -> int:
    """A channel where alerts of one host come together."""
    grouping = {"method": "p", "equal": ["labels.host"]}
    made = await client.post("/channels", json={"name": "Shop", "grouping": grouping})
    number: int = made.json()["id"]
    return number


@pytest.fixture
async def integration(client: httpx.AsyncClient, channel_id: int) -> Json:
    given = {"name": "Probe", "kind": "standard", "channel_id": channel_id}
    made: Json = (await client.post("/integrations", json=given)).json()
    return made


class Sender:
    """Somebody's monitoring, which shows a key."""

    def __init__(self, client: httpx.AsyncClient, key: str) -> None:
        self._client = client
        self.key = key

    async def post(
        self, path: str, body: object, headers: dict[str, str] | None = None, **params: str
    ) -> httpx.Response:
        """Push, with the key in the query."""
        params |= {"integration_key": self.key} if self.key else {}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        address = f"{URL}{path}"
        return await self._client.post(address, params=params, content=content, headers=headers)

    async def get(self, path: str, **params: str) -> httpx.Response:
        params["integration_key"] = self.key
        return await self._client.get(f"{URL}{path}", params=params)


@pytest.fixture
async def sender(service: InProcess, integration: Json) -> Sender:
    return Sender(service.client(None), integration["key"])


def standard(**fields: Any) -> Json:
    return {"title_rule": "Disk full", "event_status": "Warning", "alert_key": "disk", **fields}


def enqueued(action: str = "trigger", **fields: Any) -> Json:
    payload = {"summary": "Disk full", "severity": "error", "source": "db1"}
    return {"event_action": action, "dedup_key": "disk", "payload": payload, **fields}


def alert(host: str, **fields: Any) -> Json:
    return {"labels": {"alertname": "Disk", "host": host, "severity": "critical"}, **fields}


def notified(*alerts: Json, status: str = "firing") -> Json:
    return {"version": "4", "alerts": [{"status": status, **one} for one in alerts]}


async def incidents(client: httpx.AsyncClient) -> list[Json]:
    """All of them, oldest first."""
    found: list[Json] = (await client.get("/incidents", params={"limit": 200})).json()["data"]
    return found[::-1]


async def alerts(client: httpx.AsyncClient, **params: str) -> list[Json]:
    """Those that are chosen, oldest first."""
    found = await client.get("/alerts", params={"limit": "200", **params})
    assert found.status_code == 200, found.text
    listed: list[Json] = found.json()["data"]
    return listed[::-1]


async def counted(client: httpx.AsyncClient, name: str) -> dict[str, float]:
    """The values of a metric, by its labels as they stand there."""
    text = (await client.get(f"{URL}/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith(f"{name}{{")]
    return {line[len(name) + 1 :].partition("}")[0]: float(line.split()[-1]) for line in lines}


async def test_a_standard_push_is_answered_with_the_key_of_its_alert(
    client: httpx.AsyncClient, sender: Sender
) -> None:
    answer = await sender.post(STANDARD, standard(labels={"host": "db1"}))
    assert answer.status_code == 200
    assert answer.json()["data"] == {"alert_key": "disk"}
    [incident] = await incidents(client)
    assert (incident["title"], incident["incident_severity"]) == ("Disk full", "Warning")
    keyless = (await sender.post(STANDARD, standard(alert_key=None))).json()
    made = keyless["data"]["alert_key"]
    assert keyless["request_id"] != answer.json()["request_id"]
    assert [one["alert_key"] for one in await alerts(client)] == ["disk", made]
    await sender.post(STANDARD, standard(alert_key=made, event_status="Ok"))
    assert [one["alert_status"] for one in await alerts(client, open="true")] == ["Warning"]


async def test_the_key_may_be_given_as_a_bearer(service: InProcess, sender: Sender) -> None:
    bearer = {"Authorization": f"Bearer {sender.key}"}
    keyless = Sender(service.client(None), "")
    assert (await keyless.post(STANDARD, standard(), bearer)).status_code == 200
    assert (await keyless.post(WEBHOOK, notified(), bearer)).status_code == 200


async def test_a_notification_of_alertmanager_is_an_event_for_each_alert(
    client: httpx.AsyncClient, sender: Sender
) -> None:
    answer = await sender.post(WEBHOOK, notified(alert("a"), alert("b"), alert("a")))
    assert (answer.status_code, answer.json()) == (200, {"alerts": 3})
    assert [one["alert_cnt"] for one in await incidents(client)] == [1, 1]
    await sender.post(WEBHOOK, notified(alert("a"), status="resolved"))
    assert [one["progress"] for one in await incidents(client)] == ["Closed", "Triggered"]


async def test_prometheus_may_send_here_as_to_an_alertmanager(
    service: InProcess, client: httpx.AsyncClient, sender: Sender
) -> None:
    answer = await sender.post(ALERTS, [alert("a"), alert("b")])
    assert (answer.status_code, answer.content) == (200, b"")
    past = "2001-01-01T00:00:00Z"
    assert (await sender.post(ALERTS, [alert("a", endsAt=past)])).status_code == 200
    assert [one["progress"] for one in await incidents(client)] == ["Closed", "Triggered"]
    status = await client.get(f"{URL}/api/v2/status")
    assert status.status_code == 200
    assert status.json()["cluster"]["status"] == "disabled"
    assert (await client.post(f"{URL}/api/v2/status")).status_code == 405


async def test_pagerduty_s_events_are_triggered_acknowledged_and_resolved(
    client: httpx.AsyncClient, service: InProcess, integration: Json
) -> None:
    keyed = Sender(service.client(None), "")
    answer = await keyed.post(ENQUEUE, enqueued(routing_key=integration["key"]))
    assert (answer.status_code, answer.json()["dedup_key"]) == (202, "disk")
    progresses = []
    for action in ("acknowledge", "acknowledge", "resolve", "resolve"):
        done = await keyed.post(ENQUEUE, enqueued(action, routing_key=integration["key"]))
        assert done.status_code == 202
        [incident] = await incidents(client)
        progresses.append(incident["progress"])
    assert progresses == ["Processing", "Processing", "Closed", "Closed"]
    assert [one["person_name"] for one in incident["responders"]] == ["Probe"]


async def test_a_push_of_many_slices_is_taken_in_once_however_often_it_is_sent(
    client: httpx.AsyncClient, sender: Sender, service: InProcess
) -> None:
    hosts = [alert("a", annotations={"summary": f"{at} {'x' * 900}"}) for at in range(130)]
    for at, one in enumerate(hosts):
        one["labels"]["instance"] = str(at)
    assert len(json.dumps(notified(*hosts))) > 64 * 1024
    await sender.post(WEBHOOK, notified(*hosts))
    head = service.store.head
    service.clock.advance(5)
    assert (await sender.post(WEBHOOK, notified(*hosts))).json() == {"alerts": 130}
    [incident] = await incidents(client)
    assert (incident["alert_cnt"], service.store.head) == (130, head)
    found = await alerts(client)
    assert [one["labels"]["instance"] for one in found] == [str(at) for at in range(130)]
    assert {one["event_cnt"] for one in found} == {1}
    assert await counted(client, "tocsin_alert_events_total") == {
        'effect="begun",source="alertmanager"': 130,
        'effect="repeated",source="alertmanager"': 130,
    }


@pytest.mark.parametrize("key", ["", NOBODYS, "é\0"])
async def test_without_a_key_that_is_known_nothing_is_taken(
    client: httpx.AsyncClient, service: InProcess, sender: Sender, key: str
) -> None:
    stranger = Sender(service.client(None), key)
    answer = await stranger.post(STANDARD, standard())
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "Unauthorized")
    for path in (WEBHOOK, HEARTBEAT):
        answer = await stranger.post(path, notified())
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    answer = await stranger.post(ALERTS, [])
    assert answer.status_code == 401
    assert isinstance(answer.json(), str)
    answer = await stranger.post(ENQUEUE, enqueued())
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert await alerts(client) == []


async def test_a_key_that_was_replaced_or_deleted_is_known_no_more(
    client: httpx.AsyncClient, sender: Sender, integration: Json
) -> None:
    path = f"/integrations/{integration['id']}"
    assert (await sender.post(STANDARD, standard())).status_code == 200
    sender.key = (await client.post(f"{path}/rotate-key")).json()["key"]
    old = Sender(sender._client, integration["key"])
    assert (await old.post(STANDARD, standard())).status_code == 401
    assert (await sender.post(STANDARD, standard())).status_code == 200
    await client.delete(path)
    assert (await sender.post(STANDARD, standard())).status_code == 401
    assert len(await alerts(client, open="true")) == 1


REFUSED: Sequence[tuple[str, object, int]] = (
    (STANDARD, standard(event_status="warning"), 400),
    (STANDARD, b"[" * 20_000, 400),
    (STANDARD, b"x" * 1_048_577, 400),
    (WEBHOOK, {"alerts": 5}, 422),
    (WEBHOOK, b"x" * 1_048_577, 413),
    (ALERTS, [{"labels": {}}], 400),
    (ALERTS, {}, 400),
    (ENQUEUE, enqueued("explode"), 400),
    (ENQUEUE, b"nothing", 400),
    (f"{HEARTBEAT}%20", b"", 422),
    (HEARTBEAT + "?every=0", b"", 422),
)


@pytest.mark.parametrize(("path", "body", "status"), REFUSED)
async def test_what_makes_no_sense_is_refused_as_a_whole_and_counted(
    client: httpx.AsyncClient, sender: Sender, path: str, body: object, status: int
) -> None:
    path, _, query = path.partition("?")
    answer = await sender.post(path, body, None, **dict(parse_qsl(query)))
    assert answer.status_code == status, answer.text
    assert await alerts(client) == []
    assert sum((await counted(client, "tocsin_alert_refusals_total")).values()) == 1


async def test_a_standard_push_is_json_and_says_so(
    client: httpx.AsyncClient, sender: Sender
) -> None:
    answer = await sender.post(STANDARD, standard(), headers={"content-type": "text/xml"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidContentType")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (STANDARD, "POST"),
        (WEBHOOK, "POST"),
        (ALERTS, "POST"),
        (ENQUEUE, "POST"),
        (HEARTBEAT, "GET, POST"),
    ],
)
async def test_other_methods_are_refused(
    client: httpx.AsyncClient, path: str, allowed: str
) -> None:
    answer = await client.delete(f"{URL}{path}")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_one_that_brings_too_much_is_told_when_to_come_back(
    client: httpx.AsyncClient, service: InProcess, sender: Sender, integration: Json
) -> None:
    storm = [alert(str(at)) for at in range(RATE_PER_S * 3 // 2)]
    assert (await sender.post(ALERTS, storm)).status_code == 200
    answer = await sender.post(STANDARD, standard())
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "RequestTooFrequently")
    assert answer.headers["Retry-After"] == "1"
    answers = [
        await sender.post(ALERTS, [alert("x")]),
        await sender.post(WEBHOOK, notified(alert("x"))),
        await sender.post(ENQUEUE, enqueued(routing_key=sender.key)),
        await sender.get(HEARTBEAT),
    ]
    assert {one.status_code for one in answers} == {429}
    assert {one.headers["Retry-After"] for one in answers} == {"1"}
    service.clock.advance(1)
    assert (await sender.post(STANDARD, standard())).status_code == 200


async def test_a_heartbeat_says_when_it_is_due(service: InProcess, sender: Sender) -> None:
    beaten = await sender.get(HEARTBEAT, every="30")
    assert beaten.status_code == 200
    due_at = service.clock.now + 60
    assert beaten.json() == {"name": "cron", "every_s": 30, "due_at": due_at}
    service.clock.advance(10)
    beaten = await sender.post(HEARTBEAT, b"done")
    assert beaten.json() == {"name": "cron", "every_s": 60, "due_at": service.clock.now + 120}


async def test_alerts_are_listed_and_shown(
    client: httpx.AsyncClient, sender: Sender, integration: Json
) -> None:
    for key in "abc":
        await sender.post(STANDARD, standard(alert_key=key))
    await sender.post(STANDARD, standard(alert_key="b", event_status="Ok"))
    assert [one["alert_key"] for one in await alerts(client, open="true")] == ["a", "c"]
    assert [one["alert_key"] for one in await alerts(client, open="false")] == ["b"]
    [b] = await alerts(client, alert_key="b")
    assert (await client.get(f"/alerts/{b['alert_id']}")).json() == b
    assert len(await alerts(client, integration_id=integration["id"])) == 3
    assert await alerts(client, integration_id="0" * 24) == []
    page = (await client.get("/alerts", params={"limit": "2"})).json()
    rest = (await client.get("/alerts", params={"cursor": page["next"]})).json()
    assert [one["alert_key"] for one in (*page["data"], *rest["data"])] == ["c", "b", "a"]
    assert (await client.get(f"/alerts/{'0' * 24}")).status_code == 404


async def test_what_is_kept_out_says_by_what(client: httpx.AsyncClient, service: InProcess) -> None:
    window = {"starts_at": 0, "ends_at": service.clock.now + 60}
    given = {"name": "Quiet", "silences": [{"name": "Move", "window": window}]}
    channel = (await client.post("/channels", json=given)).json()
    given = {"name": "Probe", "kind": "standard", "channel_id": channel["id"]}
    key = (await client.post("/integrations", json=given)).json()["key"]
    await Sender(service.client(None), key).post(STANDARD, standard())
    [kept_out] = await alerts(client)
    assert (kept_out["kept_out"], kept_out["incident_id"]) == ("silence Move", None)
    assert await incidents(client) == []
