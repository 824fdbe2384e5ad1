"""What the store lets go of, as units of work of BATCH rows; run them until nothing is left.

Small, because everybody else waits for what the writer does in one go.
"""

from sqlalchemy import Table, delete, func, select, tuple_, update

from tocsin.store import log
from tocsin.store.idempotency import KEPT_S
from tocsin.store.publish import REMEMBERED_S
from tocsin.store.tables import (
    IS_UNFINISHED,
    deliveries,
    event_ids,
    events,
    idempotency,
    runs,
    snapshots,
)
from tocsin.store.tables import log as log_table
from tocsin.store.tx import Tx

BATCH = 1_000

_DAY_MS = 24 * 60 * 60 * 1_000

# What deliveries are still to be sent, and what whoever watches an open run begins with.
_NEEDED = (
    select(func.min(deliveries.c.sequence)).where(IS_UNFINISHED),
    select(func.min(runs.c.opened)).where(runs.c.closed_at.is_(None)),
)


def past_limits(tx: Tx, keep_days: int, keep_events: int) -> int:
    """The sequence of the newest event beyond either limit (0: there is none), but before the
    oldest one that an unfinished delivery or an open run needs."""
    tx.flush()
    by_age = log.sequence_at(tx.conn, tx.now_ms - keep_days * _DAY_MS) if keep_days else 0
    by_number = tx.head - keep_events if keep_events else 0
    return min(max(by_age, by_number), _before_needed(tx))


def trim(tx: Tx, until: int) -> int:
    """Remove the oldest events, up to that sequence or the oldest one that is needed, with the
    snapshots that lead on to nothing without them; returns how many events."""
    tx.flush()
    trimmed = tx.first_available - 1
    until = min(until, trimmed + BATCH, _before_needed(tx))
    if until <= trimmed:
        return 0
    tx.conn.execute(delete(events).where(events.c.sequence <= until))
    tx.conn.execute(delete(snapshots).where(snapshots.c.sequence < until))
    tx.conn.execute(update(log_table).values(trimmed=until))
    tx.trimmed(until)
    return until - trimmed


def forget(tx: Tx) -> int:
    """Remove event ids and kept answers that are past their 24 hours; returns how many."""
    return _forget(tx, event_ids, REMEMBERED_S) + _forget(tx, idempotency, KEPT_S)


def _before_needed(tx: Tx) -> int:
    oldest = (tx.conn.scalar(query) for query in _NEEDED)
    return min((one - 1 for one in oldest if one is not None), default=tx.head)


def _forget(tx: Tx, table: Table, seconds: int) -> int:
    key = tuple_(*table.primary_key.columns)
    old = (
        select(*table.primary_key.columns)
        .where(table.c.recorded_at <= tx.now - seconds)
        .order_by(table.c.recorded_at)
        .limit(BATCH)
    )
    return tx.conn.execute(delete(table).where(key.in_(old))).rowcount
