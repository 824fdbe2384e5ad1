"""The outbox: what is still to be sent to subscribers. A row goes when it is done."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from tocsin.model.subscriber import Medium
from tocsin.store.tables import outbox, outbox_bulletins


class Item(NamedTuple):
    """A message: to a subscriber, or about an opt-in. `tries` counts those begun."""

    id: str
    subscriber_id: str | None
    opt_in_id: str | None
    tries: int


class NewItem(NamedTuple):
    """A message to be sent at `due_ms`, to a subscriber or about an opt-in."""

    id: str
    medium: Medium
    due_ms: int
    subscriber_id: str | None = None
    opt_in_id: str | None = None


def add(conn: Connection, items: Sequence[NewItem]) -> None:
    """Put messages into the outbox."""
    if items:
        conn.execute(insert(outbox), [{**item._asdict(), "tries": 0} for item in items])


def due(
    conn: Connection, medium: Medium, now_ms: int, limit: int, busy: Collection[str] = ()
) -> list[Item]:
    """Messages that are due, but for `busy`, in the order of their times; of one subscriber only
    the oldest."""
    older = outbox.alias()
    behind = select(older.c.id).where(
        older.c.subscriber_id == outbox.c.subscriber_id, older.c.id < outbox.c.id
    )
    query = (
        select(outbox.c.id, outbox.c.subscriber_id, outbox.c.opt_in_id, outbox.c.tries)
        .where(outbox.c.medium == medium, outbox.c.due_ms <= now_ms, ~exists(behind))
        .where(outbox.c.id.not_in(busy))
        .order_by(outbox.c.due_ms, outbox.c.id)
        .limit(limit)
    )
    return [Item(*row) for row in conn.execute(query)]


def next_due_ms(conn: Connection, medium: Medium) -> int | None:
    """When the next message is due that does not stand behind another of its subscriber."""
    older = outbox.alias()
    behind = select(older.c.id).where(
        older.c.subscriber_id == outbox.c.subscriber_id, older.c.id < outbox.c.id
    )
    query = (
        select(outbox.c.due_ms)
        .where(outbox.c.medium == medium, ~exists(behind))
        .order_by(outbox.c.due_ms)
        .limit(1)
    )
    return conn.scalar(query)


def begin(conn: Connection, ids: Collection[str], lost_at_ms: int) -> None:
    """Note that these are being tried; nobody else does so before `lost_at_ms`."""
    conn.execute(
        update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(tries=outbox.c.tries + 1, due_ms=lost_at_ms)
    )


def postpone(conn: Connection, item_id: str, due_ms: int) -> None:
    """Try it again at that time."""
    conn.execute(update(outbox).where(outbox.c.id == item_id).values(due_ms=due_ms))


def remove(conn: Connection, item_id: str) -> None:
    """It is done, or given up."""
    conn.execute(delete(outbox).where(outbox.c.id == item_id))


def remove_empty(conn: Connection) -> None:
    """Remove the messages that had nothing in them but bulletins that were taken back."""
    enclosed = select(outbox_bulletins.c.bulletin_id).where(
        outbox_bulletins.c.outbox_id == outbox.c.id
    )
    conn.execute(delete(outbox).where(outbox.c.subscriber_id.is_not(None), ~exists(enclosed)))


def waiting(conn: Connection) -> dict[Medium, int]:
    """How many messages there are."""
    query = select(outbox.c.medium, func.count()).group_by(outbox.c.medium)
    return {Medium(medium): number for medium, number in conn.execute(query)}
