"""The ids that the writer gives out."""

import secrets


class Ids:
    """Makes ids of 24 hex digits: the time in milliseconds, then 48 random bits.

    Strictly increasing, also within a millisecond and when the clock steps back.
    """

    def __init__(self) -> None:
        self._last = 0

    def new(self, now_ms: int) -> str:
        """The next id."""
        self._last = max(self._last + 1, now_ms << 48 | secrets.randbits(48))
        return f"{self._last:024x}"
