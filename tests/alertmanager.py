"""A Prometheus Alertmanager of the tests' own, as Debian packages it."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.waiting import SCALE, eventually

_LISTENS = re.compile(r'msg="Listening on" address=(\S+)')


class Alertmanager:
    """An Alertmanager that can be ended and started again, with what it kept: its notification
    log, but no alerts, which are sent to it again and again."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self, config: str) -> None:
        """Return once it takes alerts, at `url`, which is another after each start."""
        (self._folder / "config.yml").write_text(config)
        self._starts += 1
        log = self._folder / f"log.{self._starts}"
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                [
                    *(self._program, f"--config.file={self._folder / 'config.yml'}"),
                    *(f"--storage.path={self._folder / 'data'}", "--cluster.listen-address="),
                    "--web.listen-address=127.0.0.1:0",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        eventually(lambda: self._process_listens(log), within=30)

    def stop(self) -> None:
        """As `systemctl stop` does: what it has told is written down."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut does: it does not know what it has told."""
        self._end(signal.SIGKILL)

    def push(self, *alerts: dict[str, object]) -> None:
        """Send alerts to it, as Prometheus does."""
        answer = httpx.post(f"{self.url}/api/v2/alerts", json=alerts, timeout=10 * SCALE)
        assert answer.status_code == 200, answer.text

    def _process_listens(self, log: Path) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, log.read_text()
        found = _LISTENS.search(log.read_text())
        if found is None:
            return False
        self.url = f"http://{found[1]}"
        return httpx.get(f"{self.url}/-/ready").status_code == 200

    def _end(self, with_signal: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.wait(timeout=30 * SCALE)
            self._process = None


def program(name: str) -> str:
    """Where a program of the package prometheus-alertmanager is.

    Skips the test where it is not installed, unless TOCSIN_REQUIRE_SERVICES=1.
    """
    found = shutil.which(name)
    if found is None and os.environ.get("TOCSIN_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} is not installed")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def private_alertmanager() -> Iterator[Alertmanager]:
    """One that is not started yet; it is gone with all its files afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-alertmanager-"))
    alertmanager = Alertmanager(program("prometheus-alertmanager"), folder)
    try:
        yield alertmanager
    finally:
        alertmanager.kill()
        shutil.rmtree(folder)
