"""Operations in the database, with their runs."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from tocsin.model.operation import Operation, Outcome, Run
from tocsin.store.gathered import gathered
from tocsin.store.tables import operations, runs

# How many runs of an operation are shown: somebody's build may run every minute.
RUNS_LIMIT = 50


class Due(NamedTuple):
    """An operation, and when its run is due to be closed (Unix ms)."""

    operation_id: str
    at_ms: int


# A run of an operation, by its number.
RunKey = tuple[str, int]

_LAST = select(operations.c.name, runs).join_from(
    operations,
    runs,
    and_(runs.c.operation_id == operations.c.id, runs.c.run == operations.c.run),
)
_NAMED = _LAST.where(operations.c.id.in_(bindparam("ids", expanding=True)))
_NEXT_DUE = (
    select(runs.c.operation_id, runs.c.closing_ms)
    .where(runs.c.closing_ms.is_not(None))
    .order_by(runs.c.closing_ms, runs.c.operation_id)
    .limit(1)
)
_ADD = insert(operations)
_RENEW = (
    update(operations)
    .where(operations.c.id == bindparam("of"))
    .values({name: bindparam(f"its_{name}") for name in ("name", "run", "sequence")})
)
_ADD_RUN = insert(runs)
_CHANGING = ("messages", "newest", "outcome", "closing_ms", "closed_at", "closed", "active_at")
_SAVE_RUN = (
    update(runs)
    .where(runs.c.operation_id == bindparam("of"), runs.c.run == bindparam("number"))
    .values({name: bindparam(f"its_{name}") for name in _CHANGING})
)


def find(conn: Connection, operation_id: str) -> Operation | None:
    """The operation of that id, in its last run."""
    return load(conn, [operation_id]).get(operation_id)


def load(conn: Connection, ids: Collection[str]) -> dict[str, Operation]:
    """Those of these operations that there are, by id."""
    return {row.operation_id: _operation(row) for row in conn.execute(_NAMED, {"ids": list(ids)})}


def listing(conn: Connection, before: int, limit: int) -> list[Operation]:
    """Operations whose last run was opened before that sequence, the newest first."""
    older = _LAST.where(operations.c.sequence < before)
    query = older.order_by(operations.c.sequence.desc()).limit(limit)
    return [_operation(row) for row in conn.execute(query)]


def run(conn: Connection, operation_id: str, number: int) -> Run | None:
    """One run of an operation."""
    chosen = and_(runs.c.operation_id == operation_id, runs.c.run == number)
    row = conn.execute(select(runs).where(chosen)).one_or_none()
    return None if row is None else _run(row)


def newest_runs(conn: Connection, ids: Collection[str]) -> Mapping[str, list[Run]]:
    """The newest runs of each of these operations, RUNS_LIMIT at most, the oldest of them first."""
    query = (
        select(runs)
        .join(operations, operations.c.id == runs.c.operation_id)
        .where(operations.c.id.in_(ids), runs.c.run > operations.c.run - RUNS_LIMIT)
        .order_by(runs.c.run)
    )
    return gathered((row.operation_id, _run(row)) for row in conn.execute(query))


def save(
    conn: Connection,
    before: Mapping[str, Operation],
    after: Iterable[Operation],
    changed: Mapping[RunKey, Run],
) -> None:
    """Keep the operations as they are `after` some of their runs began or `changed`; `before` they
    were as `load` gave them."""
    new = [_row(one) for one in after if one.id not in before]
    renewed = [
        {"of": one.id, **_renewed(one)}
        for one in after
        if one.id in before and one.last.number != before[one.id].last.number
    ]
    known = {one.id: one.last.number for one in before.values()}
    begun = [_run_row(key, run) for key, run in changed.items() if key[1] > known.get(key[0], 0)]
    told = [_saved(key, run) for key, run in changed.items() if key[1] <= known.get(key[0], 0)]
    for statement, rows in ((_ADD, new), (_RENEW, renewed), (_ADD_RUN, begun), (_SAVE_RUN, told)):
        if rows:
            conn.execute(statement, rows)


def remove(conn: Connection, operation_id: str) -> None:
    """Forget an operation with its runs; what was told in them stays in the log."""
    conn.execute(delete(operations).where(operations.c.id == operation_id))


def next_due(conn: Connection) -> Due | None:
    """The run that is due to be closed before all others, be it past or to come."""
    row = conn.execute(_NEXT_DUE).one_or_none()
    return None if row is None else Due(*row)


def idle(conn: Connection, since: int, limit: int) -> list[str]:
    """Open operations that nobody has told or listened to since then (Unix seconds)."""
    query = (
        select(runs.c.operation_id)
        .where(runs.c.active_at <= since, runs.c.closing_ms.is_(None))
        .order_by(runs.c.active_at)
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def listened(conn: Connection, ids: Collection[str], since: int, now: int) -> None:
    """Note that these operations are listened to, those that were last active before `since`."""
    quiet = and_(runs.c.operation_id.in_(ids), runs.c.active_at < since)
    conn.execute(update(runs).where(quiet).values(active_at=now))


def forget_closed(conn: Connection, before: int, limit: int) -> int:
    """Forget runs that were closed by then (Unix seconds), and operations that have no other;
    returns how many runs."""
    query = (
        select(runs.c.operation_id, runs.c.run)
        .where(runs.c.closed_at <= before)
        .order_by(runs.c.closed_at)
        .limit(limit)
    )
    old = [tuple(row) for row in conn.execute(query)]
    if old:
        conn.execute(delete(runs).where(tuple_(runs.c.operation_id, runs.c.run).in_(old)))
        left = select(runs.c.operation_id)
        without = and_(operations.c.id.in_({key for key, _ in old}), operations.c.id.not_in(left))
        conn.execute(delete(operations).where(without))
    return len(old)


def _row(operation: Operation) -> dict[str, Any]:
    last = operation.last
    return {
        "id": operation.id,
        "name": operation.name,
        "run": last.number,
        "sequence": last.opened,
    }


def _renewed(operation: Operation) -> dict[str, Any]:
    return {f"its_{name}": value for name, value in _row(operation).items() if name != "id"}


def _run_row(key: RunKey, run: Run) -> dict[str, Any]:
    return {
        "operation_id": key[0],
        "run": key[1],
        "opened_at": run.opened_at,
        "opened": run.opened,
        **{name: getattr(run, name) for name in _CHANGING},
    }


def _saved(key: RunKey, run: Run) -> dict[str, Any]:
    changing = {f"its_{name}": getattr(run, name) for name in _CHANGING}
    return {"of": key[0], "number": key[1], **changing}


def _operation(row: Row[Any]) -> Operation:
    return Operation(row.operation_id, row.name, _run(row))


def _run(row: Row[Any]) -> Run:
    return Run(
        number=row.run,
        opened_at=row.opened_at,
        opened=row.opened,
        messages=row.messages,
        newest=row.newest,
        outcome=Outcome(row.outcome) if row.outcome else None,
        closing_ms=row.closing_ms,
        closed_at=row.closed_at,
        closed=row.closed,
        active_at=row.active_at,
    )
