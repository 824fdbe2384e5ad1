"""One rule keeps webhooks out of our own network: when they are saved, tested and sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import uvloop
from tests.hostile_urls import KEPT, NAMES, REFUSED, Network
from tests.misbehaving import Misbehaving, answers, misbehaving
from tests.running import running
from tests.waiting import eventually

# Also at addresses outside, where what is sent without encryption can be read.
_HALF_OUTSIDE: Final = [name for name in NAMES if name.startswith("mixed")]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """All that the service can see."""
    network = Network()
    network.replace(uvloop.Loop, monkeypatch)
    return network


@pytest.fixture
def inside() -> Iterator[Misbehaving]:
    """Somebody on loopback who would answer."""
    with misbehaving(answers(200)) as there:
        yield there


@pytest.fixture
def api(network: Network, tmp_path: Path) -> Iterator[httpx.Client]:
    """A service that may call nobody in particular."""
    with running(tmp_path) as service, service.client() as api:
        yield api


def save(api: httpx.Client, url: str, there: Misbehaving) -> httpx.Response:
    port = there.url.rpartition(":")[2].removesuffix("/hook")
    body = {
        "name": "Hostile",
        "url": url.replace("PORT", port),
        "profile": "cloudevents",
        "topics": ["guarded/>"],
    }
    return api.post("/api/v1/webhooks", content=json.dumps(body))


def warned(url: str) -> list[str]:
    """What is said when the URL is saved."""
    half = any(name in url for name in _HALF_OUTSIDE)
    return ["refused_address", "not_https"] if half else ["refused_address"]


def test_what_leads_inside_is_kept_with_a_warning_and_never_called(
    api: httpx.Client, network: Network, inside: Misbehaving
) -> None:
    saved = {url: save(api, url, inside) for url in KEPT}
    assert {url: answer.status_code for url, answer in saved.items()} == dict.fromkeys(KEPT, 201)
    made = {url: answer.json() for url, answer in saved.items()}
    warnings = {url: [one["code"] for one in made[url]["warnings"]] for url in KEPT}
    assert warnings == {url: warned(url) for url in KEPT}

    refused: Any = (None, "refused_address", None)
    tests = {url: outcome(sampled(api, made[url]["id"])) for url in KEPT}
    assert tests == dict.fromkeys(KEPT, refused)

    event = {"type": "guarded.event", "topic": "guarded/all", "data": {}}
    api.post("/api/v1/events", json=event).raise_for_status()
    for one in made.values():
        eventually(lambda: sent(api, one["id"]) != [])  # noqa: B023
    deliveries = {url: [outcome(one) for one in sent(api, made[url]["id"])] for url in KEPT}
    assert deliveries == {url: [refused] for url in KEPT}
    assert (network.connected, inside.calls) == ([], 0)


def test_what_is_no_url_of_a_webhook_is_not_kept(
    api: httpx.Client, network: Network, inside: Misbehaving
) -> None:
    made = save(api, "https://public.example/", inside).json()["id"]
    answers = {url: save(api, url, inside) for url in REFUSED}
    assert {url: answer.status_code for url, answer in answers.items()} == dict.fromkeys(
        REFUSED, 422
    )
    codes = {answer.json()["code"] for answer in answers.values()}
    edits = {
        api.patch(f"/api/v1/webhooks/{made}", content=json.dumps({"url": url})).status_code
        for url in REFUSED
    }
    assert (codes, edits) == ({"invalid"}, {422})
    assert (network.connected, inside.calls) == ([], 0)


def test_what_is_outside_is_called(
    api: httpx.Client, network: Network, inside: Misbehaving
) -> None:
    """The guard lets through what it should: without this the table would prove nothing."""
    made = save(api, "https://public.example:PORT/", inside).json()

    assert made["warnings"] == []
    assert outcome(sampled(api, made["id"])) == (None, "connect", None)
    assert network.connected == ["8.8.8.8"]


def sampled(api: httpx.Client, endpoint_id: str) -> Any:
    return api.post(f"/api/v1/webhooks/{endpoint_id}/test", json={}).raise_for_status().json()


def sent(api: httpx.Client, endpoint_id: str) -> Any:
    """The attempts of the only delivery there."""
    (delivery,) = api.get(f"/api/v1/webhooks/{endpoint_id}/deliveries").json()["data"]
    return api.get(f"/api/v1/deliveries/{delivery['id']}/attempts").json()["data"]


def outcome(attempt: Any) -> Any:
    return attempt["status"], attempt["error"], attempt["response"]
