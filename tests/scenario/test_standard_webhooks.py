"""Libraries that others wrote verify what endpoints are sent, also while a secret is replaced."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from tests.clock import HeldClock
from tests.misbehaving import Misbehaving, answers, misbehaving
from tests.npm import CLIENTS, needs_npm
from tests.running import Running, running
from tests.waiting import eventually

DAY_S: Final = 24 * 60 * 60

# The secret, the headers and the body of each request in turn; whether it is genuine.
Request = tuple[str, dict[str, str], str]
Verify = Callable[[list[Request]], list[bool]]


def by_pypi(requests: list[Request]) -> list[bool]:
    """What the package of PyPI says."""
    return [_is_genuine(*one) for one in requests]


def _is_genuine(secret: str, headers: dict[str, str], body: str) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def by_npm(requests: list[Request]) -> list[bool]:
    """What the package of npm says."""
    needs_npm("standardwebhooks")
    names = ("secret", "headers", "body")
    lines = [json.dumps(dict(zip(names, one, strict=True))) for one in requests]
    command = ["node", "verify.mjs"]
    said = subprocess.run(
        command, cwd=CLIENTS, input="\n".join(lines), capture_output=True, text=True, check=True
    )
    verdicts = said.stdout.splitlines()
    assert set(verdicts) <= {"verified", "No matching signature found"}
    return [verdict == "verified" for verdict in verdicts]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """The whole service, some time ago: the libraries take only what was sent just now."""
    long_ago = HeldClock((int(time.time()) - 3 * DAY_S) * 1_000)
    with running(tmp_path, long_ago, webhooks={"allow_networks": ["127.0.0.0/8"]}) as service:
        yield service


@pytest.fixture
def api(service: Running) -> Iterator[httpx.Client]:
    """A client that may do everything."""
    with service.client() as api:
        yield api


@pytest.fixture
def there() -> Iterator[Misbehaving]:
    """A receiver."""
    with misbehaving(answers(200)) as there:
        yield there


def made(api: httpx.Client, url: str, profile: str) -> Any:
    body: dict[str, object] = {"name": "There", "url": url, "profile": profile}
    if profile == "cloudevents":
        body["event_types"] = ["tocsin.incident.new"]
    return api.post("/api/v1/webhooks", json=body).raise_for_status().json()


def rotated(api: httpx.Client, endpoint_id: str) -> str:
    answer = api.post(f"/api/v1/webhooks/{endpoint_id}/rotate-secret", json={})
    secret: str = answer.raise_for_status().json()["secret"]
    return secret


def happen(api: httpx.Client) -> None:
    body = {"title": "Kasse fällt aus ⚠", "incident_severity": "Critical"}
    api.post("/api/v1/incidents", json=body).raise_for_status()


def got(there: Misbehaving, number: int) -> list[tuple[dict[str, str], str]]:
    """The headers and bodies of what came, once that is so much."""
    eventually(lambda: len(there.got) >= number)
    requests = [one.partition(b"\r\n\r\n") for one in there.got]
    return [(_headers(head.decode()), body.decode()) for head, _, body in requests]


def _headers(head: str) -> dict[str, str]:
    lines = (line.partition(": ") for line in head.split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}


@pytest.mark.parametrize("verify", [by_pypi, by_npm])
@pytest.mark.parametrize("profile", ["flashduty", "cloudevents"])
def test_a_library_verifies_deliveries_and_samples(
    service: Running, api: httpx.Client, there: Misbehaving, profile: str, verify: Verify
) -> None:
    endpoint = made(api, there.url, profile)
    service.clock.set(time.time_ns() // 1_000_000)
    happen(api)
    (delivery,) = got(there, 1)
    api.post(f"/api/v1/webhooks/{endpoint['id']}/test", json={}).raise_for_status()
    sample = got(there, 2)[1]

    secret = endpoint["secret"]
    genuine = [(secret, *delivery), (secret, *sample)]
    tampered = (secret, delivery[0], delivery[1].replace("Kasse", "Karte"))
    of_another = (secret, sample[0] | {"webhook-id": "another"}, sample[1])
    assert verify([*genuine, tampered, of_another]) == [True, True, False, False]


@pytest.mark.parametrize("verify", [by_pypi, by_npm])
def test_a_replaced_secret_verifies_for_24_hours(
    service: Running, api: httpx.Client, verify: Verify
) -> None:
    now_ms = time.time_ns() // 1_000_000
    with (
        misbehaving(answers(200)) as before,
        misbehaving(answers(200)) as meanwhile,
        misbehaving(answers(200)) as after,
    ):
        theirs = {
            there.url: made(api, there.url, "flashduty") for there in (before, meanwhile, after)
        }
        service.clock.set(now_ms - DAY_S * 1_000)
        newest = rotated(api, theirs[after.url]["id"])
        service.clock.advance(1)
        newer = rotated(api, theirs[meanwhile.url]["id"])
        service.clock.set(now_ms)
        happen(api)

        old = {url: endpoint["secret"] for url, endpoint in theirs.items()}
        requests = [
            (old[before.url], *got(before, 1)[0]),
            (newer, *got(before, 1)[0]),
            (old[meanwhile.url], *got(meanwhile, 1)[0]),
            (newer, *got(meanwhile, 1)[0]),
            (old[after.url], *got(after, 1)[0]),
            (newest, *got(after, 1)[0]),
        ]
        assert verify(requests) == [True, False, True, True, False, True]


@pytest.mark.parametrize("verify", [by_pypi, by_npm])
def test_a_retry_is_signed_anew_under_the_same_id(
    service: Running, api: httpx.Client, verify: Verify
) -> None:
    with misbehaving(answers(500)) as there:
        endpoint = made(api, there.url, "flashduty")
        service.clock.set(time.time_ns() // 1_000_000 - 2_000)
        happen(api)
        (first,) = got(there, 1)
        path = f"/api/v1/webhooks/{endpoint['id']}/deliveries"
        eventually(lambda: api.get(path).json()["data"][0]["next_attempt_ms"] is not None)
        service.clock.advance(2)
        again = got(there, 2)[1]

    assert first[1] == again[1]
    assert first[0]["webhook-id"] == again[0]["webhook-id"]
    assert first[0]["webhook-signature"] != again[0]["webhook-signature"]
    assert verify([(endpoint["secret"], *first), (endpoint["secret"], *again)]) == [True, True]
