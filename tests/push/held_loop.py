"""An event loop whose time passes only when there is nothing left to do."""

import asyncio
import selectors

# How long a real event (a reader thread's answer) is waited for before the test is called stuck.
_STUCK_S = 30


class _HeldSelector(selectors.DefaultSelector):
    """Instead of sleeping until the next timer, moves the time there."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            ready = super().select(_STUCK_S)
            if not ready:
                raise RuntimeError("the loop waits for something that will never happen")
            return ready
        ready = super().select(0)
        if not ready:
            self.now += timeout
        return ready


class HeldLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0 and jumps from timer to timer."""

    def __init__(self) -> None:
        self._held = _HeldSelector()
        super().__init__(self._held)

    def time(self) -> float:
        return self._held.now


async def turns(count: int) -> None:
    """Let the loop go round `count` times, without time passing."""
    for _ in range(count):
        await asyncio.sleep(0)
