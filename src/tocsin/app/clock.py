"""The wall clock, and waiting for a time that it will show."""

import asyncio
import time
from typing import Any, Protocol

from tocsin.model.clock import Clock

# The longest sleep without a look at the wall clock: how late a wait can be when the clock is
# stepped forward meanwhile (by NTP, an administrator, a machine that was suspended).
_LONGEST_SLEEP_S = 0.5


class AlarmClock(Clock, Protocol):
    """A clock that its callers can also wait on."""

    async def until(self, time_ms: int) -> None:
        """Return once the clock shows `time_ms` (Unix milliseconds) or later."""
        ...


class SystemClock:
    """The machine's wall clock. Waits follow it when it is stepped, half a second late at most."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000

    async def until(self, time_ms: int) -> None:
        """Return once the wall clock shows `time_ms` or later."""
        while (left_ms := time_ms - self.now_ms()) > 0:  # noqa: ASYNC110 - nothing tells of a step
            await asyncio.sleep(min(left_ms / 1_000, _LONGEST_SLEEP_S))


async def woken(event: asyncio.Event, clock: AlarmClock, *times_ms: int) -> None:
    """Return once the event is set, or the clock shows one of these times (Unix ms)."""
    waits: list[asyncio.Task[Any]] = [asyncio.create_task(event.wait())]
    waits += [asyncio.create_task(clock.until(time_ms)) for time_ms in times_ms]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
