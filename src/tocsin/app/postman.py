"""The postman: spreads bulletins over the outbox, and carries what is in there when it is due."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial
from random import Random
from typing import Protocol

import structlog
from sqlalchemy import Connection

from tocsin.app import bulletins
from tocsin.app.bulletins import Manner
from tocsin.app.clock import AlarmClock
from tocsin.app.outbox import Parcel, claim, settle
from tocsin.app.rounds import Round
from tocsin.model.event import Change
from tocsin.model.subscriber import Medium
from tocsin.model.trying import Result, Schedule, Tried
from tocsin.store import outbox
from tocsin.store.store import Store, StoreUnavailable
from tocsin.store.tx import Tx

_log = structlog.get_logger(__name__)

_RETRY_MS = 1_000
# After a fault of ours, which must not take the rest of the service with it.
_FAULT_RETRY_MS = 60_000


class Carrier(Protocol):
    """Brings messages to where they are meant for, by one medium."""

    medium: Medium
    schedule: Schedule
    at_once: int
    """How many messages it carries at the same time."""

    async def carry(self, parcel: Parcel) -> Tried:
        """Try to deliver one; a failure of the other side is what comes back."""
        ...

    async def rest(self) -> None:
        """Give up what costs something while there is nothing to carry."""
        ...

    async def close(self) -> None:
        """Give up everything: it will carry nothing more."""
        ...


class Postman:
    """Sends subscribers what they are to be told. Lives on the loop.

    The outbox is in the database, so that nothing is lost when the process ends: what it was
    sending just then, and that alone, may be sent once more.
    """

    def __init__(
        self,
        store: Store,
        clock: AlarmClock,
        carriers: Sequence[Carrier],
        digest_ms: int,
        chance: Random,
    ) -> None:
        self.settled: Counter[tuple[Medium, Result]] = Counter()
        """What became of messages, for metrics."""
        self.media = frozenset(one.medium for one in carriers)
        self._store = store
        self._manner = Manner(self.media, digest_ms)
        self._rounds = [
            Round(store, clock, _Post(one), chance, partial(self._note, one.medium))
            for one in carriers
        ]
        self._written = asyncio.Event()
        self._clock = clock

    def on_change(self, change: Change) -> None:
        """Look for bulletins, because `change` was committed. Called on the loop."""
        if any(event.type.startswith("tocsin.issue.") for event in change):
            self._written.set()

    def wake(self) -> None:
        """Look into the outbox: something was put there."""
        for each in self._rounds:
            each.wake()

    async def run(self) -> None:
        """Work until cancelled; then what is under way has a moment to arrive."""
        async with asyncio.TaskGroup() as group:
            for each in self._rounds:
                group.create_task(each.run())
            try:
                await self._spread()
            finally:
                for each in self._rounds:
                    each.end()

    def _note(self, medium: Medium, _: Parcel, settled: Tried) -> None:
        self.settled[medium, settled.result] += 1

    async def _spread(self) -> None:
        while True:
            self._written.clear()
            try:
                while (
                    await self._store.change(partial(bulletins.spread, manner=self._manner))
                ).value:
                    self.wake()
                await self._written.wait()
            except StoreUnavailable as failure:
                _log.warning("bulletins wait for the store", cause=str(failure))
                await self._clock.until(self._clock.now_ms() + _RETRY_MS)
            except Exception:
                _log.exception("a bulletin could not be spread")
                await self._clock.until(self._clock.now_ms() + _FAULT_RETRY_MS)


class _Post:
    """The messages of one medium in the outbox, and who carries them."""

    def __init__(self, carrier: Carrier) -> None:
        self.medium: str = carrier.medium.value
        self.at_once = carrier.at_once
        self.carry = carrier.carry
        self.rest = carrier.rest
        self.close = carrier.close
        self._medium = carrier.medium
        self._schedule = carrier.schedule

    def claim(self, tx: Tx, limit: int, busy: Collection[str]) -> list[Parcel]:
        """Take messages that are due."""
        return claim(tx, self._medium, limit, busy)

    def settle(self, tx: Tx, message: Parcel, tried: Tried, chance: float) -> Tried:
        """Keep what became of a message."""
        return settle(tx, parcel=message, tried=tried, schedule=self._schedule, chance=chance)

    def next_due_ms(self, conn: Connection) -> int | None:
        """When the next message is due."""
        return outbox.next_due_ms(conn, self._medium)
