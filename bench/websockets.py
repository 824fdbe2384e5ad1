"""WebSocket: subscribers and how fast they are told, those who never sign in, and slow ones."""

import time
from dataclasses import dataclass, field, replace

from bench import machine
from bench.load.driver import Load, Pattern
from bench.peers.installed import Server, installed, missing
from bench.peers.notices import FOLLOWER, STRANGER, nchan_websocket, notices, tocsin_notices
from bench.peers.tocsin import serving
from bench.report import Figures, Report, Samples, ratio
from bench.scale import Scale
from bench.target import Target

NAME = "websockets"

_WARM_UP = 50
_SETTLE_S = 1.0

_BURST = 50
_BURSTS = 3
_GAP_MS = 300

_STRANGERS = 1_000
_GENERATIONS = 3
# When the server has stopped waiting for those it has closed to close as well.
_CUT_OFF_S = 6
_SIGN_IN_S = 30

_READING = 100
_PAD = 20_000
_PER_SECOND = 100
# 8 MB past who does not read: twice what the system takes for it. Short enough for a slow one to
# read its close frame, before it is cut off 5 s after that was sent.
_SECONDS = 4


@dataclass(frozen=True)
class _Found:
    """What the subscribers of each server saw."""

    opened: Samples = field(default_factory=dict)
    singles: Samples = field(default_factory=dict)
    bursts: Samples = field(default_factory=dict)


def run(scale: Scale) -> Report:
    """Tocsin and nchan in turn in every run; then what only Tocsin promises."""
    report = Report(NAME, scale.runs, notes=missing(nchan_websocket))
    servers: list[Server] = [tocsin_notices, *installed(nchan_websocket)]
    readers = scale.many // 2
    found = _Found()
    for _ in range(scale.runs):
        for server in servers:
            _subscribers(server, readers, scale.singles, found)
    case = f"{readers:,} subscribers"
    _judge_opened(report, case, found.opened)
    _add(report, f"{case}, single notices", found.singles)
    _judge_bursts(report, f"{case}, {_BURST} at once", found.bursts)
    _judge_strangers(report, [_strangers()])
    _judge_slow(report, [_slow() for _ in range(scale.runs)])
    return report


def _subscribers(server: Server, readers: int, count: int, found: _Found) -> None:
    with server() as target, Load(target) as load:
        opened = _open(load, target, readers)
        load.single(2, _GAP_MS)
        single = _single_figures(load.single(count, _GAP_MS))
        load.burst(_BURST)
        bursts = [_burst_figures(load.burst(_BURST)) for _ in range(_BURSTS)]
    found.opened.setdefault(target.name, []).append(opened)
    found.singles.setdefault(target.name, []).append(single)
    found.bursts.setdefault(target.name, []).extend(bursts)


def _open(load: Load, target: Target, readers: int) -> Figures:
    # What the first connection ever costs (imports, caches) is not the cost of a connection.
    load.open(_WARM_UP)
    time.sleep(_SETTLE_S)
    before = machine.rss(target.pids)
    seen = load.open(readers)
    time.sleep(_SETTLE_S)
    return {
        "accepted/s": readers / seen.seconds,
        "KB each": (machine.rss(target.pids) - before) / readers / 1024,
        "server core %": 100 * seen.server_cpu / seen.seconds,
        "client core %": 100 * seen.client_cpu / seen.seconds,
    }


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


def _strangers() -> Figures:
    """Those who never sign in, in generations: what the first ones leave behind is memory that
    Python keeps for the next ones."""
    with serving() as service:
        target = replace(notices(service), stream=STRANGER)
        generations = []
        for _ in range(_GENERATIONS):
            with Load(target) as load:
                generations.append(_generation(load, target))
    return {**generations[-1], "KB each": generations[0]["KB each"]}


def _generation(load: Load, target: Target) -> Figures:
    before, began = machine.rss(target.pids), time.monotonic()
    seen = load.open(_STRANGERS)
    time.sleep(_SETTLE_S)
    held = machine.rss(target.pids) - before
    gone = load.watch(2 * _SIGN_IN_S)
    took = time.monotonic() - began
    if gone.close_status != 1008:
        raise RuntimeError(f"who has not signed in was not told so: {gone}")
    time.sleep(_CUT_OFF_S)
    left = machine.rss(target.pids) - before
    used = machine.cpu_seconds(target.pids)
    time.sleep(_SETTLE_S)
    used = machine.cpu_seconds(target.pids) - used
    return {
        "accepted/s": _STRANGERS / seen.seconds,
        "KB each": held / _STRANGERS / 1024,
        "gone": gone.ended,
        "last gone after s": took,
        "KB each, left behind": left / _STRANGERS / 1024,
        "server core % after": 100 * used / _SETTLE_S,
    }


def _slow() -> Figures:
    """One that watches and one that follows, neither of which reads, beside those who do."""
    with serving() as service:
        target = notices(service, _PAD)
        follower = replace(target, stream=FOLLOWER)
        with Load(target) as reading, Load(target) as watching, Load(follower) as following:
            reading.open(_READING)
            reading.rate(_PER_SECOND, 1)
            alone, alone_grown = _told(reading, service.process.pid)
            watching.stall(1)
            following.stall(1)
            beside, beside_grown = _told(reading, service.process.pid)
            closed = watching.wake(beside.published)
            caught_up = following.wake(beside.published)
    if closed.close_status != 1013:
        raise RuntimeError(f"who was too slow was not told so: {closed}")
    return {
        "p99 ms, alone": alone.reader.p99,
        "p99 ms, beside slow ones": beside.reader.p99,
        "grown KiB, alone": alone_grown / 1024,
        "grown KiB, beside slow ones": beside_grown / 1024,
        "caught up with": caught_up.arrived / beside.published,
        "caught up in s": caught_up.seconds,
    }


def _told(load: Load, pid: int) -> tuple[Pattern, int]:
    """How fast they were told, and by how much memory grew at most meanwhile."""
    before = machine.rss([pid])
    machine.forget_peak(pid)
    seen = load.rate(_PER_SECOND, _SECONDS)
    return seen, machine.peak_rss(pid) - before


def _add(report: Report, case: str, samples: Samples) -> dict[str, Figures]:
    return {name: report.add(case, name, found) for name, found in samples.items()}


def _judge_opened(report: Report, case: str, samples: Samples) -> None:
    ours = _add(report, case, samples)["Tocsin"]
    report.notes.append(
        "Accepted by Tocsin is who has signed in and subscribed, by nchan who came."
    )
    report.at_most(f"memory of each of {case}", 3.5, ours["KB each"], " KB")


def _judge_bursts(report: Report, case: str, samples: Samples) -> None:
    medians = _add(report, case, samples)
    if "nginx + nchan" in medians:
        speed = ratio(medians["Tocsin"], medians["nginx + nchan"], "deliveries/s")
        report.at_least(f"{case}, deliveries/s against nginx + nchan", 1, speed, "x")


def _judge_strangers(report: Report, samples: list[Figures]) -> None:
    seen = report.add(f"{_STRANGERS:,} who never sign in", "Tocsin", samples)
    report.at_least("closed for not signing in", _STRANGERS, seen["gone"])
    report.at_most("the last one after", _SIGN_IN_S + 2, seen["last gone after s"], " s")
    report.at_most("memory left behind by each", 0.5, seen["KB each, left behind"], " KB")


def _judge_slow(report: Report, samples: list[Figures]) -> None:
    seen = report.add(f"two slow beside {_READING}, {_PER_SECOND}/s of 20 KB", "Tocsin", samples)
    p99 = seen["p99 ms, beside slow ones"] / seen["p99 ms, alone"]
    grown = seen["grown KiB, beside slow ones"]
    report.at_most("memory grown beside two slow ones", 2 * 512, grown, " KiB")
    report.at_most("p99 beside slow ones", 1.25, p99, "x")
    report.at_least("a slow follower catches up with", 1, seen["caught up with"])
