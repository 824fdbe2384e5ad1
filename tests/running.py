"""The whole service on a port of its own, with a clock that the test holds."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import uvloop
from tests.clock import HeldClock

from tocsin import service
from tocsin.config import Settings, load
from tocsin.service import Started

ADMIN = "the-admin-token"
STORE = "tocsin.db"


@dataclass(frozen=True)
class Running:
    """Where it answers, and the hand on its clock."""

    url: str
    clock: HeldClock

    def client(self, token: str | None = ADMIN) -> httpx.Client:
        """A client that shows this token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


@contextmanager
def running(
    folder: Path, clock: HeldClock | None = None, /, **sections: dict[str, object]
) -> Iterator[Running]:
    """A service on SQLite in `folder`; `sections` are settings that differ from the defaults.

    Give the `clock` of a service that ran there before to start it again.
    """
    sections["server"] = {"port": 0, **sections.get("server", {})}
    sections["store"] = {"data": folder, **sections.get("store", {})}
    settings = load(flags={"admin_token": ADMIN, **sections})
    if clock is None and not (folder / STORE).exists():
        (folder / STORE).write_bytes(_started_once())
    host = _Host(settings, clock or HeldClock())
    host.start()
    try:
        yield Running(host.wait_until_ready(), host.clock)
    finally:
        host.stop()


@cache
def _started_once() -> bytes:
    """The store of a service that was started and stopped, to be copied: migrating it and hashing
    a password take longer than all else at a start."""
    with tempfile.TemporaryDirectory() as folder:
        first = {"server": {"port": 0}, "store": {"data": Path(folder)}}
        host = _Host(load(flags={"admin_token": ADMIN, **first}), HeldClock())
        host.start()
        host.wait_until_ready()
        host.stop()
        return (Path(folder) / STORE).read_bytes()


class _Host(threading.Thread):
    """The thread and event loop that the service runs in."""

    def __init__(self, settings: Settings, clock: HeldClock) -> None:
        super().__init__(name="tocsin")
        self.clock = clock
        self._settings = settings
        self._answers = threading.Event()
        self._url = ""
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            uvloop.run(self._serve())
        except asyncio.CancelledError:
            pass
        except BaseException as failure:
            self._failure = failure
        finally:
            self._answers.set()

    async def _serve(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._loop, self._task = asyncio.get_running_loop(), task
        await service.run(
            self._settings, ready=self._ready, keep_token=lambda secret: None, clock=self.clock
        )

    def _ready(self, started: Started) -> None:
        self._url = started.url
        self._answers.set()

    def wait_until_ready(self) -> str:
        self._answers.wait()
        if self._failure is not None:
            raise self._failure
        return self._url

    def stop(self) -> None:
        if self.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()
        if self._failure is not None:
            raise self._failure
