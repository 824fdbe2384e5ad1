"""What the API shows of incidents: as webhooks push them (wire/flashduty.py), and a little more."""

from typing import Any, Self

from pydantic import BaseModel

from tocsin.http.left_out import left_out
from tocsin.model.alert import Alert
from tocsin.model.incident import GroupMethod, Incident, IncidentEvent, Progress
from tocsin.model.severity import Severity, Status
from tocsin.store.timeline import StoredEntry
from tocsin.wire import flashduty


class PersonOut(BaseModel):
    """Somebody."""

    person_id: int
    person_name: str
    email: str


class ResponderOut(PersonOut):
    """Somebody whom an incident was given to, or who took it."""

    assigned_at: int
    acknowledged_at: int


class IncidentOut(BaseModel):
    """An incident. What is not there is `""` or 0; `labels`, `creator`, `closer` and `responders`
    are left out."""

    incident_id: str
    num: str
    title: str
    description: str
    impact: str
    root_cause: str
    resolution: str
    incident_severity: Severity
    incident_status: Status
    progress: Progress
    created_at: int
    updated_at: int
    start_time: int
    last_time: int
    end_time: int
    ack_time: int
    close_time: int
    snoozed_before: int
    labels: dict[str, str] | None = left_out()
    fields: dict[str, Any]
    creator: PersonOut | None = left_out()
    closer: PersonOut | None = left_out()
    responders: list[ResponderOut] | None = left_out()
    alert_cnt: int
    channel_id: int
    channel_name: str
    detail_url: str
    group_method: GroupMethod
    dedup_key: str
    component_ids: list[str]
    version: int

    @classmethod
    def of(cls, incident: Incident, public_url: str) -> Self:
        """As the API shows it."""
        url = flashduty.detail_url(public_url, incident.id)
        return cls(**flashduty.api_incident(incident, url))


class EntryOut(BaseModel):
    """Something that happened to an incident; `person` is who did it. `event_time` is in
    milliseconds."""

    id: str
    type: IncidentEvent
    event_time: int
    person: PersonOut | None = left_out()
    detail: dict[str, Any]
    position: str

    @classmethod
    def of(cls, stored: StoredEntry, position: str) -> Self:
        """As the API shows it."""
        return cls(**flashduty.api_entry(stored.entry, stored.id, position))


class AlertOut(BaseModel):
    """An alert. Without an incident, `kept_out` says what keeps it out; else it is empty."""

    alert_id: str
    alert_key: str
    title: str
    description: str
    alert_severity: Severity
    alert_status: Status
    labels: dict[str, str]
    start_time: int
    last_time: int
    end_time: int
    event_cnt: int
    incident_id: str | None
    integration_id: str
    kept_out: str
    flapping: bool

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """As the API shows it."""
        return cls(**flashduty.api_alert(alert))
