"""An incident on the way through the people of its channel, by the whole service."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.clock import HeldClock
from tests.receiver import Receiver, receiver
from tests.running import Running, running
from tests.waiting import eventually

OPEN: dict[str, dict[str, object]] = {
    "notify": {"allow_schemes": ["json"]},
    "webhooks": {"allow_networks": ["127.0.0.0/8"]},
}
MINUTE = 60


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A receiver in a thread of its own."""
    with _in_thread() as there:
        yield there


@contextmanager
def _in_thread() -> Iterator[Receiver]:
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []

    async def serve() -> None:
        async with receiver() as there:
            found.append(there)
            ready.set()
            await end.wait()

    end = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()


def told(hook: Receiver, number: int) -> list[tuple[str, str]]:
    """Who was told what, once that is so much."""
    eventually(lambda: len(hook.got) >= number, within=20)
    return [(got.path.rpartition("/")[2], got.data["title"]) for got in hook.got]


def made(answer: httpx.Response) -> Any:
    assert answer.status_code == 201, answer.text
    return answer.json()


def staff(client: httpx.Client, hook: Receiver) -> int:
    """A channel that asks Anna at once and Bert ten minutes later; its number."""
    ids = []
    for name in ("anna", "bert"):
        url = hook.url.replace("http://", "json://").replace("hook", name)
        person = {"person_name": name, "email": f"{name}@example.org", "notify": [url]}
        ids.append(made(client.post("/api/v1/people", json=person))["person_id"])
    levels = [{"person_ids": [ids[0]], "after_minutes": 10}, {"person_ids": [ids[1]]}]
    channel = {
        "name": "Ops",
        "assignment": [{"levels": levels}],
        "close_after_s": 60 * MINUTE,
    }
    number: int = made(client.post("/api/v1/channels", json=channel))["id"]
    return number


def report(service: Running, channel_id: int) -> str:
    given = {"title": "Fire", "incident_severity": "Critical", "channel_id": channel_id}
    with service.client() as client:
        incident: str = made(client.post("/api/v1/incidents", json=given))["incident_id"]
    return incident


def shown(service: Running, incident_id: str) -> Any:
    with service.client() as client:
        return client.get(f"/api/v1/incidents/{incident_id}").json()


def test_the_next_level_is_asked_and_the_end_told_also_after_a_restart(
    tmp_path: Path, hook: Receiver
) -> None:
    clock = HeldClock()
    with running(tmp_path, clock, **OPEN) as service:
        with service.client() as client:
            channel_id = staff(client, hook)
        incident_id = report(service, channel_id)
        assert told(hook, 1) == [("anna", "[Critical] New: Fire")]
    began = clock.now
    clock.advance(10 * MINUTE + 5)
    with running(tmp_path, clock, **OPEN) as service:
        assert told(hook, 2)[1:] == [("bert", "[Critical] Escalated to you: Fire")]
        (bert,) = shown(service, incident_id)["responders"]
        assert bert["assigned_at"] == began + 10 * MINUTE
        clock.advance(60 * MINUTE)
        assert told(hook, 3)[2:] == [("bert", "[Critical] Resolved: Fire")]
        closed = shown(service, incident_id)
        assert (closed["progress"], closed["close_time"]) == ("Closed", began + 60 * MINUTE)
        assert hook.got[2].data["message"].endswith(closed["detail_url"])
