"""Stopping under many open streams: each is ended in order, and the exit comes in time."""

import signal
import time

from bench.load.driver import Load
from bench.peers.tocsin import serving, target
from bench.report import Figures, Report
from bench.scale import Scale

NAME = "drain"

_DRAIN_S = 5.0


def run(scale: Scale) -> Report:
    """The default drain time; how the ends are spread shows in when the half of them has come."""
    report = Report(NAME, scale.runs)
    samples = [_sample(scale.many) for _ in range(scale.runs)]
    case = f"SIGTERM with {scale.many:,} streams"
    figures = report.add(case, "Tocsin", samples)
    report.at_most(f"{case}, exit", _DRAIN_S, figures["exit after s"], " s")
    report.at_least(f"{case}, streams ended in order", scale.many, figures["ended in order"])
    report.at_most(f"{case}, exit status", 0, figures["exit status"])
    return report


def _sample(readers: int) -> Figures:
    settings = {"TOCSIN_PUSH__DRAIN_S": f"{_DRAIN_S:g}"}
    with serving(settings=settings) as service, Load(target(service)) as load:
        load.open(readers)
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        half = load.watch(_DRAIN_S / 2)
        seen = load.watch(_DRAIN_S * 2)
        closed = time.monotonic() - began
        status = service.process.wait(30)
        return {
            "ended by half time": half.ended,
            "ended in order": seen.ended,
            "last ended after s": closed,
            "exit after s": time.monotonic() - began,
            "exit status": abs(status),
        }
