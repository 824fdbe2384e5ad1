"""Subscribers in the database, and which of them something concerns."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from tocsin.model.subscriber import Choice, Medium, Subscriber
from tocsin.store.tables import outbox, pages, placements, subscriber_components, subscribers

_OPEN = (
    select(func.max(outbox.c.id))
    .where(outbox.c.subscriber_id == subscribers.c.id, outbox.c.tries == 0)
    .correlate(subscribers)
    .scalar_subquery()
)


class Concerned(NamedTuple):
    """A subscriber to be told of something. `open_id` is its newest message that has not been tried
    yet; mail rests until `quiet_until_ms`."""

    id: str
    medium: Medium
    quiet_until_ms: int
    open_id: str | None


def find(conn: Connection, subscriber_id: str) -> Subscriber | None:
    """The subscriber of that id."""
    return next(iter(_load(conn, subscribers.c.id == subscriber_id)), None)


def by_token(conn: Connection, token: str) -> Subscriber | None:
    """The subscriber whose subscription the token opens."""
    return next(iter(_load(conn, subscribers.c.token == token)), None)


def by_target(conn: Connection, page_id: str, medium: Medium, target: str) -> Subscriber | None:
    """The subscriber of the page at that address or URL."""
    chosen = and_(
        subscribers.c.page_id == page_id,
        subscribers.c.medium == medium,
        subscribers.c.target == target,
    )
    return next(iter(_load(conn, chosen)), None)


def all_of(conn: Connection, ids: Collection[str]) -> dict[str, Subscriber]:
    """Those of these that there are, by id."""
    return {one.id: one for one in _load(conn, subscribers.c.id.in_(ids))}


def newest(
    conn: Connection, limit: int, before: str | None, page_id: str | None = None
) -> list[Subscriber]:
    """Subscribers, of the page if one is given, newest first, with ids below `before`."""
    query = select(subscribers.c.id).order_by(subscribers.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(subscribers.c.id < before)
    if page_id is not None:
        query = query.where(subscribers.c.page_id == page_id)
    return _load(conn, subscribers.c.id.in_(query.scalar_subquery()))[::-1]


def any_at_all(conn: Connection) -> bool:
    """Whether there is anybody to tell anything."""
    return bool(conn.scalar(select(exists(select(subscribers.c.id)))))


def concerned(
    conn: Connection,
    component_ids: Collection[str],
    media: Collection[Medium],
    between: tuple[str, str],
    limit: int,
) -> list[Concerned]:
    """Those who hear of these components, with ids `between` two others, in order.

    They are on a page that shows one of the components, may see that page, and have chosen that
    component or everything.
    """
    after, before = between
    query = _concerned(component_ids, media).where(
        subscribers.c.id > after, subscribers.c.id < before
    )
    rows = conn.execute(query.order_by(subscribers.c.id).limit(limit))
    return [Concerned(row.id, Medium(row.medium), row.quiet_until_ms, row.open_id) for row in rows]


def add(conn: Connection, subscriber: Subscriber) -> None:
    """Keep a new subscriber."""
    row = {
        "id": subscriber.id,
        "page_id": subscriber.page_id,
        "medium": subscriber.medium,
        "target": subscriber.target,
        "token": subscriber.token,
        "secret": subscriber.secret,
        "bypass_token": subscriber.bypass_token,
        "created_at": subscriber.created_at,
        "quiet_until_ms": 0,
    }
    conn.execute(insert(subscribers).values(**row, everything=subscriber.choice is None))
    _name_components(conn, subscriber.id, subscriber.choice)


def renew(conn: Connection, subscriber: Subscriber) -> None:
    """Replace what a subscriber can change of itself, by asking again or by its token."""
    conn.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber.id)
        .values(
            everything=subscriber.choice is None,
            secret=subscriber.secret,
            bypass_token=subscriber.bypass_token,
            failing_since=subscriber.failing_since,
        )
    )
    conn.execute(
        delete(subscriber_components).where(subscriber_components.c.subscriber_id == subscriber.id)
    )
    _name_components(conn, subscriber.id, subscriber.choice)


def keep_quiet(conn: Connection, until_ms: dict[str, int]) -> None:
    """Let the next mail to each of these wait until its time."""
    if until_ms:
        conn.execute(
            update(subscribers)
            .where(subscribers.c.id == bindparam("subscriber"))
            .values(quiet_until_ms=bindparam("until")),
            [{"subscriber": one, "until": until} for one, until in until_ms.items()],
        )


def note_failing(conn: Connection, subscriber_id: str, since: int | None) -> None:
    """Note since when nothing gets through; None: something has."""
    noted = subscribers.c.failing_since
    conn.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id, noted.is_distinct_from(since))
        .values(failing_since=since)
    )


def remove(conn: Connection, subscriber_id: str) -> None:
    """Forget a subscriber and everything that was still to be sent to it."""
    conn.execute(delete(subscribers).where(subscribers.c.id == subscriber_id))


def remove_aimless(conn: Connection, limit: int) -> int:
    """Forget those who had chosen components of which none is left; returns how many."""
    chosen = select(subscriber_components.c.subscriber_id).where(
        subscriber_components.c.subscriber_id == subscribers.c.id
    )
    aimless = select(subscribers.c.id).where(~subscribers.c.everything, ~exists(chosen))
    ids = aimless.limit(limit).scalar_subquery()
    return conn.execute(delete(subscribers).where(subscribers.c.id.in_(ids))).rowcount


def _concerned(component_ids: Collection[str], media: Collection[Medium]) -> Select[Any]:
    shown = (
        placements.c.page_id == subscribers.c.page_id,
        placements.c.component_id.in_(component_ids),
    )
    chosen = (
        subscriber_components.c.subscriber_id == subscribers.c.id,
        subscriber_components.c.component_id == placements.c.component_id,
    )
    may_see = or_(
        pages.c.visibility == "public", pages.c.bypass_token == subscribers.c.bypass_token
    )
    return (
        select(
            subscribers.c.id,
            subscribers.c.medium,
            subscribers.c.quiet_until_ms,
            _OPEN.label("open_id"),
        )
        .join_from(subscribers, pages, pages.c.id == subscribers.c.page_id)
        .where(
            subscribers.c.medium.in_(media),
            may_see,
            or_(
                and_(subscribers.c.everything, exists().where(*shown)),
                exists().where(*shown, *chosen),
            ),
        )
    )


def _name_components(conn: Connection, subscriber_id: str, choice: Choice) -> None:
    if choice:
        rows = [{"subscriber_id": subscriber_id, "component_id": one} for one in sorted(choice)]
        conn.execute(insert(subscriber_components), rows)


def _load(conn: Connection, chosen: ColumnElement[bool]) -> list[Subscriber]:
    rows = conn.execute(select(subscribers).where(chosen).order_by(subscribers.c.id)).all()
    named = _choices(conn, [row.id for row in rows if not row.everything])
    return [_subscriber(row, named) for row in rows]


def _choices(conn: Connection, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    named: dict[str, set[str]] = {one: set() for one in ids}
    table = subscriber_components
    query = select(table).where(table.c.subscriber_id.in_(ids)) if ids else None
    for row in conn.execute(query) if query is not None else ():
        named[row.subscriber_id].add(row.component_id)
    return {one: frozenset(those) for one, those in named.items()}


def _subscriber(row: Row[Any], named: dict[str, frozenset[str]]) -> Subscriber:
    return Subscriber(
        id=row.id,
        page_id=row.page_id,
        medium=Medium(row.medium),
        target=row.target,
        choice=named.get(row.id),
        token=row.token,
        secret=row.secret,
        bypass_token=row.bypass_token,
        created_at=row.created_at,
        failing_since=row.failing_since,
    )
