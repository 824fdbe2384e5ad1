"""Keeping the store in order: what need not be kept is removed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tocsin.app import endpoints, subscribing, telling
from tocsin.app.clock import AlarmClock
from tocsin.app.removal import remove_all
from tocsin.app.snapshots import begin_log_after
from tocsin.store import delivery_log, retention, sessions, sign_in_failures, tickets
from tocsin.store.store import Store, StoreUnavailable
from tocsin.store.tx import Tx

_log = logging.getLogger(__name__)

_EVERY_MS = 60 * 60 * 1_000

# Units of work that each remove, or end, a batch of what has had its time.
_FORGETTING: tuple[Callable[[Tx], int], ...] = (
    retention.forget,
    subscribing.forget,
    sessions.forget,
    sign_in_failures.forget,
    tickets.forget,
    telling.forget,
    delivery_log.forget,
    endpoints.cancel_rest,
)


@dataclass(frozen=True)
class Retention:
    """How much of the log is kept: the younger of both limits; 0 is no limit."""

    keep_days: int
    keep_events: int


class Upkeep:
    """The upkeep of one store."""

    def __init__(self, store: Store, keep: Retention) -> None:
        self._store = store
        self._keep = keep

    async def run(self, clock: AlarmClock) -> None:
        """Prune now and every hour, until cancelled. A store that fails is tried again then."""
        while True:
            try:
                removed = await self.prune()
                _log.log(logging.INFO if removed else logging.DEBUG, "pruned %d events", removed)
            except StoreUnavailable as failure:
                _log.warning("not pruned: %s", failure)
            await clock.until(clock.now_ms() + _EVERY_MS)

    async def prune(self) -> int:
        """Remove what need not be kept any longer; how many events that were."""
        for batch in _FORGETTING:
            await remove_all(self._store, batch)
        limits = partial(retention.past_limits, **vars(self._keep))
        until = (await self._store.change(limits)).value
        await begin_log_after(self._store, until)
        return await remove_all(self._store, partial(retention.trim, until=until))
