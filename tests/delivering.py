"""A deliverer at work on a store, with endpoints at real receivers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from random import Random
from typing import Any

from tests.domain import Domain
from tests.model.endpoints import SECRET

from tocsin.app import endpoints
from tocsin.app.deliverer import Deliverer
from tocsin.app.delivering import Made
from tocsin.app.endpoint_caller import EndpointCaller
from tocsin.app.endpoints import NewEndpoint
from tocsin.app.outgoing import Outgoing
from tocsin.model.delivery import Delivery, State
from tocsin.model.endpoint import Endpoint, Profile
from tocsin.model.health import Health
from tocsin.store import attempts, delivery_log, endpoint_health
from tocsin.store.attempts import Attempt
from tocsin.store.delivery_log import Chosen

LOOPBACK = ip_network("127.0.0.0/8")


@dataclass
class Delivering:
    """A store whose deliverer works, and what it did."""

    there: Domain
    made: list[Made] = field(default_factory=list)

    async def endpoint(self, url: str, **fields: Any) -> Endpoint:
        """Make an endpoint that wants what is published here."""
        fields = {"profile": Profile.CLOUDEVENTS, "event_types": ("com.example.e",), **fields}
        new = NewEndpoint(name="Hook", url=url, **fields)
        return await self.there.do(lambda tx: endpoints.create(tx, new, SECRET, owner=1))

    async def publish(self, *keys: str) -> None:
        """Append an event of each key, in one change."""
        await self.there.do(
            lambda tx: [tx.append("com.example.e", "e/x", b'{"a":1}', key=key) for key in keys]
        )

    async def deliveries(self, at: Endpoint) -> list[Delivery]:
        """All of an endpoint's, oldest first."""
        chosen = Chosen(endpoint_id=at.id)
        found = await self.there.store.read(
            lambda conn: delivery_log.listing(conn, chosen, before=None, limit=1_000)
        )
        return found[::-1]

    async def states(self, at: Endpoint) -> list[State]:
        """How they stand."""
        return [one.state for one in await self.deliveries(at)]

    async def attempts(self, of: Delivery) -> list[Attempt]:
        """What was tried."""
        return await self.there.store.read(lambda conn: attempts.listing(conn, of.id))

    async def health(self, at: Endpoint) -> Health:
        """How an endpoint does."""
        load = partial(endpoint_health.load, endpoint_ids=[at.id])
        return (await self.there.store.read(load))[at.id].health

    async def until(self, at: Endpoint, *states: State) -> None:
        """Return once an endpoint's deliveries stand so."""
        async with asyncio.timeout(20):
            while await self.states(at) != list(states):
                await asyncio.sleep(0.002)

    async def tried(self, at: Endpoint) -> Delivery:
        """An endpoint's only delivery, once an attempt was kept."""
        async with asyncio.timeout(20):
            while not (found := (await self.deliveries(at))[0]).tries:
                await asyncio.sleep(0.002)
        return found


@asynccontextmanager
async def delivering(there: Domain, worker: str = "sqlite") -> AsyncIterator[Delivering]:
    """A deliverer at work on this store, until the end of the block."""
    caller = EndpointCaller(Outgoing(there.clock, [LOOPBACK]), there.clock)
    deliverer = Deliverer(there.store, there.clock, caller, Random(1), worker)
    at_work = Delivering(there)
    deliverer.on_attempt = at_work.made.append
    note = there.store.on_commit
    there.store.on_commit = lambda changes: (note(changes), [*map(deliverer.on_change, changes)])[0]
    there.store.on_enlisted = deliverer.wake
    task = asyncio.create_task(deliverer.run())
    try:
        yield at_work
    finally:
        task.cancel()
        await asyncio.wait([task])
        there.store.on_commit = note
