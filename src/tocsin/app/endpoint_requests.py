"""The requests to endpoints that are under way, and those that are to follow them."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from tocsin.app.bodies import Bodies
from tocsin.app.delivering import Claimed
from tocsin.app.endpoint_caller import EndpointCaller
from tocsin.model.endpoint import CONCURRENCY
from tocsin.model.exchange import Exchange

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Requests:
    """One endpoint's: what has not begun, and how many have."""

    queue: deque[Claimed] = field(default_factory=deque)
    under_way: int = 0


class EndpointRequests:
    """Sends deliveries, to each endpoint a few at a time. Lives on the loop.

    What one endpoint does is of no concern to the others: each has a queue of its own. `arrived` is
    told what came of each attempt, `failed` of those that could not be made, by a fault of ours.
    """

    def __init__(
        self,
        caller: EndpointCaller,
        bodies: Bodies,
        arrived: Callable[[Claimed, Exchange], None],
        failed: Callable[[Claimed], None],
    ) -> None:
        self._caller = caller
        self._bodies = bodies
        self._arrived = arrived
        self._failed = failed
        self._at: dict[str, _Requests] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, claimed: Iterable[Claimed]) -> None:
        """Send these as soon as there is room at their endpoints."""
        for one in claimed:
            self._at.setdefault(one.endpoint.id, _Requests()).queue.append(one)
            self._begin(one.endpoint.id)

    def held(self) -> dict[str, int]:
        """How many there are of each endpoint's."""
        return {name: len(one.queue) + one.under_way for name, one in self._at.items()}

    def leave(self, endpoint_id: str) -> list[str]:
        """Begin no more of what was to be sent there; returns the ids of those deliveries."""
        here = self._at.get(endpoint_id)
        if here is None:
            return []
        unbegun = [one.delivery.id for one in here.queue]
        here.queue.clear()
        return unbegun

    def leave_all(self) -> None:
        """Begin nothing more."""
        for endpoint_id in self._at:
            self.leave(endpoint_id)

    async def finish(self, within_s: float) -> None:
        """Give what is under way so long to arrive."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, endpoint_id: str) -> None:
        here = self._at[endpoint_id]
        while here.queue and here.under_way < CONCURRENCY:
            here.under_way += 1
            task = asyncio.create_task(self._send(here.queue.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if not here.under_way:
            del self._at[endpoint_id]

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
            self._at[endpoint.id].under_way -= 1
            self._begin(endpoint.id)
