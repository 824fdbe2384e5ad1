"""What receivers that fail at random are told by a server that is killed meanwhile."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
from tests.delivery_witness import Evidence, Row, violations
from tests.misbehaving import Misbehaving, misbehaving
from tests.process import TOKEN, Process
from tests.unreliable import Unreliable
from tests.waiting import eventually

from tocsin.model.delivery import State
from tocsin.model.endpoint import Order

KEYS: Final = 200
EVENTS: Final = 20
INCIDENTS: Final = 10
KILLS: Final = 5

# An hour of the server's is a minute here.
TIMES_AS_FAST: Final = 60

# How many events the strict receiver may be behind what is published.
BEHIND: Final = 800


@dataclass
class Told:
    """A receiver, where it listens, and what the server had written down of it at each death."""

    receiver: Unreliable
    there: Misbehaving
    order: Order
    endpoint_id: str = ""
    lives: list[list[Row]] = field(default_factory=list)


def publish(url: str, follows: Unreliable) -> None:
    """Publish as fast as a receiver follows; what was not answered is sent again."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30) as api:
        incidents = [
            post(api, "/incidents", {"title": f"{number}", "incident_severity": "Info"})
            for number in range(INCIDENTS)
        ]
        published = 0
        for number in range(EVENTS):
            for half in (range(KEYS // 2), range(KEYS // 2, KEYS)):
                post(api, "/events", [event(key, number) for key in half])
                published += len(half)
                eventually(lambda: published - len(follows.seen) < BEHIND, within=30)  # noqa: B023
            incident_id = incidents[number % INCIDENTS]["incident_id"]
            post(api, f"/incidents/{incident_id}/comment", {"comment": f"{number}"})


def post(api: httpx.Client, path: str, body: object) -> Any:
    """The answer, from whichever life of the server."""
    again = {"Idempotency-Key": uuid4().hex}
    while True:
        with suppress(httpx.TransportError):
            answer = api.post(path, json=body, headers=again)
            assert answer.is_success, answer.text
            return answer.json()
        time.sleep(0.02)


def event(key: int, number: int) -> dict[str, object]:
    """The event of that number of a key."""
    return {"type": "order.changed", "topic": f"order/{key}", "data": {"number": number}}


@contextmanager
def told(order: Order, stack: ExitStack) -> Iterator[Told]:
    """A receiver that wants its events in that order."""
    receiver = Unreliable(order.value, fails_from=1_000, fails_for=14)
    yield Told(receiver, stack.enter_context(misbehaving(receiver.receive)), order)


def make_endpoint(server: Process, of: Told) -> None:
    """Have it told what is published."""
    wanted = {
        "name": of.order.value,
        "url": of.there.url,
        "profile": "cloudevents",
        "topics": ["order/>", "incident/>"],
        "order": of.order.value,
    }
    with server.client() as api:
        answer = api.post("/api/v1/webhooks", json=wanted)
    assert answer.status_code == 201, answer.text
    of.endpoint_id = answer.json()["id"]


def rows(folder: Path, of: Told) -> list[Row]:
    """What the server has written down, read from a copy of what it left behind."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for file in (folder / "data").glob("tocsin.db*"):
        shutil.copy(file, copy)
    with closing(sqlite3.connect(copy / "tocsin.db")) as db:
        found = db.execute(
            "SELECT key, webhook_id, ordinal, state FROM deliveries WHERE endpoint_id = ?",
            (of.endpoint_id,),
        )
        return [Row(key, called, ordinal, State(state)) for key, called, ordinal, state in found]


def end_life(folder: Path, all_told: list[Told]) -> None:
    """Keep what the server left behind: it is dead."""
    for one in all_told:
        one.receiver.end_life(one.there)
        one.lives.append(rows(folder, one))


def is_time(kill: int, strict: Told, publishing: Future[None]) -> bool:
    """Whether so much has been told that the server may die again."""
    return publishing.done() or len(strict.receiver.seen) > kill * KEYS * EVENTS // (KILLS + 1)


def is_all_told(server: Process, of: Told) -> bool:
    with server.client() as api:
        health = api.get(f"/api/v1/webhooks/{of.endpoint_id}").json()["health"]
    return not any(health["queue"].values())


def test_each_order_holds_while_receivers_fail_and_the_server_is_killed(tmp_path: Path) -> None:
    hurried = ("tests.hurried", str(time.time()), str(TIMES_AS_FAST))
    allowed = {"TOCSIN_WEBHOOKS__ALLOW_NETWORKS": "127.0.0.0/8"}
    with ExitStack() as stack:
        all_told = [stack.enter_context(told(order, stack)) for order in Order]
        server = stack.enter_context(Process(tmp_path, module=hurried, **allowed))
        for one in all_told:
            make_endpoint(server, one)
        strict = all_told[0]
        threads = stack.enter_context(ThreadPoolExecutor())
        publishing = threads.submit(publish, server.url, strict.receiver)
        for kill in range(1, KILLS + 1):
            eventually(lambda: is_time(kill, strict, publishing), within=30)  # noqa: B023
            server.kill()
            end_life(tmp_path, all_told)
            server.start()
        publishing.result()
        for one in all_told:
            eventually(lambda: is_all_told(server, one), within=60)  # noqa: B023
        server.stop()
        end_life(tmp_path, all_told)

    for one in all_told:
        assert violations(Evidence(one.order, one.receiver.seen, one.lives)) == []
        assert sum(row.key.startswith("order/") for row in one.lives[-1]) == KEYS * EVENTS
        assert len({row.key for row in one.lives[-1]}) == KEYS + INCIDENTS
    assert any(row.state is State.SENDING for life in strict.lives for row in life)
