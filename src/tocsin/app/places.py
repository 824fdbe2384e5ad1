"""The requests to endpoints that are under way, and those that are to follow them."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from tocsin.app.bodies import Bodies
from tocsin.app.caller import Caller
from tocsin.app.delivering import Claimed
from tocsin.model.endpoint import CONCURRENCY
from tocsin.model.exchange import Exchange

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Place:
    """One endpoint's: what has not begun, and how many have."""

    queue: deque[Claimed] = field(default_factory=deque)
    under_way: int = 0


class Places:
    """Sends deliveries, to each endpoint a few at a time. Lives on the loop.

    What one endpoint does is of no concern to the others: each has places of its own. `arrived` is
    told what came of each attempt, `failed` of those that could not be made, by a fault of ours.
    """

    def __init__(
        self,
        caller: Caller,
        bodies: Bodies,
        arrived: Callable[[Claimed, Exchange], None],
        failed: Callable[[Claimed], None],
    ) -> None:
        self._caller = caller
        self._bodies = bodies
        self._arrived = arrived
        self._failed = failed
        self._places: dict[str, _Place] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, claimed: Iterable[Claimed]) -> None:
        """Send these as soon as there is room at their endpoints."""
        for one in claimed:
            self._places.setdefault(one.endpoint.id, _Place()).queue.append(one)
            self._begin(one.endpoint.id)

    def held(self) -> dict[str, int]:
        """How many there are of each endpoint's."""
        return {name: len(one.queue) + one.under_way for name, one in self._places.items()}

    def leave(self, endpoint_id: str) -> list[str]:
        """Begin no more of what was to be sent there; returns the ids of those deliveries."""
        place = self._places.get(endpoint_id)
        if place is None:
            return []
        unbegun = [one.delivery.id for one in place.queue]
        place.queue.clear()
        return unbegun

    def leave_all(self) -> None:
        """Begin nothing more."""
        for endpoint_id in self._places:
            self.leave(endpoint_id)

    async def finish(self, within_s: float) -> None:
        """Give what is under way so long to arrive."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, endpoint_id: str) -> None:
        place = self._places[endpoint_id]
        while place.queue and place.under_way < CONCURRENCY:
            place.under_way += 1
            task = asyncio.create_task(self._send(place.queue.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if not place.under_way:
            del self._places[endpoint_id]

    async def _send(self, claimed: Claimed) -> None:
        delivery, endpoint = claimed.delivery, claimed.endpoint
        try:
            body = self._bodies.of(claimed)
            exchange = await self._caller.call(endpoint, delivery.webhook_id, body, delivery)
        except Exception:
            _log.exception("a delivery could not be made", delivery=delivery.id)
            self._failed(claimed)
        else:
            self._arrived(claimed, exchange)
        finally:
            self._places[endpoint.id].under_way -= 1
            self._begin(endpoint.id)
