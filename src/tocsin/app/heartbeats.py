"""What happens with heartbeats, as units of work."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tocsin.app import intake
from tocsin.model.alert import Effect
from tocsin.model.alert_event import AlertEvent
from tocsin.model.errors import invalid
from tocsin.model.heartbeat import Heartbeat, check_name
from tocsin.store import heartbeats, integrations
from tocsin.store.tx import Tx

# How many an integration may have: each that falls silent is an alert.
LIMIT = 1_000


def beat(
    tx: Tx, integration_id: str, name: str, every_s: int
) -> tuple[Heartbeat, Sequence[Effect]]:
    """What beats by this name has; how it is then, and what that did to its alert.

    The first beat begins the watch. Refused: invalid for what cannot be its name, and when the
    integration has too many; unauthorized when that is gone.
    """
    check_name(name)
    if integrations.find(tx.conn, integration_id) is None:
        raise intake.unknown_key()
    found = heartbeats.find(tx.conn, integration_id, name)
    if found is None:
        return _begin(tx, integration_id, Heartbeat(name, every_s, tx.now_ms)), ()
    beaten, event = found.beat(every_s, tx.now_ms)
    return beaten, _save(tx, integration_id, beaten, event)


def next_due_ms(conn: Connection) -> int | None:
    """When one will have been silent for too long (Unix ms, maybe past); None when none can be."""
    due = heartbeats.next_due(conn)
    return due and due.heartbeat.due_ms + 1


def take_due(tx: Tx) -> None:
    """Raise the alert of the one that was to beat first, if it is silent."""
    due = heartbeats.next_due(tx.conn)
    if due is None:
        return
    looked, event = due.heartbeat.look(tx.now_ms)
    if event is not None:
        _save(tx, due.integration_id, looked, event)


def begin_anew(tx: Tx) -> None:
    """Take all to have beaten now: nobody has listened while the server was away."""
    heartbeats.begin_anew(tx.conn, tx.now_ms)


def _begin(tx: Tx, integration_id: str, new: Heartbeat) -> Heartbeat:
    if heartbeats.count(tx.conn, integration_id) >= LIMIT:
        raise invalid("name", f"an integration may have at most {LIMIT:,} heartbeats")
    heartbeats.add(tx.conn, integration_id, new)
    return new


def _save(
    tx: Tx, integration_id: str, after: Heartbeat, event: AlertEvent | None
) -> Sequence[Effect]:
    heartbeats.save(tx.conn, integration_id, after)
    return () if event is None else intake.take(tx, integration_id, [event])
