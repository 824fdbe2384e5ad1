"""Whether a store is whole. Slow on purpose: for the doctor, never for a start or a request."""

from sqlalchemy import Connection, func, select

from tocsin.store import log
from tocsin.store.tables import events

_SHOWN = 5


def damage(conn: Connection) -> list[str]:
    """What the database engine finds wrong with its own file; PostgreSQL is not asked."""
    if conn.dialect.name != "sqlite":
        return []
    pages = [row[0] for row in conn.exec_driver_sql(f"PRAGMA integrity_check({_SHOWN})")]
    keys = conn.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_SHOWN)
    return [line for line in pages if line != "ok"] + [
        f"{table} row {row} refers to a missing row of {parent}" for table, row, parent, _ in keys
    ]


def holes(conn: Connection) -> list[str]:
    """Where the log's sequence is not dense from its first available event to its head."""
    facts = log.facts(conn)
    count = conn.scalar(select(func.count()).select_from(events)) or 0
    first = conn.scalar(select(events.c.sequence).order_by(events.c.sequence).limit(1))
    found = []
    if first is not None and first != facts.first_available:
        found.append(f"the log begins at {first}, but {facts.first_available} should be there")
    missing = facts.head - (first or facts.head + 1) + 1 - count
    if missing:
        found.append(f"{missing} events are missing between {first} and {facts.head}")
    return found
