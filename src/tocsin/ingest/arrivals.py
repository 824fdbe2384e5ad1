"""What has come from the bus and waits to be taken in."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from nats.aio.msg import Msg

from tocsin.ingest.errors import BusUnavailable
from tocsin.wire.malformed import FRAME_LIMIT

# How much may wait, in bytes of payload and of what goes with each message: so far memory grows
# while the store cannot be written.
_LIMIT = 64 * 1024 * 1024
_EACH = 512


class Arrivals:
    """The messages of one connection, in the order of the wire, until it has `end`ed.

    `lost` is told the subject of each that finds no room.
    """

    def __init__(self, lost: Callable[[str], None]) -> None:
        self._lost = lost
        self._waiting: deque[Msg] = deque()
        self._size = 0
        self._stirred = asyncio.Event()
        self._end: str | None = None

    def put(self, message: Msg) -> None:
        """Add a message. Of one that is too large as much is kept as tells that it is."""
        message.data = message.data[: FRAME_LIMIT + 1]
        size = len(message.data) + _EACH
        if self._size + size > _LIMIT:
            self._lost(message.subject)
            return
        self._size += size
        self._waiting.append(message)
        self._stirred.set()

    def stir(self) -> None:
        """Let whoever waits to `take` know that the other side is alive."""
        self._stirred.set()

    def end(self, reason: str) -> None:
        """Nothing more will come; why."""
        self._end = reason
        self._stirred.set()

    async def take(self, most: int) -> Sequence[Msg]:
        """What waits, as soon as something does, `most` at a time; nothing after a `stir`.

        Raises BusUnavailable once it has ended and everything has been taken.
        """
        await self._stirred.wait()
        if self._end is not None and not self._waiting:
            raise BusUnavailable(self._end)
        taken = self.take_now(most)
        if not self._waiting and self._end is None:
            self._stirred.clear()
        return taken

    def take_now(self, most: int) -> Sequence[Msg]:
        """What waits at this moment, at most so many."""
        taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        self._size -= sum(len(message.data) + _EACH for message in taken)
        return taken
