"""Clients that were not written here read the streams, and come back by themselves."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx_sse
import pytest
from tests.npm import CLIENTS, needs_npm
from tests.process import TOKEN, Process


def event(number: int, kind: str = "count.ed") -> dict[str, object]:
    return {"type": kind, "topic": "counts/all", "data": {"number": number}}


@contextmanager
def lines_of(command: list[str], **environment: str) -> Iterator[Iterator[str]]:
    """The lines that a command prints, as it prints them."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        assert process.stdout is not None
        try:
            yield iter(process.stdout)
        finally:
            process.kill()


def until(lines: Iterator[str], wanted: str) -> list[str]:
    """The lines up to the first that begins with `wanted`."""
    taken = []
    for line in lines:
        taken.append(line)
        if line.startswith(wanted):
            return taken
    raise AssertionError(f"no {wanted!r} in {taken}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_shows_the_live_api_as_it_happens(server: Process) -> None:
    with lines_of(["curl", "-sN", f"{server.url}/live"]) as lines, server.client() as api:
        first = until(lines, "data: ")
        assert first[0].startswith("retry: ")
        assert first[-1] == 'data: {"state":"operational","issues":[]}\n'

        made = api.post("/api/v1/components", json={"name": "Website"}).json()
        api.put(f"/api/v1/components/{made['id']}/state", json={"state": "outage"})

        assert until(lines, "event: status_event")
        told = json.loads(until(lines, "data: ")[-1].removeprefix("data: "))
        assert told == {"state": "outage", "status": {"component": "Website", "state": "outage"}}


def test_httpx_sse_resumes_after_the_server_was_killed(server: Process) -> None:
    def read(last_event_id: str | None, count: int) -> list[httpx_sse.ServerSentEvent]:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with (
            server.client() as api,
            httpx_sse.connect_sse(
                api, "GET", "/api/v1/events?topic=counts/>&since=earliest", headers=headers
            ) as stream,
        ):
            source = stream.iter_sse()
            return [next(source) for _ in range(count + 1)]

    server.publish(event(1), event(2))
    verdict, *before = read(None, 2)
    assert json.loads(verdict.data)["verdict"] == "resumed"

    server.kill()
    server.start()
    server.publish(event(3))

    verdict, *after = read(before[-1].id, 1)
    assert json.loads(verdict.data)["verdict"] == "resumed"
    numbers = [json.loads(each.data)["data"]["number"] for each in (*before, *after)]
    assert numbers == [1, 2, 3]


def test_the_npm_client_reconnects_and_misses_nothing(server: Process) -> None:
    needs_npm("eventsource")
    url = f"{server.url}/api/v1/events?topic=counts/>&since=earliest"
    command = ["node", str(CLIENTS / "follow.mjs"), url, "tocsin.resume", "count.ed", "bye.bye"]
    with lines_of(command, TOCSIN_TOKEN=TOKEN) as lines:
        assert _next(lines) == {"event": "open"}
        assert _next(lines)["data"]["verdict"] == "resumed"
        server.publish(event(1))
        assert _next(lines)["data"]["data"] == {"number": 1}

        server.kill()
        server.start()
        server.publish(event(2), event(3, "bye.bye"))

        told = [_next(lines) for _ in range(4)]
        assert [each["event"] for each in told] == ["open", "tocsin.resume", "count.ed", "bye.bye"]
        assert told[1]["data"]["verdict"] == "resumed"
        assert told[2]["data"]["data"] == {"number": 2}


def _next(lines: Iterator[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(next(lines))
    return told
