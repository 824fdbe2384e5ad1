"""What runs beside the server, for as long as it does."""

import asyncio

import pytest
from tests.clock import HeldClock

from tocsin.app.beside import kept_up

MINUTE_S = 60


class Work:
    """Fails as often as it is told, and then does not end."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self.steady = asyncio.Event()

    async def run(self) -> None:
        if self._failures:
            self._failures -= 1
            raise ValueError("a bug")
        self.steady.set()
        await asyncio.Event().wait()


async def test_what_failed_begins_again_a_minute_later() -> None:
    clock, work = HeldClock(), Work(failures=2)
    running = asyncio.create_task(kept_up(work.run, clock))
    for _ in range(2):
        await clock.awaited(clock.now_ms() + MINUTE_S * 1_000)
        clock.advance(MINUTE_S)
    await work.steady.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
