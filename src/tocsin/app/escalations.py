"""Asking for people rests and goes on as their incident does."""

from tocsin.model import assignment
from tocsin.model.incident import Incident, IncidentEvent
from tocsin.model.incident_command import Decision
from tocsin.store import escalations
from tocsin.store.tx import Tx


def follow(tx: Tx, before: Incident, decision: Decision) -> None:
    """Let asking follow an incident, which was as `before`. Once somebody has given it to people by
    hand, the rules give it to nobody else."""
    after = decision.incident
    entries = decision.entries
    if any(one.type is IncidentEvent.ASSIGN and one.person is not None for one in entries):
        escalations.remove(tx.conn, after.id)
    elif assignment.waits(before) != assignment.waits(after):
        escalation = escalations.find(tx.conn, after.id)
        if escalation is not None:
            escalations.save(tx.conn, after.id, assignment.follow(escalation, after, tx.now))
