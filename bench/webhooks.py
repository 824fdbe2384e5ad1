"""Webhooks: how many are delivered and recorded, how soon, and who is held up by whom."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import msgspec

from bench import machine
from bench.peers.tocsin import TOKEN, Service, serving
from bench.report import Figures, Report, Samples, ratio
from bench.scale import Scale
from bench.target import PORT
from bench.webhook_load import STALLED, Plan, Seen

NAME = "webhooks"

_SETTINGS = {"TOCSIN_WEBHOOKS__ALLOW_NETWORKS": "127.0.0.0/8"}
_AT_ONCE = 8  # requests to an endpoint
_STALLED = 10
_PER_SECOND = 200.0
_BARE, _TOCSIN = "bare aiohttp loop", "Tocsin"
_ALONE, _BESIDE = "1 endpoint", f"beside {_STALLED} stalled ones"


@dataclass(frozen=True)
class _Flood:
    endpoints: int
    events: int

    @property
    def name(self) -> str:
        return f"{self.events:,} events to {self.endpoints} fast endpoints"

    @property
    def requests(self) -> int:
        return self.endpoints * self.events


def run(scale: Scale) -> Report:
    """Signed and recorded deliveries a second; latency at 200 events a second."""
    report = Report(NAME, scale.runs)
    size = scale.readers[0]
    for flood in (_Flood(8, 2 * size), _Flood(1, 8 * size)):
        _measure_flood(report, flood, scale.runs)
    samples: Samples = {}
    for _ in range(scale.runs):
        for case, stalled in ((_ALONE, 0), (_BESIDE, _STALLED)):
            samples.setdefault(case, []).append(_steady(stalled, scale.seconds))
    rate = f"{_PER_SECOND:.0f} events/s"
    medians = {
        case: report.add(f"{rate}, {case}", _TOCSIN, found) for case, found in samples.items()
    }
    p99 = "first attempt p99 ms"
    report.at_most(f"first attempt p99 at {rate}", 50, medians[_ALONE][p99], " ms")
    beside = ratio(medians[_BESIDE], medians[_ALONE], p99)
    report.at_most(f"p99 {_BESIDE}, of that alone", 1.1, beside, "x")
    return report


def _measure_flood(report: Report, flood: _Flood, runs: int) -> None:
    samples: Samples = {}
    for _ in range(runs):
        samples.setdefault(_TOCSIN, []).append(_flood(flood))
        samples.setdefault(_BARE, []).append(_bare(flood))
    medians = {name: report.add(flood.name, name, found) for name, found in samples.items()}
    report.at_least(flood.name, 4_000, medians[_TOCSIN]["deliveries/s"], "/s")
    share = ratio(medians[_TOCSIN], medians[_BARE], "deliveries/s")
    report.notes.append(f"{flood.name}: {share:.2f} of the bare loop's, which keeps nothing.")


def _flood(flood: _Flood) -> Figures:
    with serving(settings=_SETTINGS) as service:
        plan = _plan(service, flood.requests, flood.events, 0)
        for number in range(flood.endpoints):
            plan = _told(service, plan, f"/{number}")
        pid = service.process.pid
        with _receivers(plan) as receivers:
            cpu = machine.cpu_seconds([pid])
            seen = _seen(receivers)
            return _rates(flood, seen, machine.cpu_seconds([pid]) - cpu)


def _bare(flood: _Flood) -> Figures:
    plan = Plan(machine.fresh_address(), PORT, flood.requests, "", "", "", 0, 0)
    url, at_once = f"http://{plan.host}:{plan.port}/", _AT_ONCE * flood.endpoints
    argv = [sys.executable, "-m", "bench.peers.bare_hooks", url, f"{flood.requests}", f"{at_once}"]
    with _receivers(plan) as receivers:
        said = subprocess.check_output(machine.pinned(machine.SERVER_CORE, argv))
        return _rates(flood, _seen(receivers), float(said))


def _rates(flood: _Flood, seen: Seen, cpu: float) -> Figures:
    return {
        "deliveries/s": flood.requests / seen.seconds,
        "server core %": 100 * cpu / seen.seconds,
        "receivers' core %": 100 * seen.core,
    }


def _steady(stalled: int, seconds: float) -> Figures:
    events = round(_PER_SECOND * 2 * seconds)
    with serving(settings=_SETTINGS) as service:
        plan = _plan(service, events, events, _PER_SECOND)
        for number in range(stalled):
            _told(service, plan, f"{STALLED}/{number}")
        with _receivers(_told(service, plan, "/fine")) as receivers:
            seen = _seen(receivers)
    return {
        "first attempt p50 ms": seen.p50,
        "first attempt p99 ms": seen.p99,
        "receivers' core %": 100 * seen.core,
    }


def _plan(service: Service, requests: int, events: int, per_second: float) -> Plan:
    host = machine.fresh_address()
    return Plan(host, PORT, requests, service.url, TOKEN, "", events, per_second)


def _told(service: Service, plan: Plan, path: str) -> Plan:
    """The plan, once this path of the receivers is an endpoint."""
    answer = httpx.post(
        f"{service.url}/api/v1/webhooks",
        headers={"Authorization": f"Bearer {TOKEN}"},
        json={
            "name": path,
            "url": f"http://{plan.host}:{plan.port}{path}",
            "profile": "cloudevents",
            "topics": ["bench/*"],
        },
    )
    answer.raise_for_status()
    return msgspec.structs.replace(plan, endpoint_id=answer.json()["id"])


@contextmanager
def _receivers(plan: Plan) -> Iterator[subprocess.Popen[bytes]]:
    """They listen, and publish what they are told where the plan says so."""
    argv = machine.pinned(machine.LOAD_CORE, [sys.executable, "-m", "bench.webhook_load"])
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(msgspec.json.encode(plan) + b"\n")
            process.stdin.flush()
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError("the receivers did not become ready")
            yield process
        finally:
            process.kill()


def _seen(receivers: subprocess.Popen[bytes]) -> Seen:
    """What they saw, once that is all."""
    assert receivers.stdout is not None
    return msgspec.json.decode(receivers.stdout.readline(), type=Seen)
