"""Watching a run of an operation until it is closed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import msgspec

from tocsin.client.errors import ServerRefused
from tocsin.client.messages import OperationMessage
from tocsin.client.reconnecting import LOST, Lost
from tocsin.client.stream import EventStream

_MESSAGE = "tocsin.operation.message"
_CLOSED = "tocsin.operation.closed"


class _Recorded(msgspec.Struct):
    """An event of the log, of an operation's topic."""

    id: str
    type: str
    data: Any = None


class _Page(msgspec.Struct):
    data: list[_Recorded]


class _Said(msgspec.Struct):
    message: OperationMessage


class _Run(msgspec.Struct):
    run: int
    outcome: str | None = None


class _Closed(msgspec.Struct):
    operation: _Run


_decode_message = msgspec.json.Decoder(OperationMessage).decode


class OperationWatch:
    """One watcher of one run; `run` and `outcome` are known once its messages have ended.

    The stream gives the messages; the log, read when a connection has ended, tells an end of the
    run from an end of the connection, and the one run from the next.
    """

    def __init__(
        self,
        call: Callable[[str, str], Awaitable[Any]],
        stream: EventStream,
        id: str,  # noqa: A002 - the API's own word
        run: str | None,
    ) -> None:
        self.run: int | None = None
        self.outcome: str | None = None
        self._call = call
        self._stream = stream
        self._id = id
        self._parameters = [("stream", id), *([("run", run)] if run else [])]

    async def messages(self) -> AsyncIterator[OperationMessage]:
        """Every message of the run, in order, until it is closed.

        Raises `ServerRefused` when the server does not want to be asked again.
        """
        while self.outcome is None:
            try:
                async for message in self._round():
                    yield message
            except LOST as error:
                await self._stream.pauses.after(error)

    async def _round(self) -> AsyncIterator[OperationMessage]:
        for source in (self._recorded, self._live, self._recorded):
            if self.outcome is None:
                async for message in source():
                    yield message
        if self.outcome is None:
            raise Lost("ended by the server")

    async def _live(self) -> AsyncIterator[OperationMessage]:
        async for frame in self._stream.connection(self._parameters):
            yield _decode_message(frame.data)

    async def _recorded(self) -> AsyncIterator[OperationMessage]:
        """What the log holds after the place that was reached, up to the end of the run."""
        while self.outcome is None and self._stream.last_event_id:
            page = await self._page()
            for event in page:
                self._stream.last_event_id = event.id
                if event.type == _MESSAGE:
                    yield msgspec.convert(event.data, _Said).message
                if event.type == _CLOSED:
                    closed = msgspec.convert(event.data, _Closed).operation
                    self.run, self.outcome = closed.run, closed.outcome or ""
                    return
            if not page:
                return

    async def _page(self) -> list[_Recorded]:
        asked = {
            "topic": f"operation/{self._id}",
            "since": self._stream.last_event_id,
            "limit": 1_000,
        }
        try:
            answer = await self._call("GET", f"/api/v1/events?{urlencode(asked)}")
        except ServerRefused as refused:
            if refused.passes:
                raise Lost(str(refused)) from refused
            raise
        return msgspec.convert(answer, _Page).data
