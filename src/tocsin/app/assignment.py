"""Giving incidents to the people whom the rules of their channel name, one level after another."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from tocsin.app import incidents
from tocsin.model import assignment
from tocsin.model.assignment import Escalation, Rule
from tocsin.model.incident import Incident
from tocsin.model.incident_command import Act, assign
from tocsin.store import escalations, people
from tocsin.store.tx import Tx


def begin(tx: Tx, incident: Incident, rules: Sequence[Rule], facts: Mapping[str, str]) -> Incident:
    """Give a new incident with these facts to whom the rules say, those who are to be asked at once
    in this very change."""
    escalation = assignment.begin(rules, facts, incident.created_at)
    if escalation is None:
        return incident
    escalations.add(tx.conn, incident.id, escalation)
    if escalation.due_at > tx.now:
        return incident
    return _ask(tx, incident, escalation, tx.now)


def next_due_ms(conn: Connection) -> int | None:
    """When the next people are to be asked (Unix ms, maybe past); None when nobody is."""
    due = escalations.next_due(conn)
    return due and due.at * 1_000


def take_due(tx: Tx) -> None:
    """Ask the people who were to be asked first, if they are now, as of when it was planned."""
    due = escalations.next_due(tx.conn)
    if due is None or due.at > tx.now:
        return
    escalation = escalations.find(tx.conn, due.incident_id)
    assert escalation is not None
    _ask(tx, incidents.get(tx.conn, due.incident_id), escalation, due.at)


def _ask(tx: Tx, incident: Incident, escalation: Escalation, at: int) -> Incident:
    """Give it to the people of the level that was due `at` then (Unix seconds). They have the whole
    wait from now on, however late this is. A level whose people are all gone is passed over."""
    level, left = assignment.ask(escalation, tx.now)
    known = people.load(tx.conn, level.person_ids)
    to = [known[one] for one in level.person_ids if one in known]
    if left is None:
        escalations.remove(tx.conn, incident.id)
    else:
        escalations.save(tx.conn, incident.id, left)
    if to:
        act = Act(None, at * 1_000)
        asked = assign(incident, to, act, reason="assignment rule", level=escalation.number)
        return incidents.carry_out(tx, incident, asked)
    return incident if left is None else _ask(tx, incident, left, at)
