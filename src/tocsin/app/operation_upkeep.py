"""Letting go of operations that nobody wants any more."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import structlog

from tocsin.app import operations
from tocsin.app.clock import AlarmClock
from tocsin.app.removal import remove_all
from tocsin.store.store import Store, StoreUnavailable

_log = structlog.get_logger(__name__)

# A round every minute, or ten within the shorter of the two times that operations are kept.
_EVERY_MS = 60_000
_ROUNDS = 10


@dataclass(frozen=True)
class Kept:
    """How long operations are kept, in seconds: open ones that nobody tells or listens to
    (`idle_s`), and closed runs (`closed_s`). Both at least 1."""

    idle_s: int
    closed_s: int


class OperationUpkeep:
    """Removes idle operations and forgets closed runs.

    `listened` are the operations that somebody listens to on this node. That is noted in every
    round, so that other nodes leave them alone as well.
    """

    def __init__(self, store: Store, kept: Kept, listened: Callable[[], Collection[str]]) -> None:
        self._store = store
        self._kept = kept
        self._listened = listened
        self._every_ms = min(_EVERY_MS, min(kept.idle_s, kept.closed_s) * 1_000 // _ROUNDS)

    async def run(self, clock: AlarmClock) -> None:
        """A round now and then, until cancelled; a store that fails is tried again at the next.

        Not one at once: those who listened before a restart have to come back first.
        """
        while True:
            await clock.until(clock.now_ms() + self._every_ms)
            try:
                await self.round(clock.now_ms() // 1_000)
            except StoreUnavailable as failure:
                _log.warning("operations were not looked through", cause=str(failure))

    async def round(self, now: int) -> None:
        """Look through all operations, as of `now` (Unix seconds)."""
        recent = now - self._every_ms // 1_000
        listened = list(self._listened())
        for first in range(0, len(listened), operations.BATCH):
            some = listened[first : first + operations.BATCH]
            await self._store.change(partial(operations.note_listened, ids=some, since=recent))
        idle_since, closed_before = now - self._kept.idle_s, now - self._kept.closed_s
        await remove_all(self._store, partial(operations.remove_idle, since=idle_since))
        await remove_all(self._store, partial(operations.forget_closed, before=closed_before))
