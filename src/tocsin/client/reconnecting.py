"""Going on after a lost connection."""

import asyncio
import logging
import random
from collections.abc import Mapping

import aiohttp

from tocsin.client.backoff import wait_s
from tocsin.client.errors import ConnectionFailed

log = logging.getLogger("tocsin.client")

_RETRY_MS = 2000


class Lost(Exception):  # noqa: N818 - the ordinary end of a connection
    """The connection ended; `wait_s` is what the server asked for, if it did."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


def put_off(status: int, headers: Mapping[str, str]) -> Lost:
    """The end of a connection that the server did not want just now (`errors.PASSING`)."""
    after = headers.get("Retry-After", "")
    return Lost(f"answered {status}", float(after) if after.isdigit() else None)


# What asking again after a while may mend.
LOST = (aiohttp.ClientError, TimeoutError, ConnectionFailed, Lost)


class Pauses:
    """The waits between the connections of one reader to `url`, longer with each failure.

    `retry_ms` is where they begin; a server may say so.
    """

    def __init__(self, url: str) -> None:
        self.retry_ms = _RETRY_MS
        self._url = url
        self._failures = 0

    def well(self) -> None:
        """Something was received: the next wait is a short one again."""
        self._failures = 0

    async def after(self, error: BaseException) -> None:
        """Wait, for what ended the connection; and say so in the log."""
        self._failures += 1
        asked = error.wait_s if isinstance(error, Lost) else None
        wait = wait_s(self.retry_ms, self._failures, asked, random.random())
        why = str(error) or "silence"
        log.warning("%s: connection lost (%s), again in %.1f s", self._url, why, wait)
        await asyncio.sleep(wait)
