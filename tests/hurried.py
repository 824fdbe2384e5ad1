"""`python -m tests.hurried BEGAN TIMES serve ...`: Tocsin where time has run so many times as fast
as ours since BEGAN (Unix seconds), so that what waits for minutes is seen in seconds."""

import asyncio
import sys
import time
from functools import partial
from unittest.mock import patch

from tocsin.app import clock
from tocsin.cli import main


class HurriedClock:
    """The wall clock of such a world. Waits on it end as early as it is fast."""

    def __init__(self, began: float, times: float) -> None:
        self._began, self._times = began, times

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, there."""
        return round((self._began + (time.time() - self._began) * self._times) * 1_000)

    async def until(self, time_ms: int) -> None:
        """Return once the clock shows `time_ms` or later."""
        while (left_ms := time_ms - self.now_ms()) > 0:
            await asyncio.sleep(left_ms / 1_000 / self._times)


if __name__ == "__main__":
    hurried = partial(HurriedClock, *map(float, sys.argv[1:3]))
    sys.argv[1:] = sys.argv[3:]
    with patch.object(clock, "SystemClock", hurried):
        main()
