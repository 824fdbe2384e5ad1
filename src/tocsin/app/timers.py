"""What happens by itself when its time comes: scheduled issues are announced, begin and end."""

import asyncio
from typing import Any

import structlog

from tocsin.app import issues
from tocsin.app.clock import AlarmClock
from tocsin.model.event import Change
from tocsin.store.store import Store, StoreUnavailable

_log = structlog.get_logger(__name__)

# Transitions that are asked for together, so that many issues due at one second share commits.
_TOGETHER = 32
_RETRY_MS = 1_000


class Timers:
    """Carries out what is due, in the order of its times, each as a change of its own.

    What came due while the service was stopped is carried out first, with the times it was planned
    for. Several nodes may each run this: a transition is taken in the transaction that makes it.
    """

    def __init__(self, store: Store, clock: AlarmClock) -> None:
        self._store = store
        self._clock = clock
        self._issues_changed = asyncio.Event()

    def on_change(self, change: Change) -> None:
        """Look again for what is next, because `change` was committed. Called on the loop."""
        if any(event.type.startswith("tocsin.issue.") for event in change):
            self._issues_changed.set()

    async def run(self) -> None:
        """Carry out what comes due, until cancelled.

        Whatever fails is tried again: a bug in one transition must not take the log and its readers
        down with it.
        """
        while True:
            self._issues_changed.clear()
            try:
                next_ms = await self.catch_up()
            except StoreUnavailable as failure:
                _log.warning("timers wait for the store", cause=str(failure))
                next_ms = self._clock.now_ms() + _RETRY_MS
            except Exception:
                _log.exception("what is due could not be carried out")
                next_ms = self._clock.now_ms() + _RETRY_MS
            await self._wait(next_ms)

    async def catch_up(self) -> int | None:
        """Carry out all that is due now; returns when the next one is (Unix ms), or None."""
        while True:
            due_at = await self._store.read(issues.next_due)
            if due_at is None or due_at * 1_000 > self._clock.now_ms():
                return due_at and due_at * 1_000
            await asyncio.gather(*(self._store.change(issues.take_due) for _ in range(_TOGETHER)))

    async def _wait(self, next_ms: int | None) -> None:
        """Until the next is due, or may be another one."""
        waits: set[asyncio.Task[Any]] = {asyncio.create_task(self._issues_changed.wait())}
        if next_ms is not None:
            waits.add(asyncio.create_task(self._clock.until(next_ms)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
