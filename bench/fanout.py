"""Fan-out: the time until the last of many readers has an event, and bursts of 50 events."""

import time
from contextlib import AbstractContextManager

from bench.load.driver import Load, Pattern
from bench.peers.floor import floor
from bench.peers.installed import Server, installed, missing
from bench.peers.nchan import nchan
from bench.peers.sse_starlette import sse_starlette
from bench.peers.tocsin import tocsin
from bench.report import Figures, Report, Samples, ratio
from bench.scale import Scale
from bench.target import Target

NAME = "fanout"

BURST = 50
_BURSTS = 3
_GAP_MS = 300
_SETTLE_S = 0.5
# A burst of 50 to 10,000 readers takes it most of a minute.
_SSE_STARLETTE_MOST = 1_000


def run(scale: Scale) -> Report:
    """All servers in turn in every run, so that what disturbs the machine disturbs them alike."""
    report = Report(NAME, scale.runs, notes=missing(nchan, sse_starlette))
    servers: list[Server] = [floor, _joined, tocsin, *installed(nchan, sse_starlette)]
    for readers in scale.readers:
        singles: Samples = {}
        bursts: Samples = {}
        for _ in range(scale.runs):
            for server in servers:
                if server is not sse_starlette or readers <= _SSE_STARLETTE_MOST:
                    _sample(server, readers, scale.singles, singles, bursts)
        _judge_singles(report, readers, singles)
        _judge_bursts(report, readers, bursts)
    return report


def _joined() -> AbstractContextManager[Target]:
    return floor(joined=True)


def _sample(server: Server, readers: int, count: int, singles: Samples, bursts: Samples) -> None:
    with server() as target, Load(target) as load:
        load.open(readers)
        time.sleep(_SETTLE_S)
        load.single(2, _GAP_MS)
        singles.setdefault(target.name, []).append(_single_figures(load.single(count, _GAP_MS)))
        load.burst(BURST)
        for _ in range(_BURSTS):
            bursts.setdefault(target.name, []).append(_burst_figures(load.burst(BURST)))


def _single_figures(seen: Pattern) -> Figures:
    return {
        "last reader p50 ms": seen.last_reader.p50,
        "last reader p99 ms": seen.last_reader.p99,
        "bytes each": seen.bytes / seen.arrived,
        **_shares(seen),
    }


def _burst_figures(seen: Pattern) -> Figures:
    return {
        "deliveries/s": seen.arrived / seen.seconds,
        "burst ms": seen.seconds * 1000,
        "publish p99 ms": seen.answer.p99,
        **_shares(seen),
    }


def _shares(seen: Pattern) -> Figures:
    return {"server core %": 100 * seen.server_share, "client core %": 100 * seen.client_share}


def _judge_singles(report: Report, readers: int, samples: Samples) -> None:
    case = f"{readers:,} readers, single events"
    medians = {name: report.add(case, name, found) for name, found in samples.items()}
    ours = medians["Tocsin"]
    for peer, wanted in (("nginx + nchan", 1.1), ("C loop", 0.75)):
        if peer in medians and readers >= 10_000:
            for figure in ("last reader p50 ms", "last reader p99 ms"):
                speed = ratio(medians[peer], ours, figure)
                report.at_least(f"{case}, {figure[:-3]}, speed against {peer}", wanted, speed, "x")


def _judge_bursts(report: Report, readers: int, samples: Samples) -> None:
    case = f"{readers:,} readers, {BURST} at once"
    medians = {name: report.add(case, name, found) for name, found in samples.items()}
    wanted = {1_000: 6.0, 10_000: 10.0}.get(readers)
    if wanted and "nginx + nchan" in medians:
        speed = ratio(medians["Tocsin"], medians["nginx + nchan"], "deliveries/s")
        report.at_least(f"{case}, deliveries/s against nginx + nchan", wanted, speed, "x")
