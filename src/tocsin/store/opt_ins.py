"""Subscriptions that were asked for, in the database."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from tocsin.model.subscriber import Choice, Medium, OptIn, limited_by
from tocsin.store.tables import opt_ins


def by_token(conn: Connection, token: str, since: int) -> OptIn | None:
    """The opt-in that the token is for, if it was asked for at `since` (Unix seconds) or later."""
    return _find(conn, opt_ins.c.token == token, opt_ins.c.created_at >= since)


def find(conn: Connection, opt_in_id: str) -> OptIn | None:
    """The opt-in of that id."""
    return _find(conn, opt_ins.c.id == opt_in_id)


def count(conn: Connection, medium: Medium, target: str, since: int) -> int:
    """How often the mailbox or host of the target was asked for since (Unix seconds)."""
    return int(conn.scalar(select(func.count()).where(*_alike(medium, target, since))) or 0)


def count_tries(conn: Connection, medium: Medium, target: str, since: int) -> int:
    """How many challenges opt-ins since (Unix seconds) have sent to the host of the target."""
    return int(
        conn.scalar(select(func.sum(opt_ins.c.tries)).where(*_alike(medium, target, since))) or 0
    )


def add(conn: Connection, opt_in: OptIn) -> None:
    """Keep what was asked for."""
    conn.execute(
        insert(opt_ins).values(
            id=opt_in.id,
            page_id=opt_in.page_id,
            medium=opt_in.medium,
            target=opt_in.target,
            limited_by=limited_by(opt_in.medium, opt_in.target),
            everything=opt_in.choice is None,
            component_ids=" ".join(sorted(opt_in.choice or ())),
            token=opt_in.token,
            secret=opt_in.secret,
            bypass_token=opt_in.bypass_token,
            created_at=opt_in.created_at,
            tries=opt_in.tries,
        )
    )


def count_try(conn: Connection, opt_in: OptIn) -> None:
    """Note that a challenge is being sent."""
    conn.execute(update(opt_ins).where(opt_ins.c.id == opt_in.id).values(tries=opt_ins.c.tries + 1))


def settle(conn: Connection, opt_in: OptIn, subscriber_id: str) -> None:
    """Note which subscriber came of it."""
    conn.execute(
        update(opt_ins).where(opt_ins.c.id == opt_in.id).values(subscriber_id=subscriber_id)
    )


def forget(conn: Connection, before: int, limit: int) -> int:
    """Remove those asked for before that time (Unix seconds), so many at most; returns how many."""
    old = select(opt_ins.c.id).where(opt_ins.c.created_at < before).limit(limit)
    return conn.execute(delete(opt_ins).where(opt_ins.c.id.in_(old.scalar_subquery()))).rowcount


def _alike(medium: Medium, target: str, since: int) -> tuple[ColumnElement[bool], ...]:
    mailbox_or_host = limited_by(medium, target)
    return (opt_ins.c.limited_by == mailbox_or_host, opt_ins.c.created_at >= since)


def _find(conn: Connection, *chosen: ColumnElement[bool]) -> OptIn | None:
    row = conn.execute(select(opt_ins).where(*chosen)).one_or_none()
    if row is None:
        return None
    return OptIn(
        id=row.id,
        page_id=row.page_id,
        medium=Medium(row.medium),
        target=row.target,
        choice=_choice(row),
        token=row.token,
        secret=row.secret,
        bypass_token=row.bypass_token,
        created_at=row.created_at,
        tries=row.tries,
        subscriber_id=row.subscriber_id,
    )


def _choice(row: Any) -> Choice:
    return None if row.everything else frozenset(row.component_ids.split())
