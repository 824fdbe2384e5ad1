"""What an endpoint is sent when somebody tests it: an event that says that it is none.

It is of the shape of real ones, so that a receiver does with it what it will do with them.
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tocsin.model import endpoint as endpoints
from tocsin.model import incident as incidents
from tocsin.model.endpoint import Endpoint, Kind, Profile
from tocsin.model.event import SOURCE
from tocsin.model.incident import Incident, IncidentEvent, NewIncident
from tocsin.model.person import Person
from tocsin.model.severity import Severity
from tocsin.model.timeline import Entry, birth, born
from tocsin.wire import flashduty, incident_event

# The type of a test in the words of the log, unless the caller wants another.
TEST: Final = "tocsin.endpoint.test"

_SAYS: Final = "This is a test of a webhook of Tocsin. Nothing has happened."
_INCIDENT_ID: Final = "0" * 24
_TESTER: Final = Person(0, "Tocsin", "tocsin@example.org")
_INCIDENT_EVENTS: Final = {event.log_type: event for event in IncidentEvent}


def default_type(endpoint: Endpoint) -> str:
    """The type of the event that an endpoint is tested with unless somebody wants another."""
    if endpoint.profile is Profile.CLOUDEVENTS:
        return TEST
    if endpoint.kind is Kind.ACTION:
        return IncidentEvent.CUSTOM
    return endpoint.event_types[0] if endpoint.event_types else IncidentEvent.NEW


def body(endpoint: Endpoint, event_type: str, event_id: str, base_url: str, at_ms: int) -> bytes:
    """A sample of an event type of the endpoint's profile, which happens at `at_ms` (Unix
    milliseconds). `event_id` is new for each test, so that receivers do not take it for a repeat.

    A CloudEvent has the `sequence` 0, which no event of the log has.
    """
    if endpoint.profile is Profile.CLOUDEVENTS:
        return msgspec.json.encode(_cloud_event(endpoint, event_type, event_id, at_ms))
    entry, incident = _step(IncidentEvent(event_type), at_ms)
    alerts: list[flashduty.Json] | None = [] if entry.type is IncidentEvent.CUSTOM else None
    link = flashduty.detail_url(base_url, incident.id)
    return flashduty.push(entry, incident, event_id, link, alerts)


def _step(type_: IncidentEvent, at_ms: int) -> tuple[Entry, Incident]:
    new = NewIncident(
        _INCIDENT_ID,
        "Test, not an incident",
        Severity.INFO,
        at_ms // 1_000,
        description=_SAYS,
        labels={"test": "true"},
    )
    return Entry(type_, at_ms, _TESTER), born(birth(new, _TESTER, at_ms))


def _cloud_event(endpoint: Endpoint, type_: str, id_: str, at_ms: int) -> dict[str, Any]:
    """As `cloudevents.render` writes one."""
    incident_type = _INCIDENT_EVENTS.get(type_)
    topic = incidents.topic_of(_INCIDENT_ID) if incident_type else endpoints.topic_of(endpoint.id)
    time = datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds")
    return {
        "specversion": "1.0",
        "id": id_,
        "sequence": "0",
        "type": type_,
        "subject": topic,
        "time": time.replace("+00:00", "Z"),
        "source": SOURCE,
        "key": _INCIDENT_ID if incident_type else topic,
        "datacontenttype": "application/json",
        "data": msgspec.Raw(_data(incident_type, at_ms)),
    }


def _data(incident_type: IncidentEvent | None, at_ms: int) -> bytes:
    if incident_type is None:
        return msgspec.json.encode({"message": _SAYS})
    return incident_event.data(*_step(incident_type, at_ms))
