"""The status page: requests a second for the whole page, and for a copy that is still fresh."""

import urllib.request

from bench.load.driver import Load
from bench.peers.tocsin import Service, post_request, serving, target
from bench.report import Figures, Report, Samples
from bench.scale import Scale
from bench.target import request

NAME = "page"

_COMPONENTS = 20
_CONNECTIONS = 16


def run(scale: Scale) -> Report:
    """A page with 20 components, asked for as by a browser without a copy and by one with it."""
    report = Report(NAME, scale.runs)
    samples: Samples = {}
    for _ in range(scale.runs):
        with serving() as service, Load(target(service)) as load:
            for number in range(_COMPONENTS):
                _create_component(load, number)
            for case, headers in (("GET /", {}), ("GET / with a fresh copy", _fresh_copy(service))):
                samples.setdefault(case, []).append(_figures(load, headers, scale.seconds))
    for case, found in samples.items():
        report.add(case, "Tocsin", found)
    return report


def _fresh_copy(service: Service) -> dict[str, str]:
    with urllib.request.urlopen(service.url) as answer:
        return {"If-None-Match": answer.headers["ETag"]}


def _create_component(load: Load, number: int) -> None:
    body = post_request("/api/v1/components", {"name": f"Component {number}"})
    load.flood(1, requests=1, request=body)


def _figures(load: Load, headers: dict[str, str], seconds: float) -> Figures:
    page = request("GET", "/", headers)
    seen = load.flood(_CONNECTIONS, seconds=seconds, request=page)
    return {
        "requests/s": seen.answered / seen.seconds,
        "answer p50 ms": seen.answer.p50,
        "answer p99 ms": seen.answer.p99,
        "server core %": 100 * seen.server_share,
        "client core %": 100 * seen.client_share,
    }
