"""Following the event stream across lost connections."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import aiohttp

from tocsin.client.errors import refusal
from tocsin.client.messages import Message, Verdict, read
from tocsin.wire.sse import MEDIA_TYPE, Parser

log = logging.getLogger("tocsin.client")

_LONGEST_WAIT_S = 60.0
_RETRY_MS = 2000

# Refusals that pass by themselves: too many connections, shutting down, a proxy without its server.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


def log_verdict(verdict: Verdict) -> None:
    """Tell the log: as a warning when something is missing."""
    level = logging.WARNING if verdict.verdict in {"gap", "reset"} else logging.INFO
    missed = "" if verdict.missed is None else f", {verdict.missed} missed"
    log.log(level, "%s at %s%s", verdict.verdict, verdict.position, missed)


class _Lost(Exception):  # noqa: N818 - the ordinary end of a connection
    """The connection ended; `wait_s` is what the server asked for, if it did."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


@dataclass
class Subscription:
    """One reader of the stream at `url`: one connection at a time, and the position it reached."""

    session: aiohttp.ClientSession
    url: str
    topics: Sequence[str]
    since: str | None
    silence_s: float
    _position: str = ""
    _retry_ms: int = _RETRY_MS
    _failures: int = field(default=0)

    async def messages(self) -> AsyncIterator[Message]:
        """Verdicts and events, for ever; raises `ServerRefused` when asking again will not help."""
        while True:
            try:
                async for message in self._connection():
                    self._failures = 0
                    yield message
            except (aiohttp.ClientError, TimeoutError, _Lost) as error:
                wait = self._wait(error)
                log.warning(
                    "%s: connection lost (%s), again in %.1f s",
                    self.url,
                    str(error) or "silence",
                    wait,
                )
                await asyncio.sleep(wait)

    async def _connection(self) -> AsyncIterator[Message]:
        parser = Parser()
        async with self.session.get(
            self.url,
            params=self._parameters(),
            headers=self._headers(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=self.silence_s),
        ) as response:
            await _check(response)
            async for piece in response.content.iter_any():
                for frame in parser.feed(piece):
                    yield read(frame.event, frame.data)
                self._position = parser.last_event_id or self._position
                self._retry_ms = self._retry_ms if parser.retry_ms is None else parser.retry_ms
        raise _Lost("ended by the server")

    def _parameters(self) -> list[tuple[str, str]]:
        since = [("since", self.since)] if self.since else []
        return [("topic", topic) for topic in self.topics] + since

    def _headers(self) -> dict[str, str]:
        resume = {"Last-Event-ID": self._position} if self._position else {}
        return {"Accept": MEDIA_TYPE, **resume}

    def _wait(self, error: BaseException) -> float:
        self._failures += 1
        asked = error.wait_s if isinstance(error, _Lost) else None
        return wait_s(self._retry_ms, self._failures, asked, random.random())


def wait_s(retry_ms: int, failures: int, asked_s: float | None, chance: float) -> float:
    """How long to wait, in seconds, before trying again after so many failures in a row.

    What the server asked for with its refusal, else its `retry:` doubled for each failure; at most
    a minute. `chance` in [0, 1) spreads the clients of a server that went away over a quarter
    more or less.
    """
    wanted = asked_s or retry_ms / 1000 * 2 ** min(failures - 1, 16)
    return min(wanted, _LONGEST_WAIT_S) * (0.75 + chance / 2)


async def _check(response: aiohttp.ClientResponse) -> None:
    """Raise for an answer that is not a stream: `_Lost` when it may be one later."""
    if response.status in _PASSING:
        after = response.headers.get("Retry-After", "")
        raise _Lost(f"answered {response.status}", float(after) if after.isdigit() else None)
    if response.status != 200 or response.content_type != MEDIA_TYPE:
        raise refusal(response.status, await response.read())
