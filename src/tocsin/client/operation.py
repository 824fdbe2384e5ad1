"""Telling those who wait how an operation (a build, a deploy, a backup) goes on."""

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Protocol, Self
from urllib.parse import quote

import msgspec

from tocsin.client.backlog import Backlog
from tocsin.client.backoff import wait_s
from tocsin.client.errors import ConnectionFailed, ServerRefused, senseless
from tocsin.client.reconnecting import log

Level = Literal["", "INFO", "SUCCESS", "ERROR"]
Outcome = Literal["success", "error"]

_ROUTE = "/api/v1/operations"
_RETRY_MS = 1_000
_ROOM = 16 * 1024 * 1024
_MUCH = _ROOM // 2


class _Opened(msgspec.Struct):
    id: str
    url: str


class Call(Protocol):
    """`Client.call`."""

    async def __call__(self, method: str, path: str, body: object, *, key: str) -> Any:
        """One call of the API, which is done once for each `key`."""
        ...


class Operation:
    """One run of an operation, told to the server while it goes on. An async context manager.

    The work never fails because of the server: what is said is kept (16 MiB of it) while the
    server is away, and sent when it is back. At the end of the block the run is
    finished with `outcome`, an exception making it `error`; that waits at most `patience_s` for
    the server. A server that refuses is told nothing more; the log says why.
    """

    def __init__(
        self,
        call: Call,
        id: str | None,  # noqa: A002 - the API's own word
        name: str | None,
        *,
        patience_s: float,
        on_open: Callable[[str, str], object],
    ) -> None:
        self.outcome: Outcome = "success"
        self._call = call
        self._wanted = {"id": id, "name": name}
        self._patience_s = patience_s
        self._on_open = on_open
        self._backlog = Backlog(_ROOM)
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._told = True
        self._over = False

    def say(self, body: str, level: Level = "") -> None:
        """One message for those who watch. Called on the loop; never waits."""
        self._backlog.add(body, level)
        self._news.set()
        if self._told and self._backlog.size > _MUCH:
            self._room.clear()

    async def room(self) -> None:
        """Wait while the server is there and has much to take in still.

        Who says a lot waits here now and then, so that nothing has to be left out.
        """
        await self._room.wait()

    async def __aenter__(self) -> Self:
        self._telling = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.outcome = "error"
        self._over = True
        self._news.set()
        try:
            async with asyncio.timeout(self._patience_s):
                await self._telling
        except TimeoutError:
            log.warning("the server is away: the end of the operation was not told")

    async def _run(self) -> None:
        try:
            await self._tell()
        except ServerRefused as refused:
            log.warning("the operation is not told: %s", refused)
        finally:
            self._away()

    async def _tell(self) -> None:
        """Open, send what is said while it is said, and finish."""
        wanted = {name: value for name, value in self._wanted.items() if value is not None}
        opened = _read(await self._insist(_ROUTE, wanted))
        self._on_open(opened.id, opened.url)
        route = f"{_ROUTE}/{quote(opened.id)}"
        while not self._over or self._backlog:
            await self._news.wait()
            self._news.clear()
            while messages := self._backlog.take():
                await self._insist(f"{route}/messages", {"messages": messages})
                if self._backlog.size <= _MUCH:
                    self._room.set()
        await self._insist(f"{route}/finish", {"outcome": self.outcome})

    async def _insist(self, path: str, body: Mapping[str, object]) -> Any:
        """A call that is repeated for as long as the server is away, and done once."""
        key, failures = str(uuid.uuid4()), 0
        while True:
            try:
                answer = await self._call("POST", path, body, key=key)
            except (ConnectionFailed, ServerRefused) as error:
                if isinstance(error, ServerRefused) and not error.passes:
                    raise
                if not failures:
                    log.warning("%s; what is said meanwhile is kept", error)
                    self._away()
                failures += 1
            else:
                if failures:
                    log.warning("the server is back")
                    self._told = True
                return answer
            await asyncio.sleep(wait_s(_RETRY_MS, failures, None, random.random()))

    def _away(self) -> None:
        """Nobody is to wait for the server any more."""
        self._told = False
        self._room.set()


def _read(answer: object) -> _Opened:
    try:
        return msgspec.convert(answer, _Opened)
    except msgspec.ValidationError as error:
        raise senseless(200) from error
