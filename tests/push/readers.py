"""Readers without a network: a socket that is a list, read when the test says so."""

import asyncio
from collections.abc import Callable, Iterable
from random import Random

from tocsin.push.hub import Hub, Rhythm
from tocsin.push.limits import Limits
from tocsin.push.member import State
from tocsin.push.source import HIGH_WATER, HistoryPage
from tocsin.push.subscriber import Subscriber
from tocsin.wire import sse


class ListSocket:
    """A transport whose client reads everything at once, or nothing while `stalled`."""

    def __init__(self, subscriber: Subscriber, high: int = HIGH_WATER) -> None:
        self._subscriber = subscriber
        self._high = high
        self._paused = False
        self._closing = False
        self.stalled = False
        self.buffered: list[bytes] = []
        self.received: list[bytes] = []
        self.closed = False

    @property
    def held(self) -> int:
        """Bytes that the client has not taken."""
        return sum(map(len, self.buffered))

    def write(self, data: bytes) -> None:
        if self._closing:
            raise RuntimeError("written to a transport that was closed")
        if self.closed or not data:
            return
        (self.buffered if self.stalled else self.received).append(data)
        if self.held > self._high and not self._paused:
            self._paused = True
            self._subscriber.pause_writing()

    def writelines(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def read_on(self) -> None:
        """The client takes what is buffered."""
        self.stalled = False
        self.received += self.buffered
        self.buffered.clear()
        if self._paused:
            self._paused = False
            self._subscriber.resume_writing()
        if self._closing:
            self.abort()

    def close(self) -> None:
        self._closing = True
        if not self.buffered:
            self.abort()

    def abort(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self._subscriber.connection_lost, None)


class Reader:
    """A subscriber and what came out at its other end."""

    def __init__(
        self, hub: Hub, owner: object = None, address: str = "", high: int = HIGH_WATER
    ) -> None:
        self.subscriber = Subscriber(hub, owner, address)
        self.socket = ListSocket(self.subscriber, high)
        self.subscriber.connect(self.socket)

    def state(self) -> State:
        """Where it stands."""
        return self.subscriber.state

    @property
    def messages(self) -> list[sse.Message]:
        """Everything that it has read."""
        return sse.Parser().feed(b"".join(self.socket.received))

    @property
    def ids(self) -> list[int]:
        """The ids of everything that it has read."""
        return [int(message.id) for message in self.messages]


class MemoryLog:
    """A source of history: the sequences in a list, each as one frame, `size` of them a page."""

    def __init__(
        self,
        sequences: list[int],
        size: int = 3,
        show: Callable[[int], bytes] | None = None,
    ) -> None:
        self._sequences = sequences
        self._size = size
        self._show = show or frame
        self.pages_read = 0

    async def page(self, after: int, until: int) -> HistoryPage:
        await asyncio.sleep(0)
        self.pages_read += 1
        found = [s for s in self._sequences if after < s <= until]
        part = found[: self._size]
        return HistoryPage(b"".join(map(self._show, part)), part[-1] if part != found else until)


class Picture:
    """A source of snapshots: the newest sequence is the whole picture."""

    def __init__(self, hub: Hub, size: int = 0) -> None:
        self._hub = hub
        self._padding = b" " * size

    def snapshot(self) -> tuple[bytes, int]:
        position = self._hub.position
        return sse.frame(self._padding, event="init", id=str(position)), position


def frame(sequence: int, size: int = 0) -> bytes:
    """The frame that shows the event at `sequence`, with at least `size` bytes."""
    return sse.frame(b"x" * size, event="event", id=str(sequence))


def make_hub(
    *, position: int = 0, limits: Limits | None = None, rhythm: Rhythm | None = None
) -> Hub:
    """A hub on the running loop, without limits and always equally random."""
    return Hub(
        asyncio.get_running_loop(),
        Random(1),
        position=position,
        limits=limits or Limits(total=100_000, per_address=0),
        rhythm=rhythm,
    )
