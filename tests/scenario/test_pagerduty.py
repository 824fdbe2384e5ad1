"""PagerDuty's own client, unchanged but for the address, raises, takes on and ends alerts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import HTTPTransport, Request, Response
from pagerduty import EventsApiV2Client, HttpError
from tests.running import Running, running


class _Plain(HTTPTransport):
    """Stands for the proxy in front of us: the client insists on HTTPS, which it speaks."""

    def handle_request(self, request: Request) -> Response:
        request.url = request.url.copy_with(scheme="http")
        return super().handle_request(request)


def client_of(service: Running, key: str) -> EventsApiV2Client:
    """PagerDuty's client, pointed here."""
    address = service.url.replace("http://", "https://")
    return EventsApiV2Client(key, base_url=address, transport=_Plain())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as service:
        yield service


@pytest.fixture
def pagerduty(service: Running) -> Iterator[EventsApiV2Client]:
    """A client with the key of an integration."""
    post(service, "/channels", name="Shop")
    made = post(service, "/integrations", name="Cron", kind="pagerduty", channel_id=1)
    with client_of(service, made["key"]) as client:
        yield client


def post(service: Running, path: str, **body: object) -> Any:
    with service.client() as api:
        answer = api.post(f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def get(service: Running, path: str) -> list[dict[str, Any]]:
    with service.client() as api:
        answer = api.get(f"/api/v1{path}")
    assert answer.is_success, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def told(service: Running, incident: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What happened to an incident, oldest first, and by whom."""
    entries = get(service, f"/incidents/{incident['incident_id']}/timeline")[::-1]
    return [(one["type"], one.get("person", {}).get("person_name")) for one in entries]


def test_an_alert_is_triggered_acknowledged_and_resolved(
    service: Running, pagerduty: EventsApiV2Client
) -> None:
    key = pagerduty.trigger(
        "Backup failed",
        "db1.example",
        payload={"component": "postgres", "class": "backup"},
        custom_details={"exit status": 2, "log": "line\nline"},
        links=[{"href": "https://example.com/run/7", "text": "Run 7"}],
    )
    (incident,) = get(service, "/incidents")
    assert (incident["title"], incident["incident_severity"]) == ("Backup failed", "Critical")
    assert incident["labels"] == {
        "source": "db1.example",
        "component": "postgres",
        "class": "backup",
        "exit status": "2",
    }
    assert "https://example.com/run/7" in incident["description"]

    service.clock.advance(1)
    assert pagerduty.trigger("Backup failed", "db1.example", dedup_key=key) == key
    assert len(get(service, "/incidents")) == 1

    for _ in range(2):
        assert pagerduty.acknowledge(key) == key
    (incident,) = get(service, "/incidents")
    assert (incident["progress"], incident["ack_time"]) == ("Processing", service.clock.now)
    assert [one["person_name"] for one in incident["responders"]] == ["Cron"]

    for _ in range(2):
        assert pagerduty.resolve(key) == key
    (incident,) = get(service, "/incidents")
    assert (incident["progress"], incident["incident_status"]) == ("Closed", "Ok")
    assert told(service, incident) == [("i_new", None), ("i_ack", "Cron"), ("i_rslv", None)]

    assert pagerduty.trigger("Backup failed", "db1.example", dedup_key=key) == key
    again, before = get(service, "/incidents")
    assert (again["progress"], before) == ("Triggered", incident)


def test_what_is_not_there_is_neither_acknowledged_nor_resolved(
    service: Running, pagerduty: EventsApiV2Client
) -> None:
    assert pagerduty.acknowledge("nothing") == "nothing"
    assert pagerduty.resolve("nothing") == "nothing"
    assert get(service, "/incidents") == []


def test_a_trigger_without_a_key_that_the_client_tries_again_is_one_alert(
    service: Running, pagerduty: EventsApiV2Client
) -> None:
    keys = [pagerduty.trigger("Backup failed", at) for at in ("db1", "db1", "db2")]
    assert keys[0] == keys[1] != keys[2]
    assert [one["labels"]["source"] for one in get(service, "/incidents")] == ["db2", "db1"]


@pytest.mark.parametrize(
    ("key", "severity", "says"),
    [("not-a-key", "error", "integration key"), (None, "fatal", "payload.severity")],
)
def test_a_refusal_says_why(
    service: Running, pagerduty: EventsApiV2Client, key: str | None, severity: str, says: str
) -> None:
    with (
        client_of(service, key or pagerduty.auth_method.secret) as client,
        pytest.raises(HttpError) as refused,
    ):
        client.trigger("Backup failed", "db1.example", severity=severity)
    answer = refused.value.response
    assert answer is not None
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert says in str(answer.json()["errors"])
    assert get(service, "/incidents") == []
