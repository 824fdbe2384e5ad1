"""Failed sign-ins by network address, as rows."""

from sqlalchemy import Connection, delete, insert, or_, select

from tocsin.model.sign_in import Failures
from tocsin.store.retention import BATCH
from tocsin.store.tables import sign_in_failures
from tocsin.store.tx import Tx

# Longer than any failure counts.
_KEPT_S = 24 * 60 * 60


def find(conn: Connection, address: str) -> Failures | None:
    """What is known of the address; None when it has not failed lately."""
    query = select(sign_in_failures).where(sign_in_failures.c.address == address)
    row = conn.execute(query).one_or_none()
    return None if row is None else Failures(row.failures, row.last_at, row.blocked_until)


def save(conn: Connection, address: str, failures: Failures) -> None:
    """Write down what is known of the address, in place of what was."""
    remove(conn, address)
    conn.execute(
        insert(sign_in_failures).values(
            address=address,
            failures=failures.count,
            last_at=failures.last_at,
            blocked_until=failures.blocked_until,
        )
    )


def remove(conn: Connection, address: str) -> None:
    """Forget the failures of one address."""
    conn.execute(delete(sign_in_failures).where(sign_in_failures.c.address == address))


def forget(tx: Tx) -> int:
    """Remove what counts no longer, a batch of it; returns how many addresses that were."""
    table = sign_in_failures
    over = or_(table.c.blocked_until.is_(None), table.c.blocked_until <= tx.now)
    old = select(table.c.address).where(table.c.last_at <= tx.now - _KEPT_S, over).limit(BATCH)
    return tx.conn.execute(delete(table).where(table.c.address.in_(old))).rowcount
