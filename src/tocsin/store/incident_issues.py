"""Which issues were posted about which incidents."""

from sqlalchemy import Connection, insert, select

from tocsin.store.tables import incident_issues


def add(conn: Connection, incident_id: str, issue_id: str) -> None:
    """Link an issue to the incident that it is about."""
    conn.execute(insert(incident_issues).values(incident_id=incident_id, issue_id=issue_id))


def of_incident(conn: Connection, incident_id: str) -> list[str]:
    """The ids of the issues about an incident, oldest first."""
    query = (
        select(incident_issues.c.issue_id)
        .where(incident_issues.c.incident_id == incident_id)
        .order_by(incident_issues.c.issue_id)
    )
    return list(conn.scalars(query))
