"""One stream of server-sent events, read across lost connections."""

from collections.abc import AsyncIterator, Iterable

import aiohttp

from tocsin.client.errors import PASSING, refusal
from tocsin.client.reconnecting import Pauses, put_off
from tocsin.wire.sse import MEDIA_TYPE, Message, Parser


class EventStream:
    """One reader of the stream at `url`: one connection at a time, and the place it reached.

    A connection on which nothing comes for `silence_s`, not even a heartbeat, is a lost one.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, silence_s: float) -> None:
        self.last_event_id = ""
        self.pauses = Pauses(url)
        self._session = session
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=silence_s)

    async def connection(self, parameters: Iterable[tuple[str, str]]) -> AsyncIterator[Message]:
        """The messages of one connection, until the server ends it or has nothing to send (204).

        Raises one of `LOST` when it was cut off, and `ServerRefused` when asking again will not
        help.
        """
        parser = Parser()
        async with self._session.get(
            self._url, params=list(parameters), headers=self._headers(), timeout=self._timeout
        ) as response:
            if response.status == 204:
                return
            await _check(response)
            async for piece in response.content.iter_any():
                self.pauses.well()
                for message in parser.feed(piece):
                    yield message
                self.last_event_id = parser.last_event_id or self.last_event_id
                if parser.retry_ms is not None:
                    self.pauses.retry_ms = parser.retry_ms

    def _headers(self) -> dict[str, str]:
        resume = {"Last-Event-ID": self.last_event_id} if self.last_event_id else {}
        return {"Accept": MEDIA_TYPE, **resume}


async def _check(response: aiohttp.ClientResponse) -> None:
    """Raise for an answer that is not a stream: `Lost` when it may be one later."""
    if response.status in PASSING:
        raise put_off(response.status, response.headers)
    if response.status != 200 or response.content_type != MEDIA_TYPE:
        raise refusal(response.status, response.content_type, await response.read())
