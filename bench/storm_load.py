"""A storm of alerts, as a process of its own, with people who work at the same time.

`python -m bench.storm_load` reads a `Plan` as a line of JSON; its last line is a `Seen`.
"""

import asyncio
import statistics
import sys
from collections.abc import Iterator

import aiohttp
import msgspec
import uvloop


class Plan(msgspec.Struct, frozen=True):
    """What to do: pushes of `per_push` alerts, which recover if it is `over`, by so many `senders`
    at the same time, each of which waits for its answers. Meanwhile people make `calls_per_s` calls
    of the API, half of them changes of the incident named."""

    url: str
    token: str
    key: str
    name: str
    pushes: int
    per_push: int
    over: bool
    senders: int
    incident_id: str
    calls_per_s: float


class Seen(msgspec.Struct, frozen=True):
    """How long the pushes took together (s), and the calls of the API from when they were due
    (ms)."""

    seconds: float
    calls: int
    p50: float
    p99: float
    longest: float


def _bodies(plan: Plan) -> Iterator[bytes]:
    status = "resolved" if plan.over else "firing"
    for push in range(plan.pushes):
        numbers = range(push * plan.per_push, (push + 1) * plan.per_push)
        alerts = [_alert(plan.name, number, status) for number in numbers]
        yield msgspec.json.encode({"version": "4", "status": status, "alerts": alerts})


def _alert(name: str, number: int, status: str) -> dict[str, object]:
    labels = {
        "alertname": name,
        "instance": f"node-{number:05}.rack-{number % 40}.example:9100",
        "severity": "critical" if number % 3 else "warning",
        "job": "node",
        "datacenter": "fra1",
    }
    about = {
        "summary": "A host cannot be reached",
        "description": "It has not been scraped for 2 min.",
    }
    return {
        "status": status,
        "labels": labels,
        "annotations": about,
        "startsAt": "2026-11-21T14:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
        "fingerprint": f"{name}{number:08x}",
    }


async def _send(session: aiohttp.ClientSession, plan: Plan, bodies: list[bytes]) -> None:
    headers = {"Authorization": f"Bearer {plan.key}", "Content-Type": "application/json"}
    while bodies:
        url = f"{plan.url}/api/v1/intake/alertmanager"
        async with session.post(url, data=bodies.pop(0), headers=headers) as answer:
            if answer.status != 200:
                raise SystemExit(f"refused: {answer.status} {await answer.text()}")


async def _work(session: aiohttp.ClientSession, plan: Plan, latencies: list[float]) -> None:
    """Call when it is due, whatever becomes of the calls before."""
    loop = asyncio.get_running_loop()
    began, calls = loop.time(), 0
    async with asyncio.TaskGroup() as group:
        while True:
            due = began + calls / plan.calls_per_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            group.create_task(_call(session, plan, calls, latencies, due))
            calls += 1


async def _call(
    session: aiohttp.ClientSession, plan: Plan, number: int, latencies: list[float], due: float
) -> None:
    headers = {"Authorization": f"Bearer {plan.token}"}
    if number % 2:
        method, path, body = "GET", "/api/v1/incidents?limit=20", None
    else:
        path = f"/api/v1/incidents/{plan.incident_id}/comment"
        method, body = "POST", {"comment": f"Looking into it, {number}"}
    async with session.request(method, f"{plan.url}{path}", json=body, headers=headers) as answer:
        await answer.read()
        if answer.status != 200:
            raise SystemExit(f"refused: {answer.status}")
    latencies.append(asyncio.get_running_loop().time() - due)


async def _run() -> None:
    plan = msgspec.json.decode(sys.stdin.readline(), type=Plan)
    bodies, latencies = list(_bodies(plan)), list[float]()
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as session:
        people = loop.create_task(_work(session, plan, latencies))
        began = loop.time()
        async with asyncio.TaskGroup() as senders:
            for _ in range(plan.senders):
                senders.create_task(_send(session, plan, bodies))
        seconds = loop.time() - began
        people.cancel()
        await asyncio.wait([people])
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    times = (1_000 * one for one in (cuts[49], cuts[98], max(latencies)))
    print(msgspec.json.encode(Seen(seconds, len(latencies), *times)).decode())


if __name__ == "__main__":
    uvloop.run(_run())
