"""The whole service beside a NATS server: from a message on the bus to what people see."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.nats_server import Nats
from tests.postgres import Postgres, private_postgres
from tests.process import Process
from tests.running import Running, running
from tests.waiting import eventually


def told(operation_id: str, *bodies: str) -> tuple[str, bytes]:
    """As ernest's user monitor says it."""
    messages = [{"body": body, "level": "INFO"} for body in bodies]
    return "monitor.user", json.dumps(
        {"service": f"8a0f-{operation_id}", "messages": messages}
    ).encode()


def happened(what: str, operation_id: str) -> tuple[str, bytes]:
    """As ernest's workflow says it."""
    return what, json.dumps({"service": f"8a0f-{operation_id}"}).encode()


def log_of(api: httpx.Client, operation_id: str) -> list[str]:
    """The messages of an operation, and its openings and closings."""
    lines: list[str] = []
    params: dict[str, str | int] = {"topic": f"operation/{operation_id}", "limit": 1_000}
    while True:
        page = api.get("/api/v1/events", params=params).json()
        lines += map(_line, page["data"])
        if page["next"] == page["head"]:
            return lines
        params["since"] = page["next"]


def _line(event: dict[str, Any]) -> str:
    kind = event["type"].rpartition(".")[2]
    return str(event["data"]["message"]["body"]) if kind == "message" else f"<{kind}>"


def ready(api: httpx.Client) -> Sequence[str]:
    """What the probe says about NATS."""
    answer = api.get("/readyz")
    assert answer.status_code == 200
    return [line for line in answer.text.splitlines() if line.startswith("nats: ")]


def reading(api: httpx.Client) -> bool:
    """Whether it reads."""
    return any(line.startswith("nats: reading") for line in ready(api))


def test_a_build_on_the_bus_becomes_an_operation(tmp_path: Path, bus: Nats) -> None:
    with (
        running(tmp_path, ingest={"nats": {"url": bus.url}}) as service,
        service.client() as api,
    ):
        eventually(lambda: reading(api))
        bus.publish(
            happened("service.create", "build"),
            told("build", "one", "two"),
            ("monitor.user", b"not JSON"),
            happened("service.create.done", "build"),
            told("build", "three"),
        )
        wanted = ["<opened>", "one", "two", "three"]
        eventually(lambda: log_of(api, "build") == wanted)
        service.clock.advance(1)
        eventually(lambda: log_of(api, "build") == [*wanted, "<closed>"])
        metrics = api.get("/metrics").text
        assert "tocsin_bus_reading 1.0" in metrics
        frames = 'tocsin_bus_frames_total{fate="%s",subject="monitor.user"} %.1f'
        assert frames % ("taken", 2) in metrics
        assert frames % ("not_json", 1) in metrics


def test_it_answers_while_nats_is_away_and_says_so(tmp_path: Path, bus: Nats) -> None:
    bus.kill()
    with (
        running(tmp_path, ingest={"nats": {"url": bus.url}}) as service,
        service.client() as api,
    ):
        eventually(lambda: "nats: not connected: 127.0.0.1:" in ready(api)[0])
        bus.start()
        eventually(lambda: moved_on(service) and reading(api))


def moved_on(*services: Running) -> bool:
    """A second later."""
    for service in services:
        service.clock.advance(1)
    return True


def test_nothing_is_said_of_a_bus_that_nobody_reads(tmp_path: Path) -> None:
    with running(tmp_path) as service, service.client() as api:
        assert api.get("/readyz").text == "ready\n"


def test_a_killed_process_neither_loses_nor_doubles_a_line(tmp_path: Path, bus: Nats) -> None:
    settings = {"URL": bus.url, "DURABLE": "true"}
    environment = {f"TOCSIN_INGEST__NATS__{key}": value for key, value in settings.items()}
    lines = [f"line {number}" for number in range(6_000)]
    with Process(tmp_path, **environment) as process, process.client() as api:
        eventually(lambda: reading(api))
        for begin in (0, 2_000, 4_000):
            bus.publish(*(told("build", line) for line in lines[begin : begin + 2_000]))
            eventually(partial(grown, api, begin), within=30)
            process.kill()
            process.start()
        eventually(lambda: log_size(api) == len(lines), within=30)
        assert log_of(api, "build") == ["<opened>", *lines]


def grown(api: httpx.Client, size: int) -> bool:
    """Whether the build has more lines than that."""
    return log_size(api) > size


def log_size(api: httpx.Client) -> int:
    """How many lines the build has."""
    answer = api.get("/api/v1/operations/build")
    return int(answer.json()["runs"][-1]["messages"]) if answer.status_code == 200 else 0


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    with private_postgres() as server:
        yield server


def test_the_other_node_reads_on_when_one_stops(
    tmp_path: Path, bus: Nats, postgres: Postgres
) -> None:
    settings: dict[str, Any] = {
        "store": {"url": postgres.create()},
        "ingest": {"nats": {"url": bus.url, "durable": True}},
    }
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    with ExitStack() as life:
        one = life.enter_context(running(tmp_path / "one", **settings))
        with one.client() as api:
            eventually(lambda: reading(api))
        with (
            running(tmp_path / "other", one.clock, **settings) as other,
            other.client() as api,
        ):
            assert ready(api) == ["nats: waiting for its turn"]
            bus.publish(told("build", "one"))
            eventually(lambda: log_of(api, "build") == ["<opened>", "one"])
            life.close()
            bus.publish(told("build", "two"))
            eventually(lambda: moved_on(other) and reading(api))
            eventually(lambda: log_of(api, "build") == ["<opened>", "one", "two"])
