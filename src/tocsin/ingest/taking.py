"""Writing down what comes from NATS."""

from collections.abc import Sequence
from typing import Any

import structlog
from nats.aio.msg import Msg

from tocsin.app.bus_state import Fate
from tocsin.app.clock import AlarmClock
from tocsin.app.lease import Lease, LeaseLost
from tocsin.ingest.sorting import Request, Sorting, by_intake
from tocsin.ingest.source import Source
from tocsin.model.errors import Refused
from tocsin.store.store import Store, StoreUnavailable
from tocsin.store.tx import Tx

_log = structlog.get_logger(__name__)

# The wait before the next try to write.
_RETRY_MS = 1_000


class Taking:
    """Takes messages in as units of work, which need the lease."""

    def __init__(self, store: Store, clock: AlarmClock, lease: Lease, sorting: Sorting) -> None:
        self.sorting = sorting
        self._store = store
        self._clock = clock
        self._lease = lease

    async def take_in(self, source: Source, messages: Sequence[Msg]) -> None:
        """Return once these are on disk, or known to be nothing that can be. Raises LeaseLost."""
        if not messages:
            return
        requests = self.sorting.read(messages)
        try:
            await self._write(source, messages, requests)
        except LeaseLost:
            self.sorting.ended(requests, Fate.LOST)
            raise
        except Exception:
            await self._write_one_by_one(source, messages, requests)
        await source.taken(messages)

    async def _write_one_by_one(
        self, source: Source, messages: Sequence[Msg], requests: Sequence[Request]
    ) -> None:
        """A message that is not taken in by a fault of ours must not keep the others out."""
        for request in requests:
            try:
                await self._write(source, [request.message], [request])
            except LeaseLost:
                raise
            except Refused as refusal:
                self.sorting.refused(request, refusal)
            except Exception:
                _log.exception("a message from NATS could not be taken in", subject=request.subject)
                self.sorting.ended([request], Fate.FAILED)
        await self._write(source, messages, [])

    async def _write(
        self, source: Source, messages: Sequence[Msg], requests: Sequence[Request]
    ) -> None:
        """As one unit of work, as soon as the store can be written."""
        while True:
            try:
                return await self._write_now(source, messages, requests)
            except StoreUnavailable as failure:
                _log.warning("messages from NATS wait for the store", cause=str(failure))
                await self._clock.until(self._clock.now_ms() + _RETRY_MS)

    async def _write_now(
        self, source: Source, messages: Sequence[Msg], requests: Sequence[Request]
    ) -> None:
        parts = [(intake, intake.prepare(asked)) for intake, asked in by_intake(requests)]

        def unit(tx: Tx) -> list[Any]:
            self._lease.check(tx)
            if not source.note(tx, messages):
                return []
            return [part(tx) for _, part in parts]

        outcomes = (await self._store.change(unit)).value
        for (intake, _), outcome in zip(parts, outcomes, strict=False):
            intake.taken(outcome)
        self.sorting.ended(requests, Fate.TAKEN)
