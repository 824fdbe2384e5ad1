"""Tocsin itself: a real `tocsin serve` process on a data folder, with its ready line read."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.target import MARKED_DATA, START_LIMIT_S, Target, request

TOKEN = "bench-admin-token-0123456789abcdef"
TOPIC = "bench/fan"

_SETTINGS = {
    "TOCSIN_ADMIN_TOKEN": TOKEN,
    # All readers come from one address here.
    "TOCSIN_PUSH__MAX_CONNECTIONS_PER_ADDRESS": "0",
    "TOCSIN_LOG__LEVEL": "warning",
}


_TOCSIN = str(Path(sys.executable).with_name("tocsin"))

# In the data folder: what the server has to say, for whoever looks into a failure.
_STDERR = "stderr.log"


@dataclass(frozen=True)
class Service:
    """A ready server. `started_s` is the time from its exec to its ready line."""

    process: subprocess.Popen[str]
    host: str
    port: int
    started_s: float

    @property
    def url(self) -> str:
        """The base of its URLs."""
        return f"http://{self.host}:{self.port}"


def launch(
    data: Path,
    *,
    host: str,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
    core: int | None = machine.SERVER_CORE,
) -> subprocess.Popen[str]:
    """Starts `tocsin serve`, on one core unless that is None, and does not wait for it."""
    argv = [_TOCSIN, "serve", "--host", host, "--port", str(port), "--data", str(data)]
    with (data / _STDERR).open("ab") as stderr:
        return subprocess.Popen(
            argv if core is None else machine.pinned(core, argv),
            env=_environment(settings),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )


def migrate(settings: Mapping[str, str]) -> None:
    """Prepares an empty database; SQLite's is prepared by the start itself."""
    subprocess.run([_TOCSIN, "migrate"], env=_environment(settings), check=True)


def _environment(settings: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **_SETTINGS, **(settings or {})}


def ready(process: subprocess.Popen[str], began: float | None = None) -> Service:
    """Waits for the ready line. Raises RuntimeError when it ends, or is not ready in time."""
    began = time.monotonic() if began is None else began
    line = _ready_line(process)
    if not line:
        process.kill()
        raise RuntimeError("tocsin serve did not become ready")
    host, _, port = line.split()[-1].removeprefix("http://").rpartition(":")
    return Service(process, host, int(port), time.monotonic() - began)


def _ready_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    limit = threading.Timer(START_LIMIT_S, process.kill)
    limit.start()
    try:
        return next((line for line in process.stdout if line.startswith("tocsin ready")), "")
    finally:
        limit.cancel()


def stop(service: Service, seconds: float = 30) -> int:
    """Asks it to stop and waits; its exit status. Raises TimeoutExpired when it hangs."""
    service.process.terminate()
    try:
        return service.process.wait(seconds)
    except subprocess.TimeoutExpired:
        service.process.kill()
        raise


def target(service: Service) -> Target:
    """The event API as the load client sees it: one exact topic, every event to every reader."""
    return Target(
        name="Tocsin",
        host=service.host,
        port=service.port,
        pid=service.process.pid,
        stream=stream_request(f"topic={TOPIC}"),
        publish=publish_request(1),
    )


def stream_request(query: str, path: str = "/api/v1/events") -> bytes:
    """A reader of the event API, or of another stream."""
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {TOKEN}"}
    return request("GET", f"{path}?{query}" if query else path, headers)


def publish_request(count: int, data: str = MARKED_DATA) -> bytes:
    """One event, or an array of `count`."""
    event = f'{{"type":"bench.tick","topic":"{TOPIC}","data":{data}}}'
    body = event if count == 1 else "[" + ",".join([event] * count) + "]"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    return request("POST", "/api/v1/events", headers, body.encode())


def post_request(path: str, value: object) -> bytes:
    """Any other change, as JSON."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    return request("POST", path, headers, json.dumps(value).encode())


@contextmanager
def serving(
    data: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """A server on this data folder, or on a temporary one, at an address of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-tocsin-") as folder:
        began = time.monotonic()
        process = launch(data or Path(folder), host=machine.fresh_address(), settings=settings)
        service = ready(process, began)
        try:
            yield service
        finally:
            service.process.kill()
            service.process.wait()


@contextmanager
def tocsin() -> Iterator[Target]:
    """A fresh Tocsin under the load client."""
    with serving() as service:
        yield target(service)
