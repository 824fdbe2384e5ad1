"""Saying on the status page what an incident is about."""

from tocsin.app import incidents, issues
from tocsin.app.incidents import ANY
from tocsin.model.incident_command import Act
from tocsin.model.incident_issue import posted
from tocsin.model.issue import NewIssue
from tocsin.model.person import Person
from tocsin.model.precondition import Precondition
from tocsin.store import incident_issues
from tocsin.store.issues import StoredIssue
from tocsin.store.tx import Tx


def post(
    tx: Tx, incident_id: str, new: NewIssue, actor: Person, seen: Precondition = ANY
) -> StoredIssue:
    """Make an issue about an incident, whose timeline tells of it. Refused: not_found,
    precondition_failed, and as `issues.create`."""
    incident = incidents.get(tx.conn, incident_id)
    seen.check(incident.id, incident.version)
    made = issues.create(tx, new)
    decision = posted(incident, new.id, new.title, Act(actor, tx.now_ms))
    incidents.carry_out(tx, incident, decision)
    incident_issues.add(tx.conn, incident_id, new.id)
    return made
