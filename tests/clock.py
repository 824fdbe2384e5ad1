"""A clock that stands still until the test moves it."""

import asyncio


class HeldClock:
    """Time as the test says; waits on it end the moment the test has moved it far enough.

    `advance` and `set` may be called from any thread.
    """

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms
        self._waiting: set[tuple[int, asyncio.Future[None]]] = set()

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, as last set."""
        return self._now_ms

    @property
    def now(self) -> int:
        """Whole seconds since the Unix epoch, as last set."""
        return self._now_ms // 1_000

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self.set(self._now_ms + round(seconds * 1_000))

    def set(self, now_ms: int) -> None:
        """Show `now_ms` from here on; it may lie in the past."""
        self._now_ms = now_ms
        for due_ms, future in list(self._waiting):
            if due_ms <= now_ms:
                future.get_loop().call_soon_threadsafe(_wake, future)

    async def until(self, time_ms: int) -> None:
        """Return once the clock shows `time_ms` or later."""
        while self._now_ms < time_ms:
            entry = (time_ms, asyncio.get_running_loop().create_future())
            self._waiting.add(entry)
            try:
                if self._now_ms < time_ms:  # it may have moved, in another thread, just before
                    await entry[1]
            finally:
                self._waiting.discard(entry)

    async def awaited(self, time_ms: int) -> None:
        """Return once somebody waits for that very time."""
        while all(due_ms != time_ms for due_ms, _ in self._waiting):
            await asyncio.sleep(0)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
