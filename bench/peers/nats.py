"""A NATS server for Tocsin to read from; it has the load client's core."""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, Popen

from bench import machine
from bench.target import START_LIMIT_S

_PROGRAM = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")


def missing() -> str | None:
    """Why there is none here, or None."""
    return None if _PROGRAM else "nats-server is not installed"


@contextmanager
def nats_server() -> Iterator[str]:
    """The URL of a server in memory, without JetStream."""
    assert _PROGRAM is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = machine.pinned(machine.LOAD_CORE, [_PROGRAM, "-a", "127.0.0.1", "-p", str(port)])
    with Popen(argv, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"nats://127.0.0.1:{port}"
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_LIMIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
