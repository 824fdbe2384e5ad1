"""Slow clients: what is held for readers that do not read, and whether others notice."""

import time

from bench import machine
from bench.load.driver import Load
from bench.peers.tocsin import publish_request, serving, target
from bench.report import Figures, Report
from bench.scale import Scale

NAME = "slow"

_SLOW = 50
_FAST = 10
_EVENTS = 4_000
_CONNECTIONS = 4
_SETTLE_S = 1.0
_DATA = '{"mark":"~00000000","pad":"' + "x" * 2_000 + '"}'


def run(scale: Scale) -> Report:
    """8 MB of events past 10 readers that read and 50 that do not, which then read all of it."""
    report = Report(NAME, scale.runs)
    samples = [_sample() for _ in range(scale.runs)]
    case = f"{_SLOW} slow of {_SLOW + _FAST} readers, {_EVENTS:,} events of 2 KB"
    figures = report.add(case, "Tocsin", samples)
    report.at_most("held for a slow client", 512, figures["KiB held each"], " KiB")
    report.at_least("events a slow client gets in the end", _EVENTS, figures["caught up"])
    return report


def _sample() -> Figures:
    with serving() as service, Load(target(service)) as load:
        pids = (service.process.pid,)
        request = publish_request(1, _DATA)
        load.open(_FAST)
        alone = load.flood(_CONNECTIONS, requests=_EVENTS, request=request)
        load.stall(_SLOW)
        time.sleep(_SETTLE_S)
        before = machine.rss(pids)
        beside = load.flood(_CONNECTIONS, requests=_EVENTS, request=request)
        time.sleep(_SETTLE_S)
        held = machine.rss(pids) - before
        woken = load.wake(_EVENTS)
    return {
        "KiB held each": held / _SLOW / 1024,
        "fast p99 ms, alone": alone.reader.p99,
        "fast p99 ms, beside them": beside.reader.p99,
        "caught up": woken.arrived / _SLOW,
        "caught up in s": woken.seconds,
    }
