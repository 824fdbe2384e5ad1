"""Durable publishing: events acknowledged per second, each answered once it is on disk."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from bench.load.driver import Load, Pattern
from bench.peers.floor import floor
from bench.peers.nchan import missing as no_nchan
from bench.peers.nchan import nchan
from bench.peers.tocsin import migrate, publish_request, serving, target
from bench.postgres import missing as no_postgres
from bench.postgres import postgres
from bench.report import Figures, Report
from bench.scale import Scale
from bench.target import Target

NAME = "publish"

_ARRAY = 1_000
_ARRAY_CONNECTIONS = 4
_CONNECTIONS = (32, 128)
_SQLITE = "Tocsin, SQLite"
_POSTGRES = "Tocsin, PostgreSQL"

# (case, server) -> a sample a run
Samples = dict[tuple[str, str], list[Figures]]


def run(scale: Scale) -> Report:
    """Single requests and arrays; nchan and the C loop keep nothing on disk and show the client."""
    report = Report(NAME, scale.runs)
    samples: Samples = {}
    for _ in range(scale.runs):
        _durable(_SQLITE, {}, scale.seconds, samples)
        _memory(floor(), "C loop (no disk)", scale.seconds, samples)
        if no_nchan() is None:
            _memory(nchan(), "nginx + nchan (no disk)", scale.seconds, samples)
        if no_postgres() is None:
            with postgres() as url:
                settings = {"TOCSIN_STORE__URL": url}
                migrate(settings)
                _durable(_POSTGRES, settings, scale.seconds, samples)
    report.notes += [f"Not measured: {why}." for why in (no_nchan(), no_postgres()) if why]
    _judge(report, samples)
    return report


def _durable(name: str, settings: Mapping[str, str], seconds: float, samples: Samples) -> None:
    with serving(settings=settings) as service, Load(target(service)) as load:
        load.flood(_CONNECTIONS[0], seconds=0.5)
        for connections in _CONNECTIONS:
            _add(samples, _single_case(connections), name, load.flood(connections, seconds=seconds))
        array = publish_request(_ARRAY)
        seen = load.flood(_ARRAY_CONNECTIONS, seconds=seconds, request=array)
        _add(samples, _array_case(), name, seen)


def _memory(
    server: AbstractContextManager[Target], name: str, seconds: float, samples: Samples
) -> None:
    with server as peer, Load(peer) as load:
        for connections in _CONNECTIONS:
            _add(samples, _single_case(connections), name, load.flood(connections, seconds=seconds))


def _single_case(connections: int) -> str:
    return f"single events, {connections} connections"


def _array_case() -> str:
    return f"arrays of {_ARRAY:,}, {_ARRAY_CONNECTIONS} connections"


def _add(samples: Samples, case: str, server: str, seen: Pattern) -> None:
    figures = {
        "events/s": seen.published / seen.seconds,
        "answer p50 ms": seen.answer.p50,
        "answer p99 ms": seen.answer.p99,
        "server core %": 100 * seen.server_share,
        "client core %": 100 * seen.client_share,
    }
    samples.setdefault((case, server), []).append(figures)


def _judge(report: Report, samples: Samples) -> None:
    medians = {key: report.add(*key, found) for key, found in sorted(samples.items())}
    for server, wanted in ((_SQLITE, 6_000), (_POSTGRES, 4_000)):
        for case in map(_single_case, _CONNECTIONS):
            if (case, server) in medians:
                rate = medians[case, server]["events/s"]
                report.at_least(f"{server}, {case}", wanted, rate, "/s")
    arrays = medians[_array_case(), _SQLITE]["events/s"]
    report.at_least(f"{_SQLITE}, {_array_case()}", 60_000, arrays, "/s")
