"""Endpoints of the whole service, told of what people do."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.misbehaving import Call, Misbehaving, answers, misbehaving, response
from tests.process import Process
from tests.running import Running, running
from tests.waiting import SCALE, eventually

LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, webhooks={"allow_networks": [LOOPBACK]}) as service:
        yield service


def endpoint(api: httpx.Client, there: Misbehaving, **wanted: object) -> str:
    """The id of a new endpoint at a receiver."""
    given = {"name": "Hook", "url": there.url, **wanted}
    made: str = api.post("/api/v1/webhooks", json=given).raise_for_status().json()["id"]
    return made


def deliveries(api: httpx.Client, endpoint_id: str) -> list[Any]:
    """All of an endpoint's, oldest first."""
    answer = api.get(f"/api/v1/webhooks/{endpoint_id}/deliveries")
    found: list[Any] = answer.raise_for_status().json()["data"]
    return found[::-1]


def states(api: httpx.Client, endpoint_id: str) -> list[str]:
    """How they stand."""
    return [one["state"] for one in deliveries(api, endpoint_id)]


def body(request: bytes) -> Any:
    """The JSON of a request."""
    return msgspec.json.decode(request.partition(b"\r\n\r\n")[2])


def header(request: bytes, name: str) -> str | None:
    """A header of a request."""
    head = request.partition(b"\r\n\r\n")[0].decode()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    return {field.lower(): value for field, value in fields.items()}.get(name)


def test_the_course_of_an_incident_arrives_in_order_and_the_same_on_every_try(
    service: Running,
) -> None:
    failed = threading.Event()

    def fails_once(call: Call) -> None:
        while request := call.request():
            first = body(request)["event_type"] == "i_ack" and not failed.is_set()
            call.say(response(503 if first else 200))
            if first:
                failed.set()

    with misbehaving(fails_once) as there, service.client() as api:
        hook = endpoint(api, there, profile="flashduty")
        given = {"title": "Fire", "incident_severity": "Critical"}
        incident = api.post("/api/v1/incidents", json=given).json()["incident_id"]
        path = f"/api/v1/incidents/{incident}"
        api.post(f"{path}/ack", json={}).raise_for_status()
        api.post(f"{path}/comment", json={"comment": "Water!"}).raise_for_status()
        api.post(f"{path}/resolve", json={}).raise_for_status()
        eventually(failed.is_set)
        eventually(lambda: states(api, hook) == ["delivered", "pending", "waiting", "waiting"])
        service.clock.advance(2)
        eventually(lambda: states(api, hook) == ["delivered"] * 4)
    told = [body(request) for request in there.got]
    assert [one["event_type"] for one in told] == ["i_new", "i_ack", "i_ack", "i_comm", "i_rslv"]
    assert [header(request, "tocsin-sequence") for request in there.got] == list("12234")
    _, failed_request, again, comment, _ = there.got
    assert failed_request.partition(b"\r\n\r\n")[2] == again.partition(b"\r\n\r\n")[2]
    assert header(comment, "tocsin-previous-id") == told[1]["event_id"]
    assert [one["incident"]["progress"] for one in told] == [
        "Triggered",
        *["Processing"] * 3,
        "Closed",
    ]


def test_one_that_was_disabled_by_its_answer_is_told_again_once_it_is_enabled(
    service: Running,
) -> None:
    with misbehaving(answers(410)) as gone, service.client() as api:
        hook = endpoint(api, gone, profile="cloudevents", topics=["house/>"])
        event = {"type": "fire", "topic": "house/kitchen", "data": {"n": 1}}
        api.post("/api/v1/events", json=event).raise_for_status()
        eventually(lambda: states(api, hook) == ["failed"])
        shown = api.get(f"/api/v1/webhooks/{hook}").json()
        assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
        api.post("/api/v1/events", json=event).raise_for_status()
        assert states(api, hook) == ["failed"]
        with misbehaving(answers(200)) as there:
            api.patch(f"/api/v1/webhooks/{hook}", json={"url": there.url}).raise_for_status()
            api.post(f"/api/v1/webhooks/{hook}/enable").raise_for_status()
            answer = api.post(f"/api/v1/webhooks/{hook}/replay", json={"since": 0})
            assert answer.raise_for_status().json()["created"] == 2
            eventually(lambda: states(api, hook) == ["failed", "delivered", "delivered"])
    first, second = there.got
    assert header(first, "webhook-id") == header(gone.got[0], "webhook-id")
    assert body(first)["id"] < body(second)["id"]


def test_all_of_a_long_queue_is_cancelled_once_its_endpoint_is_disabled(service: Running) -> None:
    with misbehaving(answers(200)) as there, service.client() as api:
        hook = endpoint(api, there, profile="cloudevents", topics=["house/>"], rate_per_s=1)
        events = [{"type": "fire", "topic": f"house/{room}"} for room in range(1_000)]
        for _ in range(2):
            api.post("/api/v1/events", json=events).raise_for_status()
        eventually(lambda: len(there.got) == 1)
        health = api.post(f"/api/v1/webhooks/{hook}/disable").raise_for_status().json()["health"]
        assert health["counts"]["cancelled"] == 1_000

        def counts() -> dict[str, int]:
            of: dict[str, int] = api.get(f"/api/v1/webhooks/{hook}").json()["health"]["counts"]
            return of

        eventually(lambda: counts()["cancelled"] == 1_999)
        assert counts()["delivered"] == len(there.got) == 1


def test_a_stop_loses_nothing_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    let_go = threading.Event()

    def patient(call: Call) -> None:
        while call.request():
            let_go.wait(30 * SCALE)
            call.say(response(200))

    networks = {"TOCSIN_WEBHOOKS__ALLOW_NETWORKS": LOOPBACK}
    with misbehaving(patient) as there, Process(tmp_path, **networks) as server:
        with server.client() as api:
            hook = endpoint(api, there, profile="cloudevents", topics=["house/>"])
            for room in range(20):
                server.publish({"type": "fire", "topic": f"house/{room}"})
        eventually(lambda: len(there.got) == 8)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        eventually(lambda: _refuses(server.url))
        let_go.set()
        stopping.join()
        server.start()
        with server.client() as api:
            eventually(lambda: states(api, hook) == ["delivered"] * 20)
            assert [one["attempts"] for one in deliveries(api, hook)] == [1] * 20
    assert len({header(request, "webhook-id") for request in there.got}) == len(there.got) == 20


def _refuses(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz")
    except httpx.TransportError:
        return True
    return False
