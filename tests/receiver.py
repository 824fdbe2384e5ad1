"""A real webhook receiver on a port of its own, as agreeable as the test wants it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The JSON in it."""
        return json.loads(self.body)


Answer = Callable[[Got], Awaitable[web.StreamResponse]]


async def agree(got: Got) -> web.StreamResponse:
    """Echo a challenge, take everything else."""
    challenge = got.data.get("data", {}).get("challenge")
    return web.json_response({"challenge": challenge}) if challenge else web.Response(status=204)


def status(code: int, **headers: str) -> Answer:
    """Answer everything with this status."""

    async def answer(got: Got) -> web.StreamResponse:
        return web.Response(status=code, headers=headers)

    return answer


@dataclass
class Receiver:
    """Where it listens, how it answers, and what it got."""

    url: str = ""
    answer: Answer = agree
    got: list[Got] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take note, and answer."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        got = Got(request.path_qs, headers, await request.read())
        self.got.append(got)
        self.arrived.set()
        return await self.answer(got)

    async def wait_for(self, number: int) -> list[Got]:
        """What it got, once that is so much."""
        async with asyncio.timeout(20):
            while len(self.got) < number:
                self.arrived.clear()
                await self.arrived.wait()
        return self.got


@asynccontextmanager
async def receiver(
    host: str = "127.0.0.1", tls: SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    there = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", there.handle)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, host, 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    shown = f"[{host}]" if ":" in host else host
    there.url = f"{'https' if tls else 'http'}://{shown}:{port}/hook"
    try:
        yield there
    finally:
        await runner.cleanup()
