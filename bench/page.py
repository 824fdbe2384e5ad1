"""The status page: requests a second for the whole page, and for a copy that is still fresh."""

from bench.load.driver import Load
from bench.peers.tocsin import Service, post_request, serving, target
from bench.report import Figures, Report, Samples
from bench.scale import Scale
from bench.target import request

NAME = "page"

_COMPONENTS = 20
_CONNECTIONS = 16


def run(scale: Scale) -> Report:
    """A page with 20 components, as a browser without a copy asks for it."""
    report = Report(NAME, scale.runs)
    samples: Samples = {}
    for _ in range(scale.runs):
        with serving() as service, Load(target(service)) as load:
            for number in range(_COMPONENTS):
                _create_component(load, number)
            samples.setdefault("GET /", []).append(_figures(service, load, scale.seconds))
    for case, found in samples.items():
        report.add(case, "Tocsin", found)
    return report


def _create_component(load: Load, number: int) -> None:
    body = post_request("/api/v1/components", {"name": f"Component {number}"})
    load.flood(1, requests=1, request=body)


def _figures(service: Service, load: Load, seconds: float) -> Figures:
    seen = load.flood(_CONNECTIONS, seconds=seconds, request=request("GET", "/", {}))
    return {
        "requests/s": seen.answered / seen.seconds,
        "answer p50 ms": seen.answer.p50,
        "answer p99 ms": seen.answer.p99,
        "server core %": 100 * seen.server_share,
        "client core %": 100 * seen.client_share,
    }
