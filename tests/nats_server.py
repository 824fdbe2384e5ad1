"""A NATS server of the tests' own, with JetStream in a temporary folder."""

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from tests.waiting import eventually


class _Client(Client):
    async def flush(self, timeout: int = 10) -> None:
        """nats-py's PING overtakes what waits to be written."""
        await self._flush_pending(force_flush=True)
        await super().flush(timeout)


class Nats:
    """A server that can be killed and started again on the same port, with what it kept."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = -1
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers; the same after every start."""
        return f"nats://127.0.0.1:{self._port}"

    def start(self, jetstream: bool = True) -> None:
        """Return once the server accepts connections."""
        keeping = ("--jetstream", "--store_dir", self._folder / "data") if jetstream else ()
        self._process = subprocess.Popen(
            [
                *(self._program, "--addr", "127.0.0.1", "--port", str(self._port)),
                *keeping,
                *("--ports_file_dir", self._folder, "--log", self._folder / "log"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ports = self._folder / f"nats-server_{self._process.pid}.ports"
        eventually(lambda: ports.exists() and ports.read_text().endswith("}"))
        self._port = int(json.loads(ports.read_text())["nats"][0].rpartition(":")[2])

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A client of somebody else's."""
        client = _Client()
        await client.connect(self.url)
        try:
            yield client
        finally:
            await client.close()

    def do(self, act: Callable[[Client], Awaitable[object]]) -> None:
        """What a client does, from outside of any loop; it has reached the server afterwards."""

        async def act_and_flush() -> None:
            async with self.client() as client:
                await act(client)
                await client.flush()

        asyncio.run(act_and_flush())

    def publish(self, *messages: tuple[str, bytes]) -> None:
        """Publish these, in this order, on one connection."""

        async def act(client: Client) -> None:
            for subject, payload in messages:
                await client.publish(subject, payload)

        self.do(act)


@contextmanager
def private_nats() -> Iterator[Nats]:
    """A running server, gone with all its files afterwards.

    Skips the test where NATS is not installed, unless TOCSIN_REQUIRE_SERVICES=1.
    """
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if program is None:
        if os.environ.get("TOCSIN_REQUIRE_SERVICES") == "1":
            pytest.fail("nats-server is not installed")
        pytest.skip("nats-server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tocsin-nats-"))
    server = Nats(program, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
