"""Receivers of webhooks, as a process of its own, that also publishes what they are told.

`python -m bench.webhook_load` reads a `Plan` as a line of JSON, listens and says `ready`; its last
line is a `Seen`.
"""

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import msgspec
import uvloop

# Requests to paths that begin so are never answered.
STALLED = "/stalled"

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_DUE = re.compile(rb'"due":(\d+)')
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

# Events of so many keys; so many in a request where it is about how much goes through.
_KEYS = 400
_PER_ARRAY = 200
_POLL_S = 0.005


class Plan(msgspec.Struct, frozen=True):
    """Listen at `host` and `port` until `requests` were answered. With a `url`, publish so
    many `events` there: `per_second`, each when it is due; 0 is as fast as answers come, in arrays.
    Then it is over when nothing is left at the endpoint of that id."""

    host: str
    port: int
    requests: int
    url: str
    token: str
    endpoint_id: str
    events: int
    per_second: float


class Seen(msgspec.Struct, frozen=True):
    """How long it took (s): from the first request where nothing was published, else from the first
    publish until the server had recorded the last delivery. Latencies (ms) count from when an event
    was due to be published to when its request was here; `core` is the share of ours in use."""

    seconds: float
    p50: float
    p99: float
    core: float


class Sink:
    """What all connections have seen together."""

    def __init__(self, wanted: int) -> None:
        self._left = wanted
        self.began = 0.0
        self.latencies: list[float] = []
        self.all = asyncio.Event()

    def got(self, body: bytes) -> None:
        """Take note of a request that is answered now."""
        now = time.monotonic_ns()
        self.began = self.began or now / 1e9
        if due := _DUE.search(body):
            self.latencies.append((now - int(due[1])) / 1e6)
        self._left -= 1
        if self._left == 0:
            self.all.set()


class _Connection(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._read = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (whole := self._whole()) is not None:
            request, self._read = self._read[:whole], self._read[whole:]
            if not request.startswith(b"POST " + STALLED.encode()):
                self._sink.got(request)
                self._transport.write(_ANSWER)

    def _whole(self) -> int | None:
        """How long the first request is, if all of it is here."""
        head = self._read.find(_HEAD_END)
        length = _LENGTH.search(self._read, 0, head) if head >= 0 else None
        if length is None:
            return None
        whole = head + len(_HEAD_END) + int(length[1])
        return whole if len(self._read) >= whole else None


async def _run() -> None:
    plan = msgspec.json.decode(sys.stdin.readline(), type=Plan)
    loop, sink = asyncio.get_running_loop(), Sink(plan.requests)
    server = await loop.create_server(
        lambda: _Connection(sink), plan.host, plan.port, backlog=1_024
    )
    print("ready", flush=True)
    began, cpu = time.monotonic(), time.process_time()
    if plan.url:
        await _publish(plan)
    await sink.all.wait()
    if plan.url:
        await _until_recorded(plan)
    ended = time.monotonic()
    core = (time.process_time() - cpu) / (ended - began)
    cuts = statistics.quantiles(sink.latencies, n=100, method="inclusive")
    seconds = ended - (began if plan.url else sink.began)
    print(msgspec.json.encode(Seen(seconds, cuts[49], cuts[98], core)).decode(), flush=True)
    server.close()


async def _publish(plan: Plan) -> None:
    headers = {"Authorization": f"Bearer {plan.token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(plan.url, headers=headers) as session:
        if plan.per_second:
            return await _at_rate(session, plan)
        for first in range(0, plan.events, _PER_ARRAY):
            due = time.monotonic_ns()
            numbers = range(first, min(first + _PER_ARRAY, plan.events))
            await _post(session, [_event(number, due) for number in numbers])
    return None


async def _at_rate(session: aiohttp.ClientSession, plan: Plan) -> None:
    """Publish when it is due, whatever becomes of those before."""
    async with asyncio.TaskGroup() as group:
        for number, due in enumerate(_dues(plan)):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(_post(session, [_event(number, round(due * 1e9))]))


def _dues(plan: Plan) -> Iterator[float]:
    began = time.monotonic()
    return (began + number / plan.per_second for number in range(plan.events))


def _event(number: int, due_ns: int) -> dict[str, object]:
    data = {"number": number, "due": due_ns, "pad": "x" * 100}
    return {"type": "bench.tick", "topic": f"bench/{number % _KEYS}", "data": data}


async def _post(session: aiohttp.ClientSession, events: list[dict[str, object]]) -> None:
    body = msgspec.json.encode(events)
    async with session.post("/api/v1/events", data=body) as answer:
        if answer.status != 202:
            raise SystemExit(f"refused: {answer.status} {await answer.text()}")


async def _until_recorded(plan: Plan) -> None:
    headers = {"Authorization": f"Bearer {plan.token}"}
    path = f"/api/v1/webhooks/{plan.endpoint_id}"
    async with aiohttp.ClientSession(plan.url, headers=headers) as session:
        while True:
            async with session.get(path) as answer:
                queue = (await answer.json())["health"]["queue"]
            if not any(queue.values()):
                return
            await asyncio.sleep(_POLL_S)


if __name__ == "__main__":
    uvloop.run(_run())
