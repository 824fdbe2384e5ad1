"""The status page: requests a second for the whole page, for a copy that is still fresh, and for a
static file of the same server, which is as cheap as an answer can be."""

import re
import urllib.request

from bench.load.driver import Load
from bench.peers.tocsin import Service, post_request, serving, target
from bench.report import Figures, Report, Samples, ratio
from bench.scale import Scale
from bench.target import request

NAME = "page"

_COMPONENTS = 50
_CONNECTIONS = 16


def run(scale: Scale) -> Report:
    """A page with 50 components, asked for as by a browser without a copy and by one with it."""
    report = Report(NAME, scale.runs)
    samples: Samples = {}
    for _ in range(scale.runs):
        with serving() as service, Load(target(service)) as load:
            for number in range(_COMPONENTS):
                _create_component(load, number)
            for case, asked in _cases(service).items():
                samples.setdefault(case, []).append(_figures(load, asked, scale.seconds))
    medians = {case: report.add(case, "Tocsin", found) for case, found in samples.items()}
    page, static = medians["GET /"], medians["GET a static file"]
    report.at_least("status page of 50 components, requests/s", 1_500, page["requests/s"])
    report.at_least("of a static file's", 0.5, ratio(page, static, "requests/s"), "x")
    return report


def _cases(service: Service) -> dict[str, bytes]:
    """The requests, by what they are called."""
    packed = {"Accept-Encoding": "gzip"}
    with urllib.request.urlopen(service.url) as answer:
        fresh, html = {"If-None-Match": answer.headers["ETag"]}, answer.read().decode()
    style = re.search(r"/static/\w+/page\.css", html)
    assert style is not None
    return {
        "GET /": request("GET", "/", packed),
        "GET / with a fresh copy": request("GET", "/", packed | fresh),
        "GET a static file": request("GET", style[0], packed),
    }


def _create_component(load: Load, number: int) -> None:
    body = post_request("/api/v1/components", {"name": f"Component {number}"})
    load.flood(1, requests=1, request=body)


def _figures(load: Load, asked: bytes, seconds: float) -> Figures:
    seen = load.flood(_CONNECTIONS, seconds=seconds, request=asked)
    return {
        "requests/s": seen.answered / seen.seconds,
        "answer p50 ms": seen.answer.p50,
        "answer p99 ms": seen.answer.p99,
        "server core %": 100 * seen.server_share,
        "client core %": 100 * seen.client_share,
    }
