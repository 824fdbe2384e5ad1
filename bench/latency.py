"""Latency at a steady rate: from when an event was due to when reader or publisher knows."""

import time
from dataclasses import dataclass

from bench.load.driver import Load, Pattern
from bench.peers.floor import floor
from bench.peers.installed import Server, installed, missing
from bench.peers.nchan import nchan
from bench.peers.tocsin import tocsin
from bench.report import Figures, Report, Samples
from bench.scale import Scale

NAME = "latency"

_SETTLE_S = 0.5


@dataclass(frozen=True)
class _Case:
    readers: int
    per_second: int
    figure: str
    bar_ms: float
    servers: tuple[Server, ...]

    @property
    def name(self) -> str:
        return f"{self.per_second}/s, {self.readers:,} readers"


def run(scale: Scale) -> Report:
    """An open loop: an event is sent when it is due, whatever the answers do."""
    report = Report(NAME, scale.runs, notes=missing(nchan))
    cases = (
        _Case(100, 500, "reader p99 ms", 5, (tocsin, floor, *installed(nchan))),
        # 2,000,000 deliveries a second: no server that writes each by itself can do it.
        _Case(scale.many, 200, "publish p99 ms", 20, (tocsin,)),
    )
    for case in cases:
        _measure(report, case, scale)
    return report


def _measure(report: Report, case: _Case, scale: Scale) -> None:
    samples: Samples = {}
    for _ in range(scale.runs):
        for server in case.servers:
            with server() as target, Load(target) as load:
                load.open(case.readers)
                time.sleep(_SETTLE_S)
                load.rate(case.per_second, 1)
                seen = load.rate(case.per_second, 2 * scale.seconds)
                samples.setdefault(target.name, []).append(_figures(seen))
    medians = {name: report.add(case.name, name, found) for name, found in samples.items()}
    report.at_most(
        f"{case.name}, {case.figure[:-3]}", case.bar_ms, medians["Tocsin"][case.figure], " ms"
    )


def _figures(seen: Pattern) -> Figures:
    return {
        "publish p50 ms": seen.answer.p50,
        "publish p99 ms": seen.answer.p99,
        "reader p50 ms": seen.reader.p50,
        "reader p99 ms": seen.reader.p99,
        "server core %": 100 * seen.server_share,
        "client core %": 100 * seen.client_share,
    }
