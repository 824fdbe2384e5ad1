"""sse-starlette on uvicorn with uvloop: how an event stream is commonly served from Python."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import machine
from bench.build import HERE
from bench.peers.payload import CLOUD_EVENT
from bench.target import PORT, Target, request, running


def missing() -> str | None:
    """Why sse-starlette cannot be measured here, or None."""
    if importlib.util.find_spec("sse_starlette"):
        return None
    return "sse-starlette is not installed"


@contextmanager
def sse_starlette() -> Iterator[Target]:
    """uvicorn in one process, with one queue and one generator a reader."""
    host = machine.fresh_address()
    uvicorn = [sys.executable, "-m", "uvicorn", "bench.peers.sse_starlette_app:app"]
    options = ["--host", host, "--port", str(PORT), "--loop", "uvloop", "--log-level", "error"]
    with running([*uvicorn, *options, "--app-dir", str(HERE.parent)], host) as pid:
        yield Target(
            name="sse-starlette",
            host=host,
            port=PORT,
            pid=pid,
            stream=request("GET", "/stream", {"Accept": "text/event-stream"}),
            publish=request("POST", "/publish", {"Content-Type": "application/json"}, CLOUD_EVENT),
        )
