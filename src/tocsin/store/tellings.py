"""What people are told: first to be done, then how it went."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    exists,
    insert,
    select,
    update,
)

from tocsin.model.notify_url import veiled
from tocsin.model.severity import Severity
from tocsin.model.telling import Occasion
from tocsin.model.trying import Result
from tocsin.store.gathered import gathered
from tocsin.store.tables import alerts, tellings

MOOT: Final = "moot"
"""The result of a telling that had no purpose any more when it could be done."""


@dataclass(frozen=True)
class Telling:
    """Something that somebody is told at a URL, about a topic. `tries` counts those begun."""

    id: str
    topic: str
    person_id: int
    url: str
    occasion: Occasion
    severity: Severity
    title: str
    body: str
    created_at: int
    tries: int = 0


@dataclass(frozen=True)
class Receipt:
    """How a telling goes: `due_ms` is when it is tried next, None once it is over; `result` and
    `ended_at` how and when that was, `reason` why the last try failed."""

    telling: Telling
    due_ms: int | None
    result: str | None
    reason: str | None
    ended_at: int | None


def add(conn: Connection, due: Sequence[tuple[Telling, int]]) -> None:
    """Have people told, each when it is due (Unix ms)."""
    if due:
        conn.execute(insert(tellings), [{**vars(one), "due_ms": at} for one, at in due])


def due(conn: Connection, now_ms: int, limit: int, busy: Collection[str] = ()) -> list[Telling]:
    """Those that are due, but for `busy`, in the order of their times; about one topic at one URL
    only the oldest."""
    ready = and_(tellings.c.due_ms <= now_ms, tellings.c.id.not_in(busy))
    return [_telling(row) for row in conn.execute(_foremost(ready).limit(limit))]


def next_due_ms(conn: Connection) -> int | None:
    """When the next one is due (Unix ms, maybe past)."""
    row = conn.execute(_foremost(tellings.c.due_ms.is_not(None)).limit(1)).one_or_none()
    return None if row is None else row.due_ms


def flapping(conn: Connection, incident_ids: Collection[str]) -> set[str]:
    """Those of these incidents that have alerts, all of them flapping."""
    query = select(alerts.c.incident_id, alerts.c.flapping)
    found = conn.execute(query.where(alerts.c.incident_id.in_(incident_ids)).distinct())
    flaps = gathered((incident_id, flaps) for incident_id, flaps in found)
    return {incident_id for incident_id, those in flaps.items() if all(those)}


def begin(conn: Connection, ids: Collection[str], lost_at_ms: int) -> None:
    """Note that these are being tried; nobody else does so before `lost_at_ms`."""
    chosen = tellings.c.id.in_(ids)
    conn.execute(
        update(tellings).where(chosen).values(tries=tellings.c.tries + 1, due_ms=lost_at_ms)
    )


def postpone(conn: Connection, telling_id: str, due_ms: int, reason: str) -> None:
    """Try it again at that time; `reason` is why it failed."""
    mine = tellings.c.id == telling_id
    conn.execute(update(tellings).where(mine).values(due_ms=due_ms, reason=reason))


def end(conn: Connection, telling: Telling, result: Result | str, reason: str, now: int) -> None:
    """It is over. The secrets in its URL go."""
    mine = tellings.c.id == telling.id
    ended = {"result": str(result), "reason": reason or None, "ended_at": now, "due_ms": None}
    conn.execute(update(tellings).where(mine).values(url=veiled(telling.url), **ended))


def results(conn: Connection, telling: Telling) -> set[str | None]:
    """How older tellings about the same topic to the same person by the same service went."""
    query = select(tellings.c.result).where(
        tellings.c.topic == telling.topic,
        tellings.c.person_id == telling.person_id,
        tellings.c.url.in_([telling.url, veiled(telling.url)]),
        tellings.c.id < telling.id,
    )
    return set(conn.scalars(query.distinct()))


def listing(conn: Connection, topic: str, before: str | None, limit: int) -> list[Receipt]:
    """The tellings about a topic, newest first, with ids below `before`."""
    query = select(tellings).where(tellings.c.topic == topic)
    if before is not None:
        query = query.where(tellings.c.id < before)
    rows = conn.execute(query.order_by(tellings.c.id.desc()).limit(limit))
    return [
        Receipt(_telling(row), row.due_ms, row.result, row.reason, row.ended_at) for row in rows
    ]


def forget_ended(conn: Connection, before: int, limit: int) -> int:
    """Forget those that were over by then (Unix seconds); returns how many."""
    old = (
        select(tellings.c.id)
        .where(tellings.c.ended_at <= before)
        .order_by(tellings.c.ended_at)
        .limit(limit)
    )
    return conn.execute(delete(tellings).where(tellings.c.id.in_(old))).rowcount


def _foremost(chosen: ColumnElement[bool]) -> Select[Any]:
    """The chosen ones that stand behind no other about their topic at their URL."""
    older = tellings.alias()
    behind = select(older.c.id).where(
        older.c.topic == tellings.c.topic,
        older.c.url == tellings.c.url,
        older.c.due_ms.is_not(None),
        older.c.id < tellings.c.id,
    )
    query = select(tellings).where(chosen, ~exists(behind.correlate(tellings)))
    return query.order_by(tellings.c.due_ms, tellings.c.id)


def _telling(row: Row[Any]) -> Telling:
    return Telling(
        id=row.id,
        topic=row.topic,
        person_id=row.person_id,
        url=row.url,
        occasion=Occasion(row.occasion),
        severity=Severity(row.severity),
        title=row.title,
        body=row.body,
        created_at=row.created_at,
        tries=row.tries,
    )
