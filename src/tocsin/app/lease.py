"""The right to do what only one node at a time may do."""

from functools import partial
from typing import NoReturn

import structlog

from tocsin.app.clock import AlarmClock
from tocsin.store import leases
from tocsin.store.store import Store, StoreUnavailable
from tocsin.store.tx import Tx

_log = structlog.get_logger(__name__)

# How long after its holder has vanished without a word a lease is free.
_LASTS_MS = 15_000
_PROLONG_MS = 5_000
# How often one that is somebody else's is asked for.
_ASK_MS = 2_000


class LeaseLost(Exception):  # noqa: N818 - it names a state, not a mistake
    """Another node has taken the lease."""


class Lease:
    """A lease in the database, to be obtained and then kept.

    Clocks of nodes differ, so a node may lose it while it thinks it holds it. Hence whoever acts by
    it calls `check` in the very transaction that it acts in.
    """

    def __init__(self, store: Store, clock: AlarmClock, name: str, holder: str) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._holder = holder

    async def obtain(self) -> int | None:
        """Return once the lease is ours.

        The value is when its last holder was known to be alive (Unix ms), None when it had none.
        """
        unit = partial(leases.take, name=self._name, holder=self._holder, lasting_ms=_LASTS_MS)
        while True:
            try:
                if (taken := (await self._store.change(unit)).value) is not None:
                    return taken.ended_ms - _LASTS_MS if taken.ended_ms else None
            except StoreUnavailable as failure:
                _log.warning("a lease waits for the store", lease=self._name, cause=str(failure))
            await self._clock.until(self._clock.now_ms() + _ASK_MS)

    async def keep(self) -> NoReturn:
        """Prolong the lease for as long as this runs. Raises LeaseLost."""
        while True:
            await self._clock.until(self._clock.now_ms() + _PROLONG_MS)
            try:
                await self._store.change(self.check)
            except StoreUnavailable as failure:
                _log.warning("a lease waits for the store", lease=self._name, cause=str(failure))

    def check(self, tx: Tx) -> None:
        """Make sure that the lease is ours, and prolong it. Raises LeaseLost."""
        if not leases.prolong(tx, self._name, self._holder, _LASTS_MS):
            raise LeaseLost(f"another node has taken the lease {self._name!r}")

    async def release(self, alive_ms: int | None) -> None:
        """Give the lease back, if it is not lost; who had it was last alive then (Unix ms)."""
        ended_ms = alive_ms + _LASTS_MS if alive_ms else None
        unit = partial(leases.release, name=self._name, holder=self._holder, ended_ms=ended_ms)
        try:
            await self._store.change(unit)
        except StoreUnavailable as failure:
            _log.warning("a lease is left to run out", lease=self._name, cause=str(failure))
