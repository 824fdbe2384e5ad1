"""Writing down what endpoints are to be told, in the transaction that appends it to the log."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, text, update

from tocsin.model.delivery import State
from tocsin.model.delivery_queue import Line, Queued, join
from tocsin.model.endpoint import Endpoint, Order
from tocsin.model.endpoint_choice import wants
from tocsin.model.event import Event
from tocsin.store import delivery_counts, in_bulk
from tocsin.store.delivery_counts import Ending
from tocsin.store.delivery_order import Key
from tocsin.store.gathered import gathered
from tocsin.store.tables import IS_UNFINISHED, deliveries, endpoint_keys
from tocsin.wire.webhook_id import webhook_id

# How many keys one query names.
_CHUNK: Final = 500

# Which of the unfinished ones a new one has to know of.
_BEFORE: Final = {
    Order.STRICT: [State.PENDING, State.SENDING],
    Order.SUPERSEDE: [State.PENDING, State.SENDING, State.WAITING],
}

_NEWEST = select(
    endpoint_keys.c.endpoint_id,
    endpoint_keys.c.key,
    endpoint_keys.c.ordinal,
    endpoint_keys.c.webhook_id,
).where(
    endpoint_keys.c.endpoint_id.in_(bindparam("endpoint_ids", expanding=True)),
    endpoint_keys.c.key.in_(bindparam("keys", expanding=True)),
)
_IN_LINE = select(
    deliveries.c.endpoint_id,
    deliveries.c.key,
    deliveries.c.id,
    deliveries.c.sequence,
    deliveries.c.state,
    deliveries.c.superseded,
).where(
    deliveries.c.endpoint_id.in_(bindparam("endpoint_ids", expanding=True)),
    deliveries.c.key.in_(bindparam("keys", expanding=True)),
    deliveries.c.state.in_(bindparam("states", expanding=True)),
    IS_UNFINISHED,
)
_ADD = insert(deliveries)
_KEEP_KEY = text("""
    INSERT INTO endpoint_keys (endpoint_id, key, ordinal, webhook_id, written_at)
    VALUES (:endpoint_id, :key, :ordinal, :webhook_id, :written_at)
    ON CONFLICT (endpoint_id, key) DO UPDATE
    SET ordinal = excluded.ordinal, webhook_id = excluded.webhook_id,
        written_at = excluded.written_at
""")
_SUPERSEDE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("passed"))
    .values(state=State.SUPERSEDED, ended_ms=bindparam("now_ms"))
)


class Place(NamedTuple):
    """The place of an event among those of its key at an endpoint; fields as in a Delivery."""

    webhook_id: str
    ordinal: int
    previous_id: str | None
    superseded: int = 0


class Due(NamedTuple):
    """An event that an endpoint is to be told of.

    `event_type` is as the endpoint calls it. `place` is known where the event was due here before;
    None: it is the newest of its key.
    """

    endpoint: Endpoint
    sequence: int
    key: str
    event_type: str
    place: Place | None = None


@dataclass(frozen=True)
class Terms:
    """What all deliveries written in one go have in common."""

    epoch: str
    base_url: str
    now_ms: int
    new_id: Callable[[], str]


@dataclass(slots=True)
class _Newest:
    """The newest event of a key at an endpoint, which the next one follows."""

    ordinal: int = 0
    webhook_id: str | None = None
    moved: bool = False

    def follow(self, called: str) -> Place:
        """The place of an event after it, which is now the newest."""
        place = Place(called, self.ordinal + 1, self.webhook_id)
        self.ordinal, self.webhook_id, self.moved = place.ordinal, called, True
        return place


class _Entry(NamedTuple):
    """A delivery that is to be written."""

    due: Due
    place: Place
    queued: Queued


def due(endpoints: Sequence[Endpoint], events: Iterable[Event]) -> list[Due]:
    """Which of these endpoints are to be told of which of these events, in their order."""
    return [
        Due(endpoint, event.sequence, event.key, event_type)
        for event in events
        for endpoint in endpoints
        if (event_type := wants(endpoint, event)) is not None
    ]


def enlist(conn: Connection, dues: Sequence[Due], terms: Terms) -> None:
    """Write a delivery for each, in this order, and let it take its place behind those of its key.

    The endpoints must be enabled. The number of statements does not grow with that of deliveries.
    """
    if not dues:
        return
    newest, lines = _newest(conn, dues), _lines(conn, dues)
    queued = [(key, one) for key, line in lines.items() for one in line]
    entries = [_enter(one, newest, lines, terms) for one in dues]
    in_bulk.run(conn, _ADD, (_row(entry, terms) for entry in entries))
    moved = ((key, one) for key, one in newest.items() if one.moved)
    in_bulk.run(conn, _KEEP_KEY, (_key_row(key, one, terms) for key, one in moved))
    passed = (one.id for _, one in queued if one.state is State.SUPERSEDED)
    in_bulk.run(conn, _SUPERSEDE, ({"passed": one, "now_ms": terms.now_ms} for one in passed))
    queued += ((_key(entry.due), entry.queued) for entry in entries)
    superseded = [key.endpoint_id for key, one in queued if one.state is State.SUPERSEDED]
    delivery_counts.add(conn, Counter(Ending(one, State.SUPERSEDED) for one in superseded))


def _enter(one: Due, newest: dict[Key, _Newest], lines: dict[Key, Line], terms: Terms) -> _Entry:
    key = _key(one)
    place = one.place or newest[key].follow(
        webhook_id(one.endpoint.profile, terms.epoch, one.sequence)
    )
    queued = Queued(terms.new_id(), one.sequence, State.PENDING, place.superseded)
    join(lines[key], queued, one.endpoint.order)
    return _Entry(one, place, queued)


def _row(entry: _Entry, terms: Terms) -> dict[str, Any]:
    """The row as it stands once all have joined."""
    queued = entry.queued
    return {
        "id": queued.id,
        "endpoint_id": entry.due.endpoint.id,
        "sequence": queued.sequence,
        "event_type": entry.due.event_type,
        "key": entry.due.key,
        "webhook_id": entry.place.webhook_id,
        "ordinal": entry.place.ordinal,
        "previous_id": entry.place.previous_id,
        "superseded": queued.superseded,
        "base_url": terms.base_url,
        "state": queued.state,
        "due_ms": terms.now_ms,
        "tries": 0,
        "created_ms": terms.now_ms,
        "ended_ms": terms.now_ms if queued.state is State.SUPERSEDED else None,
    }


def _newest(conn: Connection, dues: Sequence[Due]) -> dict[Key, _Newest]:
    found = defaultdict[Key, _Newest](_Newest)
    for bounds in _bounds(dues):
        for endpoint_id, key, ordinal, called in conn.execute(_NEWEST, bounds).all():
            found[Key(endpoint_id, key)] = _Newest(ordinal, called)
    return found


def _lines(conn: Connection, dues: Sequence[Due]) -> dict[Key, Line]:
    return gathered(
        (Key(endpoint_id, key), Queued(id_, sequence, State(state), superseded))
        for order, states in _BEFORE.items()
        for bounds in _bounds([one for one in dues if one.endpoint.order is order])
        for endpoint_id, key, id_, sequence, state, superseded in conn.execute(
            _IN_LINE, {**bounds, "states": states}
        ).all()
    )


def _bounds(dues: Sequence[Due]) -> Iterator[dict[str, list[str]]]:
    """The endpoints and the keys concerned, for a query that names both: it finds more pairs than
    are asked for, but none that takes it a search of its own."""
    endpoint_ids = sorted({one.endpoint.id for one in dues})
    keys = sorted({one.key for one in dues})
    for at in range(0, len(keys), _CHUNK):
        yield {"endpoint_ids": endpoint_ids, "keys": keys[at : at + _CHUNK]}


def _key_row(key: Key, one: _Newest, terms: Terms) -> dict[str, Any]:
    return {
        "endpoint_id": key.endpoint_id,
        "key": key.key,
        "ordinal": one.ordinal,
        "webhook_id": one.webhook_id,
        "written_at": terms.now_ms // 1_000,
    }


def _key(one: Due) -> Key:
    return Key(one.endpoint.id, one.key)
