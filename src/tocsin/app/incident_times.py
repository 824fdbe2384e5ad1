"""What happens to incidents by itself: snoozes run out, those without alerts are closed."""

from sqlalchemy import Connection

from tocsin.app import incidents
from tocsin.model.incident_command import Act, begin, time_out
from tocsin.store import incident_times
from tocsin.store.tx import Tx


def next_awake_ms(conn: Connection) -> int | None:
    """When a snooze runs out (Unix ms, maybe past); None when nothing is snoozed."""
    due = incident_times.next_awake(conn)
    return due and due.at * 1_000


def wake_due(tx: Tx) -> None:
    """Wake the incident whose snooze was the first to run out, if it has, as of then."""
    due = incident_times.next_awake(tx.conn)
    if due is None or due.at > tx.now:
        return
    incident = incidents.get(tx.conn, due.incident_id)
    incidents.carry_out(tx, incident, begin(incident, tx.now_ms))


def next_closing_ms(conn: Connection) -> int | None:
    """When an incident is closed for want of alerts (Unix ms, maybe past); None when none is."""
    due = incident_times.next_closing(conn)
    return due and due.at * 1_000


def close_due(tx: Tx) -> None:
    """Close the incident that was due first, if it is due now, as of then."""
    due = incident_times.next_closing(tx.conn)
    if due is None or due.at > tx.now:
        return
    incident = incidents.get(tx.conn, due.incident_id)
    incidents.carry_out(tx, incident, time_out(incident, Act(None, due.at * 1_000)))
