"""What is on its way to endpoints: who takes it, and what becomes of it."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, not_, or_, select, update

from tocsin.model.delivery import UNFINISHED, Delivery, Happening, State, states_before
from tocsin.model.endpoint import Kind, Order
from tocsin.store import delivery_counts, in_bulk
from tocsin.store.delivery_counts import Ending
from tocsin.store.delivery_order import Key, promote, supersede
from tocsin.store.tables import IS_PENDING, IS_SENDING, IS_UNFINISHED, deliveries, endpoints

DELETED: Final = "deleted"
"""The reason of a delivery that was cancelled because its endpoint was deleted."""


@dataclass(frozen=True)
class Settled:
    """What is to become of a delivery after an attempt.

    `tries` counts the attempts made, this one included. `due_ms` is when the next may be, where
    `state` is pending; `ended_ms` when it ended, where it has.
    """

    delivery_id: str
    tries: int
    state: State
    due_ms: int
    ended_ms: int | None = None
    reason: str | None = None


# One step into an index for each endpoint, however many deliveries there are.
_HEADS = select(
    endpoints.c.id,
    select(deliveries.c.due_ms)
    .where(deliveries.c.endpoint_id == endpoints.c.id, IS_PENDING)
    .order_by(deliveries.c.due_ms)
    .limit(1)
    .correlate(endpoints)
    .scalar_subquery()
    .label("due_ms"),
).where(endpoints.c.enabled, endpoints.c.deleted_at.is_(None), endpoints.c.kind == Kind.PUSH)

_DUE = (
    select(deliveries)
    .where(
        deliveries.c.endpoint_id == bindparam("at"),
        deliveries.c.due_ms <= bindparam("now"),
        IS_PENDING,
    )
    .order_by(deliveries.c.due_ms, deliveries.c.sequence)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(state=State.SENDING, worker=bindparam("by"))
)
# That there is a worker goes without saying, but not for SQLite when it looks for an index.
_SENDING = select(func.count()).where(
    deliveries.c.endpoint_id == bindparam("at"), deliveries.c.worker.is_not(None), IS_SENDING
)

_TAKEN: Select[Any] = (
    select(
        deliveries.c.id,
        deliveries.c.endpoint_id,
        deliveries.c.key,
        deliveries.c.tries,
        deliveries.c.due_ms,
        deliveries.c.reason,
        endpoints.c.order,
        endpoints.c.enabled,
        endpoints.c.disabled_reason,
        endpoints.c.deleted_at,
    )
    .join(endpoints)
    .where(deliveries.c.worker == bindparam("by"))
)
_ALL_TAKEN = _TAKEN.where(IS_SENDING).order_by(deliveries.c.endpoint_id, deliveries.c.worker)
_CHOSEN = _TAKEN.where(
    deliveries.c.state == State.SENDING, deliveries.c.id.in_(bindparam("ids", expanding=True))
)
_LET_GO = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(
        state=bindparam("becomes"),
        due_ms=bindparam("due"),
        tries=bindparam("made"),
        ended_ms=bindparam("ended"),
        reason=bindparam("why"),
        worker=None,
    )
)

# How many one unit of work cancels at most.
_CANCELLED: Final = 1_000
_NOT_BEGUN: Final = (deliveries.c.state.in_(states_before(Happening.DROPPED)), IS_UNFINISHED)
_UNWANTED: Select[Any] = (
    select(endpoints.c.id, endpoints.c.disabled_reason, endpoints.c.deleted_at)
    .where(
        or_(not_(endpoints.c.enabled), endpoints.c.deleted_at.is_not(None)),
        exists(select(deliveries.c.key)).where(
            deliveries.c.endpoint_id == endpoints.c.id, *_NOT_BEGUN
        ),
    )
    .limit(1)
)


def heads(conn: Connection) -> dict[str, int]:
    """When the first delivery is due (Unix ms, maybe past) at each endpoint that is enabled and
    has one to come."""
    rows = conn.execute(_HEADS)
    return {endpoint_id: due_ms for endpoint_id, due_ms in rows if due_ms is not None}


def claim(
    conn: Connection, endpoint_id: str, worker: str, now_ms: int, limit: int
) -> list[Delivery]:
    """Take deliveries that are due at an endpoint, those due for longest first. Nobody else gets
    them before they are settled, given back or freed."""
    bounds = {"at": endpoint_id, "now": now_ms, "limit": limit}
    taken = [delivery(row, State.SENDING) for row in conn.execute(_DUE, bounds).all()]
    in_bulk.run(conn, _TAKE, ({"of": one.id, "by": worker} for one in taken))
    return taken


def sending(conn: Connection, endpoint_id: str) -> int:
    """How many all workers together have taken of an endpoint's."""
    return conn.execute(_SENDING, {"at": endpoint_id}).scalar_one()


def settle(
    conn: Connection, worker: str, results: Sequence[Settled], now_ms: int
) -> dict[str, State]:
    """Keep what became of deliveries that this worker has taken; returns how they stand now.

    Those that it has lost meanwhile stay as they are, and are not returned. What was to be tried
    again is cancelled where the endpoint was disabled or deleted. What waited for them goes on.
    """
    by_id = {one.delivery_id: one for one in results}
    if not by_id:
        return {}
    rows = conn.execute(_CHOSEN, {"by": worker, "ids": list(by_id)}).all()
    held = [(row, by_id[row.id]) for row in rows if row.tries + 1 == by_id[row.id].tries]
    return _let_go(conn, held, now_ms)


def give_back(conn: Connection, ids: Collection[str], worker: str, now_ms: int) -> None:
    """Undo that this worker has taken these: nothing was sent."""
    if ids:
        _return(conn, conn.execute(_CHOSEN, {"by": worker, "ids": list(ids)}).all(), now_ms)


def free(conn: Connection, worker: str, now_ms: int) -> int:
    """Take back everything from a worker that is no more; returns how many. An attempt of which
    nothing was heard does not count."""
    rows = conn.execute(_ALL_TAKEN, {"by": worker}).all()
    _return(conn, rows, now_ms)
    return len(rows)


def cancel(conn: Connection, endpoint_id: str, reason: str | None, now_ms: int) -> int:
    """End what has not begun at an endpoint that is disabled or deleted; returns how many. What is
    being sent still counts if it arrives.

    It ends so many at most that nobody else waits for long. Nothing of the rest is sent; it is for
    `cancel_rest`.
    """
    some = (
        select(deliveries.c.id)
        .where(deliveries.c.endpoint_id == endpoint_id, *_NOT_BEGUN)
        .order_by(deliveries.c.key)  # as the index has it that holds nothing that has ended
        .limit(_CANCELLED)
    )
    number = conn.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(some), *_NOT_BEGUN)
        .values(state=State.CANCELLED, reason=reason, ended_ms=now_ms)
    ).rowcount
    if number:
        delivery_counts.add(conn, {Ending(endpoint_id, State.CANCELLED): number})
    return number


def cancel_rest(conn: Connection, now_ms: int) -> int:
    """`cancel` at one of the endpoints at which it is not through; returns how many, 0 if there is
    none."""
    row = conn.execute(_UNWANTED).first()
    return 0 if row is None else cancel(conn, row.id, _why_unwanted(row), now_ms)


def _return(conn: Connection, rows: Iterable[Row[Any]], now_ms: int) -> None:
    same = [
        (row, Settled(row.id, row.tries, State.PENDING, row.due_ms, reason=row.reason))
        for row in rows
    ]
    _let_go(conn, same, now_ms)


def _let_go(
    conn: Connection, held: Sequence[tuple[Row[Any], Settled]], now_ms: int
) -> dict[str, State]:
    if not held:
        return {}
    results = [_unless_idle(row, one, now_ms) for row, one in held]
    in_bulk.run(conn, _LET_GO, map(_values, results))
    endings = (
        Ending(row.endpoint_id, one.state) for (row, _), one in zip(held, results, strict=True)
    )
    delivery_counts.add(conn, Counter(one for one in endings if one.state not in UNFINISHED))
    ordered = {Key(row.endpoint_id, row.key): row.order for row, _ in held}
    superseding = [key for key, order in ordered.items() if order == Order.SUPERSEDE]
    ended = supersede(conn, superseding, now_ms)
    promote(conn, [key for key, order in ordered.items() if order != Order.NONE], now_ms)
    return {one.delivery_id: one.state for one in results} | dict.fromkeys(ended, State.SUPERSEDED)


def _unless_idle(row: Row[Any], result: Settled, now_ms: int) -> Settled:
    """Nothing is tried again where nobody wants it any more."""
    wanted = row.enabled and row.deleted_at is None
    if wanted or result.state is not State.PENDING:
        return result
    return replace(result, state=State.CANCELLED, reason=_why_unwanted(row), ended_ms=now_ms)


def _why_unwanted(row: Row[Any]) -> str | None:
    return row.disabled_reason if row.deleted_at is None else DELETED


def _values(result: Settled) -> dict[str, Any]:
    return {
        "of": result.delivery_id,
        "becomes": result.state,
        "due": result.due_ms,
        "made": result.tries,
        "ended": result.ended_ms,
        "why": result.reason,
    }


def delivery(row: Row[Any], state: State | None = None) -> Delivery:
    """The delivery that a row of the table holds; `state` is how it stands by now, if not so."""
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        sequence=row.sequence,
        event_type=row.event_type,
        key=row.key,
        webhook_id=row.webhook_id,
        ordinal=row.ordinal,
        previous_id=row.previous_id,
        superseded=row.superseded,
        base_url=row.base_url,
        state=state or State(row.state),
        due_ms=row.due_ms,
        tries=row.tries,
        created_ms=row.created_ms,
        ended_ms=row.ended_ms,
        reason=row.reason,
    )
