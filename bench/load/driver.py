"""Drives the load client: one method a command (see main.c), each answer as a typed value."""

import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from bench import machine
from bench.build import HERE, program
from bench.target import Target


class Spread(msgspec.Struct, frozen=True):
    """How a time is spread, in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    max: float


class Streams(msgspec.Struct, frozen=True, kw_only=True):
    """How opening or reading streams went; `arrived` counts events since the last reset.

    `close_status` is that of the last close frame on a WebSocket connection, 0 without one.
    """

    seconds: float
    client_cpu: float
    server_cpu: float = 0.0
    bytes: int
    open: int
    stalled: int
    refused: int
    ended: int
    broken: int
    close_status: int
    arrived: int


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """How publishing went; `wrong` counts the readers that did not get every event once."""

    seconds: float
    busy: float
    client_cpu: float
    server_cpu: float = 0.0
    bytes: int
    published: int
    answered: int
    failed: int
    arrived: int
    readers: int
    wrong: int
    answer: Spread
    reader: Spread
    last_reader: Spread

    @property
    def client_share(self) -> float:
        """The part of its core the load client used while there was work under way."""
        return self.client_cpu / self.busy

    @property
    def server_share(self) -> float:
        """The same of the server: the one that reaches 1 is what limits the figure."""
        return self.server_cpu / self.busy


Answer = TypeVar("Answer", Streams, Pattern)


class Load:
    """A running load client with its open streams. A context manager: leaving closes them all."""

    def __init__(self, target: Target) -> None:
        sources = sorted((HERE / "load").glob("*.c"))
        argv = [str(program("load", sources)), target.host, str(target.port)]
        self._target = target
        self._files = tempfile.TemporaryDirectory(prefix="bench-")
        self._process = subprocess.Popen(
            machine.pinned(machine.LOAD_CORE, argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def open(self, count: int) -> Streams:
        """Opens `count` more readers; returns when every one has been answered."""
        return self._streams("open", self._target.stream, count)

    def stall(self, count: int) -> Streams:
        """Opens `count` readers that stop reading once they were answered."""
        return self._streams("stall", self._target.stream, count)

    def wake(self, events: int) -> Streams:
        """Lets the stalled ones read until each has got so many events."""
        return self._streams("wake", None, events)

    def collect(self, stream: bytes, events: int) -> Streams:
        """Opens one reader with this request and reads until it has so many events."""
        return self._streams("collect", stream, events)

    def watch(self, seconds: float) -> Streams:
        """Reads until the server has closed every stream, at most so long."""
        return self._streams("watch", None, seconds)

    def single(self, count: int, gap_ms: float) -> Pattern:
        """Publishes one event at a time: all have read it, `gap_ms` pass, then the next."""
        return self._pattern("single", self._target.publish, count, gap_ms)

    def burst(self, count: int) -> Pattern:
        """Publishes `count` events in the same moment, each on its own connection."""
        return self._pattern("burst", self._target.publish, count)

    def rate(self, per_second: int, seconds: float) -> Pattern:
        """Publishes on time whatever the answers do; times count from when an event was due."""
        return self._pattern("rate", self._target.publish, per_second, seconds)

    def flood(
        self,
        connections: int,
        *,
        seconds: float = 1e6,
        requests: float = 1e9,
        request: bytes | None = None,
    ) -> Pattern:
        """Sends as fast as the answers come, for a time or a number of requests."""
        sent = request or self._target.publish
        return self._pattern("flood", sent, connections, seconds, requests)

    def _streams(self, command: str, request: bytes | None, *numbers: float) -> Streams:
        answer = self._ask(Streams, command, request, numbers)
        if answer.refused or answer.broken:
            raise RuntimeError(f"{self._target.name} refused or broke streams: {answer}")
        return answer

    def _pattern(self, command: str, request: bytes, *numbers: float) -> Pattern:
        answer = self._ask(Pattern, command, request, numbers)
        if answer.failed or answer.wrong:
            raise RuntimeError(f"{self._target.name} lost, repeated or refused events: {answer}")
        return answer

    def _ask(
        self, kind: type[Answer], command: str, request: bytes | None, numbers: tuple[float, ...]
    ) -> Answer:
        words = [command, self._file(command, request), *(f"{number:.3f}" for number in numbers)]
        before = machine.cpu_seconds(self._target.pids)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the load client died in `{command}` against {self._target.name}")
        used = machine.cpu_seconds(self._target.pids) - before
        return msgspec.structs.replace(msgspec.json.decode(line, type=kind), server_cpu=used)

    def _file(self, command: str, request: bytes | None) -> str:
        if request is None:
            return "-"
        file = Path(self._files.name) / command
        file.write_bytes(request)
        return str(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._files.cleanup()
