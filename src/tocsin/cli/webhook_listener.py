"""A receiver of webhooks on this machine."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

from aiohttp import web

from tocsin.cli.webhook_arrival import Arrival
from tocsin.cli.webhook_fault import SLOW_S, Fault, play
from tocsin.client.latest import Latest

_HOST = "127.0.0.1"
_LARGEST = 64 * 1024 * 1024


class CannotListen(Exception):  # noqa: N818 - the machine's doing
    """The port is not free."""


Show = Callable[[Arrival, str], None]


class Listener:
    """Checks and shows each request, takes only news, and plays `fault` on every `every`th.

    Requests wait until it `knows` what secret they are signed with.
    """

    def __init__(self, fault: Fault | None, every: int, show: Show) -> None:
        self._fault = fault
        self._every = every
        self._show = show
        self._numbers = count(1)
        self._latest = Latest()
        self._secret: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    def knows(self, secret: str | None) -> None:
        """Check with this secret, or not at all."""
        self._secret.set_result(secret)

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[str]:
        """The address at which it listens while the block runs."""
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_route("*", "/{path:.*}", self._receive)
        runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await _bind(web.TCPSite(runner, _HOST, port), port)
            yield f"http://{_HOST}:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        secret = await self._secret
        arrival = Arrival.of(dict(request.headers), body, secret, time.time())
        fault = self._fault if next(self._numbers) % self._every == 0 else None
        if fault is not None and fault is not Fault.SLOW:
            self._show(arrival, f"-> {fault}")
            return await play(fault, request)
        if arrival.is_refused:
            self._show(arrival, "-> 401")
            return web.Response(status=401)
        self._show(arrival, self._taken(arrival) + (" (slowly)" if fault else ""))
        await asyncio.sleep(SLOW_S if fault else 0)
        return web.Response()

    def _taken(self, arrival: Arrival) -> str:
        if arrival.event is None:
            return "-> 200"
        with self._latest.taking(arrival.event) as is_news:
            return "-> 200" if is_news else "dropped: a repeat, or older than what came  -> 200"


async def _bind(site: web.TCPSite, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        raise CannotListen(f"Port {port} of {_HOST} cannot be listened at: {error}") from error
