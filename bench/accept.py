"""Accepting many streams at once, and the memory of those that then say nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench import machine
from bench.load.driver import Load
from bench.peers.floor import floor
from bench.peers.installed import Server, installed, missing
from bench.peers.nchan import nchan
from bench.peers.sse_starlette import sse_starlette
from bench.peers.tocsin import serving, stream_request, target, tocsin
from bench.report import Figures, Report, Samples
from bench.scale import Scale
from bench.target import Target

NAME = "accept"

_WARM_UP = 50
_SETTLE_S = 1.0
_EVENTS = "Tocsin"
_LIVE = "Tocsin, /live"


def run(scale: Scale) -> Report:
    """Each server once per run, freshly started, with the largest number of readers."""
    report = Report(NAME, scale.runs, notes=missing(nchan, sse_starlette))
    servers: list[Server] = [floor, tocsin, _live, *installed(nchan, sse_starlette)]
    samples: Samples = {}
    for _ in range(scale.runs):
        for server in servers:
            with server() as target:
                samples.setdefault(target.name, []).append(_sample(target, scale.many))
    _judge(report, scale.many, samples)
    return report


@contextmanager
def _live() -> Iterator[Target]:
    with serving() as service:
        live = stream_request("", "/live")
        yield replace(target(service), name=_LIVE, stream=live)


def _sample(target: Target, readers: int) -> Figures:
    with Load(target) as load:
        # What the first stream ever costs (imports, caches) is not the cost of a stream.
        load.open(_WARM_UP)
        time.sleep(_SETTLE_S)
        before = machine.rss(target.pids)
        seen = load.open(readers)
        time.sleep(_SETTLE_S)
        grown = machine.rss(target.pids) - before
    return {
        "accepted in s": seen.seconds,
        "KB each": grown / readers / 1024,
        "server core %": 100 * seen.server_cpu / seen.seconds,
        "client core %": 100 * seen.client_cpu / seen.seconds,
    }


def _judge(report: Report, readers: int, samples: Samples) -> None:
    case = f"{readers:,} streams"
    medians = {name: report.add(case, name, found) for name, found in samples.items()}
    report.notes.append("The C loop's time is the load client's own: no server is measured faster.")
    for name in (_EVENTS, _LIVE):
        report.at_most(f"{case} accepted, {name}", 1.5, medians[name]["accepted in s"], " s")
        report.at_most(
            f"memory of an idle subscriber, {name}", 2.5, medians[name]["KB each"], " KB"
        )
