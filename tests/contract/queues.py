"""What is on its way to endpoints, for tests that say in which state it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import insert, select
from tests.clock import HeldClock

from tocsin.model.delivery import Delivery, State
from tocsin.store import deliveries
from tocsin.store.deliveries import Settled
from tocsin.store.store import Store
from tocsin.store.tables import deliveries as table
from tocsin.store.tables import endpoints
from tocsin.store.tx import Tx

ENDPOINT: dict[str, Any] = {
    "kind": "push",
    "url": "https://example.org/",
    "profile": "cloudevents",
    "owner": 1,
    "secret": "whsec_",
    "previous_secrets": "[]",
    "event_types": "[]",
    "channels": "[]",
    "topics": "[]",
    "headers": "{}",
    "timeout_ms": 1_000,
    "max_attempts": 2,
    "order": "strict",
    "verify_tls": True,
    "rate_per_s": 0,
    "enabled": True,
    "created_at": 0,
    "version": 1,
}


@dataclass
class Queues:
    """A store with endpoints, and what workers do there."""

    store: Store
    clock: HeldClock
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def endpoint(self, name: str = "e", **fields: Any) -> None:
        """Make an endpoint."""
        row = {**ENDPOINT, "id": name, "name": name, **fields}
        await self.store.change(lambda tx: tx.conn.execute(insert(endpoints).values(row)))

    async def change(self, name: str = "e", **fields: Any) -> None:
        """Change an endpoint behind the back of what is on its way to it."""
        statement = endpoints.update().where(endpoints.c.id == name).values(fields)
        await self.store.change(lambda tx: tx.conn.execute(statement))

    async def put(self, *keys: str, at: str = "e", **fields: Any) -> list[str]:
        """Queue a delivery of each key, of ever newer events; returns their ids. The first of a key
        is pending, and the others wait, unless `state` says otherwise."""
        rows = [self._row(key, key in keys[:place], at) for place, key in enumerate(keys)]

        def unit(tx: Tx) -> list[str]:
            ids = [tx.new_id() for _ in rows]
            given = [{"id": id_, **row, **fields} for id_, row in zip(ids, rows, strict=True)]
            tx.conn.execute(insert(table), given)
            return ids

        return (await self.store.change(unit)).value

    def _row(self, key: str, behind: bool, at: str) -> dict[str, Any]:
        number = next(self.numbers)
        return {
            "endpoint_id": at,
            "sequence": number,
            "event_type": "com.example.happened",
            "key": key,
            "webhook_id": f"w{number}",
            "ordinal": number,
            "previous_id": None,
            "superseded": 0,
            "base_url": "https://status.example.org",
            "state": State.WAITING if behind else State.PENDING,
            "due_ms": self.clock.now_ms(),
            "tries": 0,
            "worker": None,
            "created_ms": self.clock.now_ms(),
            "ended_ms": None,
            "reason": None,
        }

    async def claim(self, worker: str = "w", limit: int = 9, at: str = "e") -> list[Delivery]:
        """A worker takes what is due."""

        def unit(tx: Tx) -> list[Delivery]:
            return deliveries.claim(tx.conn, at, worker, tx.now_ms, limit)

        return (await self.store.change(unit)).value

    async def settle(self, *results: Settled, worker: str = "w") -> dict[str, State]:
        """A worker says what is to become of what it has taken."""

        def unit(tx: Tx) -> dict[str, State]:
            return deliveries.settle(tx.conn, worker, results, tx.now_ms)

        return (await self.store.change(unit)).value

    async def deliver(self, *taken: Delivery, worker: str = "w") -> dict[str, State]:
        """A worker has delivered these."""
        return await self.settle(*(self.ended(one) for one in taken), worker=worker)

    def ended(self, one: Delivery, state: State = State.DELIVERED) -> Settled:
        """It ended so at the next try."""
        return Settled(one.id, one.tries + 1, state, one.due_ms, self.clock.now_ms())

    def again(self, one: Delivery, in_s: int = 5) -> Settled:
        """It failed, and is to be tried again."""
        due_ms = self.clock.now_ms() + in_s * 1_000
        return Settled(one.id, one.tries + 1, State.PENDING, due_ms, reason="status 500")

    async def rows(self) -> list[Any]:
        """The rows as they are kept, oldest first."""
        query = select(table).order_by(table.c.id)
        return await self.store.read(lambda conn: list(conn.execute(query)))

    async def states(self) -> list[str]:
        """How the deliveries stand, oldest first."""
        return [row.state for row in await self.rows()]
