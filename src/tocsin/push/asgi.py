"""The socket of a stream whose server keeps the real one: a bounded buffer in front of `send()`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any, NamedTuple

from tocsin.push.source import HIGH_WATER

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Exchange(NamedTuple):
    """The three arguments of an ASGI application."""

    scope: MutableMapping[str, Any]
    receive: Receive
    send: Send


_LOW_WATER = HIGH_WATER // 4


class AsgiSocket:
    """Takes what its protocol writes and sends it at the client's pace, flow control included.

    Above the high-water mark the protocol is told to pause, and below the low one to resume, as
    an `asyncio.Transport` does.
    """

    def __init__(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol
        self._pieces: list[bytes] = []
        self.held = 0
        self._paused = False
        self._closing = False
        self._news = asyncio.Event()
        self._sending: asyncio.Future[None] | None = None

    def write(self, data: bytes) -> None:
        """Buffer `data`; ignored once closing."""
        if self._closing:
            return
        self._pieces.append(data)
        self.held += len(data)
        self._news.set()
        if self.held > HIGH_WATER and not self._paused:
            self._paused = True
            self._protocol.pause_writing()

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """Buffer all pieces."""
        self.write(b"".join(pieces))

    def close(self) -> None:
        """Let `carry` send what is buffered and return."""
        self._closing = True
        self._news.set()

    def abort(self) -> None:
        """Let `carry` return without sending what is buffered."""
        self._closing = True
        if self._sending is not None:
            self._sending.cancel()

    async def carry(self, receive: Receive, send: Send) -> None:
        """Send what is written until the protocol closes or aborts, or the client is gone."""
        listening = asyncio.ensure_future(self._listen(receive))
        self._sending = asyncio.ensure_future(self._send_all(send))
        try:
            await asyncio.wait((listening, self._sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
            self._sending.cancel()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _send_all(self, send: Send) -> None:
        # ASGI 2.4: a server may raise OSError when the client is gone.
        with suppress(OSError):
            while self._pieces or not self._closing:
                await self._news.wait()
                self._news.clear()
                await self._send_some(send)
            await self._finish(send)

    async def _finish(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _put(self, data: bytes, send: Send) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})

    async def _send_some(self, send: Send) -> None:
        data = b"".join(self._pieces)
        self._pieces.clear()
        if data:
            await self._put(data, send)
            self.held -= len(data)
        if self._paused and self.held <= _LOW_WATER:
            self._paused = False
            self._protocol.resume_writing()
