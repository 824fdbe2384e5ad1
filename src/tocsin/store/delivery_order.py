"""What the deliveries of one key wait for (spec: webhooks, "Delivery")."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, assert_never

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    exists,
    select,
    text,
    tuple_,
    update,
)

from tocsin.model.delivery import Happening, State, states_before
from tocsin.model.endpoint import Order
from tocsin.store import delivery_counts, in_bulk
from tocsin.store.delivery_counts import Ending
from tocsin.store.gathered import gathered
from tocsin.store.tables import IS_PENDING, IS_UNFINISHED, deliveries


class Key(NamedTuple):
    """What orders deliveries: the key of their events, at one endpoint."""

    endpoint_id: str
    key: str


# Written out: a value bound beside the condition of a partial index has SQLite plan the statement
# again for every row.
_IS_WAITING = text("(state = 'waiting')")
_IS_AHEAD = text("(state IN ('pending', 'sending'))")

_one = deliveries.alias()
_ITS = (
    _one.c.endpoint_id == bindparam("at"),
    _one.c.key == bindparam("of"),
    IS_UNFINISHED,
)
_AHEAD = exists(select(_one.c.id).where(*_ITS, _IS_AHEAD))
_FOREMOST = (
    select(_one.c.id).where(*_ITS, _IS_WAITING).order_by(_one.c.sequence).limit(1).scalar_subquery()
)
_PROMOTE = (
    update(deliveries)
    .where(deliveries.c.id == _FOREMOST, ~_AHEAD)
    .values(state=State.PENDING, due_ms=bindparam("now"))
)

_NOT_BEGUN: Select[Any] = select(
    deliveries.c.id,
    deliveries.c.endpoint_id,
    deliveries.c.key,
    deliveries.c.sequence,
    deliveries.c.superseded,
).where(deliveries.c.state.in_(states_before(Happening.PASSED_OVER)), IS_UNFINISHED)
# Of these keys, each at any of these endpoints: a list of pairs would have all rows looked at.
_OF_KEYS = _NOT_BEGUN.where(
    deliveries.c.endpoint_id.in_(bindparam("endpoint_ids", expanding=True)),
    deliveries.c.key.in_(bindparam("keys", expanding=True)),
)
_OF_ENDPOINT = _NOT_BEGUN.where(deliveries.c.endpoint_id == bindparam("at"))
_SUPERSEDE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(state=State.SUPERSEDED, ended_ms=bindparam("now"))
)
_HAND_ON = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("to"))
    .values(superseded=deliveries.c.superseded + bindparam("count"))
)


def promote(conn: Connection, keys: Collection[Key], now_ms: int) -> None:
    """Let the oldest that waits of each key be sent, where no other of the key is or may be."""
    in_bulk.run(conn, _PROMOTE, ({"at": at, "of": key, "now": now_ms} for at, key in keys))


def supersede(conn: Connection, keys: Collection[Key], now_ms: int) -> list[str]:
    """Let the newest of each key stand for all that are not being sent; returns which ended."""
    if not keys:
        return []
    bounds = {
        "endpoint_ids": list({one.endpoint_id for one in keys}),
        "keys": list({one.key for one in keys}),
    }
    found = _by_key(conn.execute(_OF_KEYS, bounds))
    return _pass_over(conn, [found[key] for key in keys if key in found], now_ms)


def arrange(conn: Connection, endpoint_id: str, order: Order, now_ms: int) -> None:
    """Let this order hold from now on between those on their way to an endpoint."""
    match order:
        case Order.NONE:
            _release(conn, endpoint_id, now_ms)
        case Order.STRICT:
            _hold(conn, endpoint_id)
        case Order.SUPERSEDE:
            found = _by_key(conn.execute(_OF_ENDPOINT, {"at": endpoint_id}))
            _pass_over(conn, found.values(), now_ms)
            _hold(conn, endpoint_id)
            promote(conn, [key for key, line in found.items() if len(line) > 1], now_ms)
        case _:
            assert_never(order)


def _by_key(rows: Iterable[Row[Any]]) -> dict[Key, list[Row[Any]]]:
    return gathered((Key(row.endpoint_id, row.key), row) for row in rows)


def _pass_over(conn: Connection, lines: Iterable[list[Row[Any]]], now_ms: int) -> list[str]:
    ended: list[Row[Any]] = []
    handed: list[dict[str, Any]] = []
    for those in lines:
        *older, newest = sorted(those, key=lambda row: (row.sequence, row.id))
        if older:
            ended += older
            handed.append({"to": newest.id, "count": _passed_over(older, newest)})
    if ended:
        in_bulk.run(conn, _SUPERSEDE, ({"of": one.id, "now": now_ms} for one in ended))
        in_bulk.run(conn, _HAND_ON, handed)
        delivery_counts.add(
            conn, Counter(Ending(one.endpoint_id, State.SUPERSEDED) for one in ended)
        )
    return [one.id for one in ended]


def _release(conn: Connection, endpoint_id: str, now_ms: int) -> None:
    """Let everything that waits be sent."""
    waiting = (deliveries.c.endpoint_id == endpoint_id, _IS_WAITING)
    conn.execute(
        update(deliveries).where(*waiting, IS_UNFINISHED).values(state=State.PENDING, due_ms=now_ms)
    )


def _hold(conn: Connection, endpoint_id: str) -> None:
    """Let what is to be sent wait behind what is being sent of its key, and what is older."""
    ahead = exists().where(
        _one.c.endpoint_id == deliveries.c.endpoint_id,
        _one.c.key == deliveries.c.key,
        (_one.c.state == State.SENDING) | _is_older(),
        IS_UNFINISHED,
        _IS_AHEAD,
    )
    conn.execute(
        update(deliveries)
        .where(deliveries.c.endpoint_id == endpoint_id, IS_PENDING, ahead)
        .values(state=State.WAITING)
    )


def _is_older() -> ColumnElement[bool]:
    return tuple_(_one.c.sequence, _one.c.id) < tuple_(deliveries.c.sequence, deliveries.c.id)


def _passed_over(older: Iterable[Row[Any]], newest: Row[Any]) -> int:
    """How many are not told because of the newest. One that was written after it tells of something
    again, and was counted when it was told first."""
    return sum(row.superseded + 1 for row in older if row.id < newest.id)
