"""Two nodes on one PostgreSQL tell endpoints together, and one takes over when the other dies."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import create_engine, text
from tests.misbehaving import Call, misbehaving, response
from tests.postgres import Postgres, private_postgres
from tests.process import Process
from tests.waiting import SCALE, eventually

from tocsin.model.endpoint import CONCURRENCY

# More than one node takes at a time, so that there is something for the other.
KEYS: Final = 100
EVENTS: Final = 300
ENDPOINTS: Final = 3

# A lease of 30 s is over in 5 here.
TIMES_AS_FAST: Final = 6


@dataclass
class Receiver:
    """Notes the key, the place and the id of every request, and answers while it `may`."""

    told: list[tuple[str, int, str]] = field(default_factory=list)
    may: threading.Event = field(default_factory=threading.Event)

    def receive(self, call: Call) -> None:
        """Treat a connection so."""
        while request := call.request():
            head, _, body = request.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            headers = {name.lower(): value for name, value in fields.items()}
            place, called = int(headers["tocsin-sequence"]), headers["webhook-id"]
            self.told.append((msgspec.json.decode(body)["key"], place, called))
            self.may.wait(30 * SCALE)
            call.say(response(200))

    def repeated(self) -> set[str]:
        """The ids that came more than once."""
        times = Counter(called for _, _, called in self.told)
        return {called for called, number in times.items() if number > 1}

    def check(self, events: int) -> None:
        """All of every key's came, in order; a repeat of one comes before the next."""
        assert len({called for _, _, called in self.told}) == events
        places = defaultdict[str, list[int]](list)
        for key, place, _ in self.told:
            places[key].append(place)
        for of_key in places.values():
            assert of_key == sorted(of_key)
            assert set(of_key) == set(range(1, events // KEYS + 1))


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    with private_postgres() as server:
        yield server


@pytest.fixture
def receivers() -> list[Receiver]:
    return [Receiver() for _ in range(ENDPOINTS)]


@dataclass
class Nodes:
    """Two servers on one database."""

    one: Process
    other: Process
    database: str

    def sending(self) -> set[str]:
        """The ids of what has been taken to be sent."""
        engine = create_engine(self.database)
        with engine.connect() as conn:
            query = text("SELECT webhook_id FROM deliveries WHERE state = 'sending'")
            found = set(conn.scalars(query))
        engine.dispose()
        return found

    def is_all_told(self) -> bool:
        """Whether nothing is on its way to anybody."""
        with self.other.client() as api:
            hooks = api.get("/api/v1/webhooks").json()["data"]
        return not any(number for one in hooks for number in one["health"]["queue"].values())


@pytest.fixture
def nodes(tmp_path: Path, postgres: Postgres, receivers: list[Receiver]) -> Iterator[Nodes]:
    """Two nodes, and an endpoint at each receiver."""
    hurried = ("tests.hurried", str(time.time()), str(TIMES_AS_FAST))
    settings = {
        "TOCSIN_STORE__URL": postgres.create(),
        "TOCSIN_WEBHOOKS__ALLOW_NETWORKS": "127.0.0.0/8",
    }
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(Process(folder(tmp_path, name), module=hurried, **settings))
            for name in ("one", "other")
        )
        with one.client() as api:
            for receiver in receivers:
                there = stack.enter_context(misbehaving(receiver.receive))
                wanted = {"name": "Hook", "url": there.url, "profile": "cloudevents"}
                made = api.post("/api/v1/webhooks", json=wanted | {"topics": ["order/>"]})
                made.raise_for_status()
        yield Nodes(one, other, settings["TOCSIN_STORE__URL"])
        for receiver in receivers:
            receiver.may.set()


def folder(parent: Path, name: str) -> Path:
    """A new folder."""
    made = parent / name
    made.mkdir()
    return made


def events() -> list[dict[str, object]]:
    """Some of each key."""
    return [{"type": "changed", "topic": f"order/{number % KEYS}"} for number in range(EVENTS)]


def attempts(node: Process) -> int:
    """How many requests it has made."""
    with node.client() as api:
        lines = api.get("/metrics").text.splitlines()
    found: list[Any] = [one for one in lines if one.startswith("tocsin_webhook_attempts_total{")]
    return sum(int(float(one.rpartition(" ")[2])) for one in found)


def test_two_nodes_tell_everything_once_and_in_order(
    nodes: Nodes, receivers: list[Receiver]
) -> None:
    for receiver in receivers:
        receiver.may.set()
    published = events()
    for at in range(0, EVENTS, 20):
        nodes.one.publish(*published[at : at + 10])
        nodes.other.publish(*published[at + 10 : at + 20])
    eventually(nodes.is_all_told, within=30)
    for receiver in receivers:
        assert len(receiver.told) == EVENTS
        receiver.check(EVENTS)
    made = [attempts(nodes.one), attempts(nodes.other)]
    assert sum(made) == ENDPOINTS * EVENTS
    assert min(made) > 0


def test_what_a_node_that_died_was_sending_is_sent_by_the_other(
    nodes: Nodes, receivers: list[Receiver]
) -> None:
    nodes.one.publish(*events())
    both = 2 * CONCURRENCY
    eventually(lambda: all(len(receiver.told) == both for receiver in receivers))
    nodes.one.kill()
    taken = nodes.sending()
    for receiver in receivers:
        receiver.may.set()
    eventually(nodes.is_all_told, within=60)
    for receiver in receivers:
        receiver.check(EVENTS)
        assert len(receiver.repeated()) == CONCURRENCY
        assert receiver.repeated() <= taken
