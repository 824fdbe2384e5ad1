"""One stream of server-sent events, read across lost connections."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import aiohttp

from tocsin.client.backoff import wait_s
from tocsin.client.errors import PASSING, ConnectionFailed, refusal
from tocsin.wire.sse import MEDIA_TYPE, Message, Parser

log = logging.getLogger("tocsin.client")

_RETRY_MS = 2000


class Lost(Exception):  # noqa: N818 - the ordinary end of a connection
    """The connection ended; `wait_s` is what the server asked for, if it did."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


# What asking again after a while may mend.
LOST = (aiohttp.ClientError, TimeoutError, ConnectionFailed, Lost)


@dataclass
class EventStream:
    """One reader of the stream at `url`: one connection at a time, and the place it reached.

    A connection on which nothing comes for `silence_s`, not even a heartbeat, is a lost one.
    """

    session: aiohttp.ClientSession
    url: str
    silence_s: float
    last_event_id: str = ""
    _retry_ms: int = _RETRY_MS
    _failures: int = 0

    async def connection(self, parameters: Iterable[tuple[str, str]]) -> AsyncIterator[Message]:
        """The messages of one connection, until the server ends it or has nothing to send (204).

        Raises one of `LOST` when it was cut off, and `ServerRefused` when asking again will not
        help.
        """
        parser = Parser()
        async with self.session.get(
            self.url,
            params=list(parameters),
            headers=self._headers(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=self.silence_s),
        ) as response:
            if response.status == 204:
                return
            await _check(response)
            async for piece in response.content.iter_any():
                self._failures = 0
                for message in parser.feed(piece):
                    yield message
                self.last_event_id = parser.last_event_id or self.last_event_id
                self._retry_ms = self._retry_ms if parser.retry_ms is None else parser.retry_ms

    def _headers(self) -> dict[str, str]:
        resume = {"Last-Event-ID": self.last_event_id} if self.last_event_id else {}
        return {"Accept": MEDIA_TYPE, **resume}

    async def pause(self, error: BaseException) -> None:
        """Wait before the next connection, for what ended the one before; and say so in the log."""
        self._failures += 1
        asked = error.wait_s if isinstance(error, Lost) else None
        wait = wait_s(self._retry_ms, self._failures, asked, random.random())
        why = str(error) or "silence"
        log.warning("%s: connection lost (%s), again in %.1f s", self.url, why, wait)
        await asyncio.sleep(wait)


async def _check(response: aiohttp.ClientResponse) -> None:
    """Raise for an answer that is not a stream: `Lost` when it may be one later."""
    if response.status in PASSING:
        after = response.headers.get("Retry-After", "")
        raise Lost(f"answered {response.status}", float(after) if after.isdigit() else None)
    if response.status != 200 or response.content_type != MEDIA_TYPE:
        raise refusal(response.status, await response.read())
