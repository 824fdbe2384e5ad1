"""Tickets, as rows. A secret is never stored, only its digest."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from tocsin.model.operation import Run, topic_of
from tocsin.store import operations
from tocsin.store.retention import BATCH
from tocsin.store.tables import events, runs, sessions, tickets
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class Ticket:
    """The right to watch one operation, made with a token or a session; the other one is None.

    `after` is None until it is used: from then on it is for one run, of which the log tells first
    beyond that sequence. Until then it is good until `expires_at`.
    """

    digest: bytes
    operation_id: str
    token_id: str | None
    session_id: str | None
    expires_at: int
    after: int | None = None

    @property
    def owner(self) -> str:
        """The id of the token or session with which it ends."""
        return self.token_id or self.session_id or ""


# Sessions that have expired may still be there.
_GOOD = select(tickets).outerjoin(sessions, sessions.c.id == tickets.c.session_id)


def add(conn: Connection, ticket: Ticket) -> None:
    """Write down a new ticket."""
    conn.execute(insert(tickets).values(**vars(ticket)))


def find(conn: Connection, digest: bytes, now: int) -> Ticket | None:
    """The ticket whose secret has this digest, if it can be used at `now`."""
    good = and_(
        tickets.c.digest == digest,
        or_(tickets.c.after.is_not(None), tickets.c.expires_at > now),
        or_(tickets.c.session_id.is_(None), sessions.c.expires_at > now),
    )
    row = conn.execute(_GOOD.where(good)).one_or_none()
    return None if row is None else Ticket(**row._asdict())


def use(conn: Connection, digest: bytes, after: int, expires_at: int) -> None:
    """Note that a ticket is used: for which run, and when it may be forgotten."""
    used = update(tickets).where(tickets.c.digest == digest)
    conn.execute(used.values(after=after, expires_at=expires_at))


def first_told(conn: Connection, operation_id: str, after: int) -> int | None:
    """The sequence of the first event about an operation beyond that one."""
    query = (
        select(events.c.sequence)
        .where(events.c.topic == topic_of(operation_id), events.c.sequence > after)
        .order_by(events.c.sequence)
        .limit(1)
    )
    return conn.execute(query).scalar_one_or_none()


def run_telling(conn: Connection, operation_id: str, sequence: int) -> Run | None:
    """The run that an event about the operation belongs to; None when it has been forgotten."""
    number = conn.execute(
        select(runs.c.run).where(
            runs.c.operation_id == operation_id,
            runs.c.opened <= sequence,
            or_(runs.c.closed.is_(None), runs.c.closed >= sequence),
        )
    ).scalar_one_or_none()
    return None if number is None else operations.run(conn, operation_id, number)


def forget(tx: Tx) -> int:
    """Remove tickets that were not used in time, and used ones that nobody came back with, unless
    their operation is open; a batch of them. Returns how many."""
    open_runs = exists().where(
        runs.c.operation_id == tickets.c.operation_id, runs.c.closed_at.is_(None)
    )
    old = (
        select(tickets.c.digest)
        .where(tickets.c.expires_at <= tx.now, or_(tickets.c.after.is_(None), ~open_runs))
        .limit(BATCH)
    )
    return tx.conn.execute(delete(tickets).where(tickets.c.digest.in_(old))).rowcount
