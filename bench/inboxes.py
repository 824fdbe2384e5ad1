"""Inboxes: thousands of operations with a listener each, told about over NATS and over HTTP."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import msgspec

from bench import machine
from bench.inbox_load import Plan, Seen
from bench.peers import nats
from bench.peers.installed import installed, missing
from bench.peers.nchan import nchan
from bench.peers.tocsin import TOKEN, serving
from bench.report import Figures, Report, ratio
from bench.scale import Scale

NAME = "inboxes"

_PER_SECOND = 2_000
_SETTLE_S = 1.0

_STREAM = f"GET /events?stream={{id}} HTTP/1.1\r\nHost: bench\r\nX-Auth-Token: {TOKEN}\r\n\r\n"
_PUBLISH = (
    "POST /api/v1/operations/{id}/messages HTTP/1.1\r\nHost: bench\r\n"
    f"Authorization: Bearer {TOKEN}\r\n\r\n"
    '{"messages":[{"body":"{body}","level":"INFO"}]}'
)
_NCHAN_STREAM = "GET /inbox/{id} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"
_NCHAN_PUBLISH = (
    "POST /tell/{id} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\r\n"
    '{"body":"{body}","level":"INFO"}'
)


@dataclass(frozen=True)
class _Server:
    """A running one: what to do to it, and which processes it is."""

    plan: Plan
    pids: tuple[int, ...]


_Running = AbstractContextManager[_Server]


def run(scale: Scale) -> Report:
    """Every message goes to one listener; how long that takes, and what an open inbox costs."""
    report = Report(NAME, scale.runs, notes=missing(nchan))
    plan = Plan("", 0, "", "", "", scale.many // 2, _PER_SECOND, 2 * scale.seconds, stalled=False)
    case = f"{plan.inboxes:,} inboxes, {plan.per_second:,}/s"
    if reason := nats.missing():
        report.notes.append(f"Not measured: {reason}.")
    else:
        reading = _row(report, f"{case}, NATS", "Tocsin", lambda: _tocsin_on_nats(plan))
        one_stalls = msgspec.structs.replace(plan, stalled=True)
        beside = _row(
            report, f"{case}, NATS, one stalls", "Tocsin", lambda: _tocsin_on_nats(one_stalls)
        )
        report.at_most("memory of an idle inbox", 2.5, reading["KB each"], " KB")
        report.at_most("p99 beside a stalled one", 1.25, ratio(beside, reading, "p99 ms"), "x")
    _row(report, f"{case}, HTTP", "Tocsin", lambda: _tocsin(plan))
    if installed(nchan):
        _row(report, f"{case}, HTTP", "nginx + nchan", lambda: _nchan(plan))
    return report


def _row(report: Report, case: str, name: str, server: Callable[[], _Running]) -> Figures:
    return report.add(case, name, [_sample(server()) for _ in range(report.runs)])


def _sample(running: _Running) -> Figures:
    with running as server, _load() as load:
        before = machine.rss(server.pids)
        _say(load, msgspec.json.encode(server.plan).decode())
        _hear(load)
        time.sleep(_SETTLE_S)
        grown = machine.rss(server.pids) - before
        cpu, began = machine.cpu_seconds(server.pids), time.monotonic()
        _say(load, "go")
        seen = msgspec.json.decode(_hear(load), type=Seen)
        cpu, took = machine.cpu_seconds(server.pids) - cpu, time.monotonic() - began
    if seen.wrong or seen.got != seen.sent:
        raise RuntimeError(f"messages were lost, repeated or moved: {seen}")
    return {
        "p50 ms": seen.p50,
        "p99 ms": seen.p99,
        "longest ms": seen.longest,
        "KB each": grown / 1024 / server.plan.inboxes,
        "server core %": 100 * cpu / took,
    }


@contextmanager
def _load() -> Iterator[subprocess.Popen[str]]:
    argv = machine.pinned(machine.LOAD_CORE, [sys.executable, "-m", "bench.inbox_load"])
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _say(load: subprocess.Popen[str], line: str) -> None:
    assert load.stdin is not None
    load.stdin.write(f"{line}\n")
    load.stdin.flush()


def _hear(load: subprocess.Popen[str]) -> str:
    assert load.stdout is not None
    line = load.stdout.readline()
    if not line:
        raise RuntimeError("the load on the inboxes died")
    return line


@contextmanager
def _tocsin(plan: Plan, **settings: str) -> Iterator[_Server]:
    with serving(settings=settings) as service:
        address = {"host": service.host, "port": service.port}
        whole = msgspec.structs.replace(plan, stream=_STREAM, publish=_PUBLISH, **address)
        yield _Server(whole, machine.family(service.process.pid))


@contextmanager
def _tocsin_on_nats(plan: Plan) -> Iterator[_Server]:
    with (
        nats.nats_server() as url,
        _tocsin(msgspec.structs.replace(plan, nats=url), TOCSIN_INGEST__NATS__URL=url) as server,
    ):
        yield server


@contextmanager
def _nchan(plan: Plan) -> Iterator[_Server]:
    with nchan() as target:
        address = {"host": target.host, "port": target.port}
        yield _Server(
            msgspec.structs.replace(plan, stream=_NCHAN_STREAM, publish=_NCHAN_PUBLISH, **address),
            target.pids,
        )
