"""The ids that the writer gives out."""

import secrets


class Ids:
    """Makes ids of 24 hex digits: the time in milliseconds, then 48 random bits.

    Strictly increasing, also within a millisecond and when the clock steps back, and higher than
    all that were made up to `after_ms`, by a writer whose clock was ahead.
    """

    def __init__(self, after_ms: int) -> None:
        self._last = after_ms + 1 << 48 | secrets.randbits(48)

    def new(self, now_ms: int) -> str:
        """The next id."""
        self._last += 1
        if now_ms > self._last >> 48:
            self._last = now_ms << 48 | secrets.randbits(48)
        return f"{self._last:024x}"
