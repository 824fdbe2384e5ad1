"""Incidents and people for tests."""

from tocsin.model.incident import Incident, NewIncident
from tocsin.model.incident_command import Act, Decision, create
from tocsin.model.person import Person
from tocsin.model.severity import Severity

NOW = 1_700_000_000
NOW_MS = NOW * 1_000

ANNA = Person(1, "Anna", "anna@example.org")
BERT = Person(2, "Bert", "bert@example.org")
CLEO = Person(3, "Cleo", "cleo@example.org")

ID = "656e0c80a1b2c3d4e5f60718"
MANUAL = NewIncident(ID, "Shop is down", Severity.CRITICAL, NOW)
RAISED = NewIncident(
    ID,
    "Disk full",
    Severity.WARNING,
    NOW - 5,
    last_time=NOW - 5,
    alert_cnt=1,
    channel_id=7,
    channel_name="Shop",
    labels={"host": "db1"},
)


def by(person: Person | None, after_s: int = 0) -> Act:
    """Something that `person` does, or nobody, so many seconds after NOW."""
    return Act(person, NOW_MS + after_s * 1_000)


def made(*people: Person) -> Incident:
    """One that Anna made, given to these people."""
    return create(MANUAL, people, by(ANNA)).incident


def raised(*people: Person) -> Incident:
    """One that an alert made, given to these people."""
    return create(RAISED, people, by(None)).incident


def types(decision: Decision) -> list[str]:
    """The types of a decision's events, in order."""
    return [entry.type.value for entry in decision.entries]
