"""What the load client is pointed at: a running server and the requests it understands."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from bench import machine

PORT = 7099
START_LIMIT_S = 30

# The mark by which the load client knows an event again (load/marks.h), in ~150 bytes of data.
MARKED_DATA = '{"mark":"~00000000","pad":"' + "x" * 100 + '"}'


@dataclass(frozen=True)
class Target:
    """A server under load. `stream` opens a reader, `publish` publishes one marked event."""

    name: str
    host: str
    port: int
    pid: int
    stream: bytes
    publish: bytes

    @property
    def pids(self) -> tuple[int, ...]:
        """All its processes: what they use together is what the server uses."""
        return machine.family(self.pid)


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A whole HTTP request as it goes over the wire."""
    fields = {"Host": "bench", **headers}
    if body:
        fields["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


@contextmanager
def running(argv: list[str], host: str, *, stderr: IO[bytes] | int | None = None) -> Iterator[int]:
    """The pid of this server, pinned to its core and accepting connections; stopped afterwards."""
    with subprocess.Popen(machine.pinned(machine.SERVER_CORE, argv), stderr=stderr) as process:
        try:
            _wait_until_it_listens(process, host)
            yield process.pid
        finally:
            process.terminate()


def _wait_until_it_listens(process: subprocess.Popen[bytes], host: str) -> None:
    until = time.monotonic() + START_LIMIT_S
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as attempt:
            if attempt.connect_ex((host, PORT)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} does not listen on {host}:{PORT}")
