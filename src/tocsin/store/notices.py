"""Notices as they stand in the log, newest first."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, or_, select
from sqlalchemy.sql import ColumnElement

from tocsin.model.event import Event
from tocsin.model.notice import OWN_CLASSES, topic_of
from tocsin.store.log import SCAN_LIMIT
from tocsin.store.tables import IS_NOTICE, events


class Stretch(NamedTuple):
    """The part of the log after one sequence and up to another."""

    after: int
    until: int


_NEWEST_FIRST = (
    select(events)
    .where(events.c.sequence > bindparam("after"), events.c.sequence <= bindparam("until"))
    .order_by(events.c.sequence.desc())
    .limit(bindparam("limit"))
)
_OF_TOPIC = _NEWEST_FIRST.where(events.c.topic == bindparam("topic"))
_PUBLISHED = _NEWEST_FIRST.where(IS_NOTICE)


def newest(conn: Connection, class_: str, stretch: Stretch, limit: int) -> list[Event]:
    """At most `limit` events of a stretch that are notices of the class.

    For the server's own classes it looks at the stretch's last SCAN_LIMIT events.
    """
    after, until = stretch
    roots = OWN_CLASSES.get(class_)
    if roots is None:
        return _run(conn, _OF_TOPIC, stretch, limit, topic=topic_of(class_))
    part = Stretch(max(after, until - SCAN_LIMIT), until)
    return _run(conn, _NEWEST_FIRST.where(or_(*map(_has_root, roots))), part, limit)


def published(conn: Connection, before: int, limit: int, class_: str | None = None) -> list[Event]:
    """At most `limit` notices that publishers gave, of one class or of any, below a sequence."""
    stretch = Stretch(0, before - 1)
    if class_ is not None:
        return _run(conn, _OF_TOPIC, stretch, limit, topic=topic_of(class_))
    return _run(conn, _PUBLISHED, stretch, limit)


def _run(
    conn: Connection,
    query: Select[Any],
    stretch: Stretch,
    limit: int,
    **values: str,
) -> list[Event]:
    rows = conn.execute(query, {**stretch._asdict(), "limit": limit, **values})
    return [Event(*row) for row in rows]


def _has_root(root: str) -> ColumnElement[bool]:
    """Not LIKE, nor a range: what those find depends on the engine's collation."""
    prefix = f"{root}/"
    return func.substr(events.c.topic, 1, len(prefix)) == prefix
