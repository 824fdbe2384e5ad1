"""The newest frames that a feed has flushed, so that who missed few need not be read for."""

from collections.abc import Sequence
from itertools import dropwhile

# The sequence of the event that a frame shows, and the frame as it goes to every socket.
Frame = tuple[int, bytes]


class Ring:
    """Frames in order: at most `capacity` bytes of them, or what was last put in if that is more.

    It holds every frame of its feed above `floor`; at or below that some may be missing.
    """

    __slots__ = ("_bytes", "_capacity", "_frames", "_joined", "floor")

    def __init__(self, floor: int, capacity: int) -> None:
        self.floor = floor
        self._capacity = capacity
        self._bytes = 0
        # A list, for an empty deque takes 760 bytes and there is a feed for every inbox.
        self._frames: list[Frame] = []
        self._joined: tuple[int, bytes] | None = None

    @property
    def newest(self) -> int:
        """The sequence of the newest frame it was given; `floor` before the first."""
        return self._frames[-1][0] if self._frames else self.floor

    def extend(self, frames: Sequence[Frame]) -> None:
        """Keep `frames`, which follow those here; forget the oldest beyond the capacity."""
        self._frames.extend(frames)
        self._bytes += sum(len(data) for _, data in frames)
        self._joined = None
        spare = 0
        while self._bytes > self._capacity and len(self._frames) - spare > len(frames):
            self.floor, forgotten = self._frames[spare]
            self._bytes -= len(forgotten)
            spare += 1
        del self._frames[:spare]

    def after(self, sequence: int) -> bytes | None:
        """Every frame above `sequence`, joined; None when it no longer reaches back that far.

        The last answer is kept, for those who wait together have mostly missed the same.
        """
        if sequence >= self.newest:
            return b""
        if sequence < self.floor:
            return None
        if self._joined is None or self._joined[0] != sequence:
            missed = dropwhile(lambda frame: frame[0] <= sequence, self._frames)
            self._joined = sequence, b"".join(data for _, data in missed)
        return self._joined[1]
