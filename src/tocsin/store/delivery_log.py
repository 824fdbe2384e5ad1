"""Deliveries, for people to look at, and letting go of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, exists, func, or_, select, tuple_

from tocsin.model.delivery import UNFINISHED, Delivery, State
from tocsin.store.deliveries import delivery
from tocsin.store.gathered import gathered
from tocsin.store.tables import (
    IS_UNDELIVERED,
    IS_UNFINISHED,
    deliveries,
    endpoint_keys,
    endpoints,
)
from tocsin.store.tx import Tx

_DAY_S: Final = 24 * 60 * 60
# How long is known how a delivery went after it ended, in seconds (spec: webhooks, "Delivery").
KEPT_S: Final = 7 * _DAY_S
# How long the newest event of a key is known, so that the next one can name it.
KEY_KEPT_S: Final = 90 * _DAY_S

# What one unit of work forgets at most of each.
_BATCH: Final = 500

# The words that let an index serve a query for deliveries in that state.
_INDEXED: Final = {
    **dict.fromkeys(UNFINISHED, IS_UNFINISHED),
    **dict.fromkeys([State.FAILED, State.SUPERSEDED, State.CANCELLED], IS_UNDELIVERED),
}


@dataclass(frozen=True)
class Chosen:
    """Which deliveries a list is of; None chooses any. They were written at `since_ms` or later,
    and before `until_ms` (Unix)."""

    endpoint_id: str | None = None
    state: State | None = None
    event_type: str | None = None
    key: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


def find(conn: Connection, delivery_id: str) -> Delivery | None:
    """The delivery of that id."""
    row = conn.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one_or_none()
    return None if row is None else delivery(row)


def listing(conn: Connection, chosen: Chosen, before: str | None, limit: int) -> list[Delivery]:
    """Deliveries, newest first, with ids below `before`."""
    query = select(deliveries)
    for name in ("endpoint_id", "state", "event_type", "key"):
        value = getattr(chosen, name)
        if value is not None:
            query = query.where(deliveries.c[name] == value)
    if chosen.state in _INDEXED:
        query = query.where(_INDEXED[chosen.state])
    if chosen.since_ms is not None:
        # An id tells when it was made, or later, where the clock was put back.
        query = query.where(deliveries.c.id >= f"{chosen.since_ms:012x}")
        query = query.where(deliveries.c.created_ms >= chosen.since_ms)
    if chosen.until_ms is not None:
        query = query.where(deliveries.c.created_ms < chosen.until_ms)
    if before is not None:
        query = query.where(deliveries.c.id < before)
    rows = conn.execute(query.order_by(deliveries.c.id.desc()).limit(limit))
    return [delivery(row) for row in rows]


def of_events(
    conn: Connection, endpoint_id: str, sequences: Collection[int]
) -> dict[int, list[Delivery]]:
    """The deliveries of each of these events to an endpoint, oldest first; an empty list for every
    other."""
    # In no order: for one by id SQLite would look at everything that the endpoint ever got.
    query = select(deliveries).where(
        deliveries.c.endpoint_id == endpoint_id, deliveries.c.sequence.in_(sequences)
    )
    found = sorted(map(delivery, conn.execute(query)), key=lambda one: one.id)
    return gathered((one.sequence, one) for one in found)


def queues(conn: Connection, endpoint_ids: Collection[str]) -> dict[str, dict[State, int]]:
    """How many deliveries have not ended at each of these endpoints, by where they stand."""
    query = (
        select(deliveries.c.endpoint_id, deliveries.c.state, func.count())
        .where(deliveries.c.endpoint_id.in_(endpoint_ids), IS_UNFINISHED)
        .group_by(deliveries.c.endpoint_id, deliveries.c.state)
    )
    found = gathered(
        (endpoint_id, (State(state), number)) for endpoint_id, state, number in conn.execute(query)
    )
    empty = dict.fromkeys(sorted(UNFINISHED), 0)
    return {endpoint_id: empty | dict(found[endpoint_id]) for endpoint_id in endpoint_ids}


def queue(conn: Connection) -> dict[State, int]:
    """How many deliveries have not ended, by where they stand."""
    query = select(deliveries.c.state, func.count()).where(IS_UNFINISHED)
    found = {State(state): number for state, number in conn.execute(query.group_by("state"))}
    return dict.fromkeys(sorted(UNFINISHED), 0) | found


def forget(tx: Tx) -> int:
    """Remove deliveries that ended long ago, keys of which nothing was heard for long, and deleted
    endpoints of which nothing is left; returns how many rows, at most a batch of each."""
    return _forget_ended(tx) + _forget_keys(tx) + _forget_endpoints(tx)


def _forget_ended(tx: Tx) -> int:
    old = (
        select(deliveries.c.id)
        .where(deliveries.c.ended_ms <= (tx.now - KEPT_S) * 1_000)
        .order_by(deliveries.c.ended_ms)
        .limit(_BATCH)
    )
    return tx.conn.execute(delete(deliveries).where(deliveries.c.id.in_(old))).rowcount


def _forget_keys(tx: Tx) -> int:
    """What is still on its way may be followed by something that names it."""
    unfinished = exists().where(
        deliveries.c.endpoint_id == endpoint_keys.c.endpoint_id,
        deliveries.c.key == endpoint_keys.c.key,
        IS_UNFINISHED,
    )
    old = (
        select(*endpoint_keys.primary_key)
        .where(endpoint_keys.c.written_at <= tx.now - KEY_KEPT_S, ~unfinished)
        .order_by(endpoint_keys.c.written_at)
    )
    return _remove_keys(tx, old)


def _forget_endpoints(tx: Tx) -> int:
    """Their keys go first, since there can be many."""
    deleted = endpoints.c.deleted_at.is_not(None)
    of_deleted = endpoint_keys.c.endpoint_id.in_(select(endpoints.c.id).where(deleted))
    keys = _remove_keys(tx, select(*endpoint_keys.primary_key).where(of_deleted))
    left = (
        exists().where(table.c.endpoint_id == endpoints.c.id)
        for table in (deliveries, endpoint_keys)
    )
    return keys + tx.conn.execute(delete(endpoints).where(deleted, ~or_(*left))).rowcount


def _remove_keys(tx: Tx, chosen: Select[Any]) -> int:
    key = tuple_(*endpoint_keys.primary_key)
    return tx.conn.execute(delete(endpoint_keys).where(key.in_(chosen.limit(_BATCH)))).rowcount
