"""What only one node at a time may do, and which one it is."""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from tocsin.store.tables import leases
from tocsin.store.tx import Tx

# Nobody's name.
_NOBODY = ""


@dataclass(frozen=True)
class Taken:
    """A lease that is the caller's now. `ended_ms` is when the last holder's ended or was to end
    (Unix ms, maybe still to come), None when that is not known."""

    ended_ms: int | None


def take(tx: Tx, name: str, holder: str, lasting_ms: int) -> Taken | None:
    """Take or prolong the lease, unless it is somebody else's, then None.

    One that has run out is free, but stays its holder's until somebody takes it.
    """
    row = tx.conn.execute(select(leases).where(leases.c.name == name)).one_or_none()
    values = {"holder": holder, "until_ms": tx.now_ms + lasting_ms}
    if row is None:
        tx.conn.execute(insert(leases).values(name=name, **values))
        return Taken(None)
    if row.holder not in {holder, _NOBODY} and row.until_ms > tx.now_ms:
        return None
    tx.conn.execute(update(leases).where(leases.c.name == name).values(values))
    return Taken(row.until_ms or None)


def prolong(tx: Tx, name: str, holder: str, lasting_ms: int) -> bool:
    """Let the lease end later, if it is still the holder's; whether it is."""
    return _set(tx, name, holder, until_ms=tx.now_ms + lasting_ms)


def release(tx: Tx, name: str, holder: str, ended_ms: int | None) -> bool:
    """Give the lease back, if it is still the holder's, as one that ended then."""
    return _set(tx, name, holder, holder=_NOBODY, until_ms=ended_ms or 0)


def _set(tx: Tx, name: str, by: str, **values: object) -> bool:
    held = (leases.c.name == name) & (leases.c.holder == by)
    return tx.conn.execute(update(leases).where(held).values(values)).rowcount == 1
