"""HTTP requests to addresses that strangers gave: none of them leads into our own network."""

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from tocsin.model.clock import Clock
from tocsin.model.exchange import Exchange, Request
from tocsin.model.reach import Network

if TYPE_CHECKING:  # few services ever send anything
    from tocsin.app.http_client import HttpClient


class Outgoing:
    """Sends requests. Lives on the loop; `allowed` are networks that may be called all the same."""

    def __init__(self, clock: Clock, allowed: Sequence[Network] = ()) -> None:
        self._clock = clock
        self._allowed = tuple(allowed)
        self._client: HttpClient | None = None

    async def exchange(
        self, request: Request, *, within_ms: int, verify_tls: bool = True
    ) -> Exchange:
        """POST, and what was answered within so many milliseconds, counted from now to the last
        byte that is read; a failure of the other side is what the exchange says.

        Redirects are not followed, bodies are not unpacked. A body is read to READ_LIMIT, then the
        connection is closed.
        """
        from tocsin.app import http_client

        if self._client is None:
            self._client = http_client.HttpClient(self._allowed)
        loop = asyncio.get_running_loop()
        heard, fault = http_client.Heard(), None
        started_at_ms, began = self._clock.now_ms(), loop.time()
        try:
            async with asyncio.timeout(within_ms / 1_000):
                await self._client.post(request, verify_tls, heard)
        except Exception as failure:
            fault = http_client.fault_of(failure)
        duration_ms = round((loop.time() - began) * 1_000)
        return Exchange(started_at_ms, duration_ms, request, heard.response, fault)

    async def prepare(self) -> None:
        """Import what requests are made with, beside the loop: everybody would wait for it where
        the first request does."""
        if self._client is None:
            await asyncio.to_thread(import_module, "tocsin.app.http_client")

    async def close(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
