"""The vigil over WebSocket connections: pings for all, and an end to those nobody is behind."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from websockets.frames import CloseCode

from tocsin.wire.websocket import PING

if TYPE_CHECKING:
    from tocsin.push.websocket import Connection

# All in seconds; spec/notices.md has them, from the original's code.
PING_S: Final = 30.0
PONG_S: Final = 90.0
SILENCE_S: Final = 30 * 60.0
SIGN_IN_S: Final = 30.0

# Connections looked at per turn of the event loop.
_CHUNK = 64


class Vigil:
    """One timer for all pings and one for all who have not signed in, however many they are."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._connections: set[Connection] = set()
        self._strangers: deque[tuple[float, Connection]] = deque()

    def begin(self, connection: Connection) -> None:
        """It is open."""
        self._connections.add(connection)
        self._strangers.append((self._loop.time() + SIGN_IN_S, connection))

    def end(self, connection: Connection) -> None:
        """It is not, any more."""
        self._connections.discard(connection)

    async def ping(self) -> None:
        """For as long as the hub: ping everybody in rounds, and close who did not answer."""
        while True:
            await asyncio.sleep(PING_S)
            for number, connection in enumerate(list(self._connections), 1):
                self._ping(connection)
                if number % _CHUNK == 0:
                    await asyncio.sleep(0)

    def _ping(self, connection: Connection) -> None:
        now = self._loop.time()
        if now - connection.ponged_at >= PONG_S:
            connection.close(CloseCode.GOING_AWAY, "no pong")
        elif now - connection.heard_at >= SILENCE_S:
            connection.close(CloseCode.GOING_AWAY, "nothing heard")
        else:
            connection.write(PING)

    async def dismiss(self) -> None:
        """For as long as the hub: close who has not signed in in time.

        Whoever comes while it sleeps has at least as long as it sleeps.
        """
        while True:
            now = self._loop.time()
            while self._strangers and self._strangers[0][0] <= now:
                _, connection = self._strangers.popleft()
                if connection.owner is None:
                    connection.close(CloseCode.POLICY_VIOLATION, "not authenticated")
            due = self._strangers[0][0] if self._strangers else now + SIGN_IN_S
            await asyncio.sleep(due - now)
