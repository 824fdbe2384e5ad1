"""Tocsin as its users run it: a process of its own, on a free port, that can be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from tests.waiting import SCALE

TOKEN = "the-admin-token"


class Process:
    """`tocsin serve` on a data folder; `url` stays the same over restarts. `module` and its
    arguments are what to run instead of `tocsin`."""

    def __init__(
        self, folder: Path, *, module: Sequence[str] = ("tocsin",), **environment: str
    ) -> None:
        self._folder = folder
        self._module = module
        self._environment = {**os.environ, "TOCSIN_ADMIN_TOKEN": TOKEN, **environment}
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self.kill()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return once it answers."""
        arguments = ["serve", "--port", self._port, "--data", str(self._folder / "data")]
        with (self._folder / "stderr").open("ab") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._module, *arguments],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("tocsin ready http://"), self.said()
        self.url = line.removeprefix("tocsin ready ").strip()
        self._port = self.url.rpartition(":")[2]

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As `systemctl stop` does; the exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, with_signal: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(with_signal)
        self._process.communicate(timeout=30 * SCALE)
        status, self._process = self._process.returncode, None
        return status

    def said(self) -> str:
        """What it wrote to stderr so far."""
        return (self._folder / "stderr").read_text()

    def client(self) -> httpx.Client:
        """A client that may do everything."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30 * SCALE)

    def publish(self, *events: dict[str, object]) -> list[str]:
        """Publish events; the first and last of their positions."""
        with self.client() as api:
            answer = api.post("/api/v1/events", json=events)
        assert answer.status_code == 202, answer.text
        positions: list[str] = answer.json()["positions"]
        return positions
