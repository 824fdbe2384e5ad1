"""Replay: the whole of a long log read by one client, and what that costs in memory."""

from bench import machine
from bench.load.driver import Load
from bench.long_log import long_log
from bench.peers.tocsin import TOPIC, serving, stream_request, target
from bench.report import Figures, Report
from bench.scale import Scale

NAME = "replay"

# "Constant memory": what it may grow by while a million events pass through.
_GROWTH_MB = 16


def run(scale: Scale) -> Report:
    """Every event (`topic=>`), and one exact topic that all of them have."""
    report = Report(NAME, scale.runs)
    for case, query in (("every topic", "topic=%3E"), ("one exact topic", f"topic={TOPIC}")):
        samples = [_sample(scale.events, query) for _ in range(scale.runs)]
        figures = report.add(f"{scale.events:,} events, {case}", "Tocsin", samples)
        report.at_least(f"replay, {case}", 120_000, figures["events/s"], "/s")
        report.at_most(f"memory grown by a replay, {case}", _GROWTH_MB, figures["grown MB"], " MB")
    return report


def _sample(events: int, query: str) -> Figures:
    with serving(long_log(events)) as service, Load(target(service)) as load:
        pid = service.process.pid
        load.collect(stream_request(f"{query}&since=earliest"), 1_000)
        machine.forget_peak(pid)
        before = machine.rss([pid])
        seen = load.collect(stream_request(f"{query}&since=earliest"), events)
        grown = machine.peak_rss(pid) - before
    if seen.arrived < events:
        raise RuntimeError(f"{seen.arrived} of {events} events were replayed")
    return {
        "events/s": seen.arrived / seen.seconds,
        "MB/s": seen.bytes / seen.seconds / 2**20,
        "grown MB": grown / 2**20,
        "server core %": 100 * seen.server_cpu / seen.seconds,
        "client core %": 100 * seen.client_cpu / seen.seconds,
    }
