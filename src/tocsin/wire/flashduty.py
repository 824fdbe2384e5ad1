"""FlashDuty's incident push: the body of a webhook, and the object in it, which the API has too.

Source: seeds/flashduty-incident-webhook.txt, section 2. Times in an incident are Unix seconds, that
of an event is milliseconds. Absent texts are "", absent times 0; what only some incidents have
(labels, creator, closer, responders) is left out.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from tocsin.model.alert import Alert
from tocsin.model.incident import Incident
from tocsin.model.person import Person, Responder
from tocsin.model.timeline import Entry

Json = dict[str, Any]


def push(
    entry: Entry,
    incident: Incident,
    event_id: str,
    detail_url: str,
    alerts: Sequence[Json] | None = None,
) -> bytes:
    """The body that tells of an event. `incident` is as it was right after it, `event_id` (32 hex
    digits) the same on every try. `alerts` go along with a custom action alone."""
    told = pushed_incident(incident, detail_url)
    if alerts is not None:
        told["alerts"] = alerts
    body: Json = {
        "event_time": entry.event_time,
        "event_type": entry.type,
        "event_id": event_id,
    }
    if entry.person is not None:
        body["person"] = person(entry.person)
    return msgspec.json.encode({**body, "incident": told})


def detail_url(base_url: str, incident_id: str) -> str:
    """Where an incident is shown to those who work on it; `base_url` is the server's address."""
    return f"{base_url}/console/incidents/{incident_id}"


def api_incident(incident: Incident, detail_url: str) -> Json:
    """The incident as the API answers with it: as pushed, with the components it affects and the
    version that `If-Match` asks for."""
    return {
        **pushed_incident(incident, detail_url),
        "component_ids": list(incident.component_ids),
        "version": incident.version,
    }


def pushed_incident(incident: Incident, detail_url: str) -> Json:
    """The incident as it is pushed, field for field in the seed's order."""
    return {
        "incident_id": incident.id,
        "num": incident.num,
        "title": incident.title,
        "description": incident.description,
        "impact": incident.impact,
        "root_cause": incident.root_cause,
        "resolution": incident.resolution,
        "incident_severity": incident.severity.value,
        "incident_status": incident.status.value,
        "progress": incident.progress.value,
        **_times(incident),
        **_of_some(incident),
        "fields": incident.fields,
        "alert_cnt": incident.alert_cnt,
        "channel_id": incident.channel_id,
        "channel_name": incident.channel_name,
        "detail_url": detail_url,
        "group_method": incident.group_method.value,
        "dedup_key": incident.dedup_key,
    }


def api_alert(alert: Alert) -> Json:
    """The alert as the API answers with it, and as a custom action is told of it."""
    return {
        "alert_id": alert.id,
        "alert_key": alert.alert_key,
        "title": alert.title,
        "description": alert.description,
        "alert_severity": alert.severity.value,
        "alert_status": alert.status.value,
        "labels": alert.labels,
        "start_time": alert.start_time,
        "last_time": alert.last_time,
        "end_time": alert.end_time,
        "event_cnt": alert.event_cnt,
        "incident_id": alert.incident_id,
        "integration_id": alert.integration_id,
        "kept_out": alert.kept_out or "",
        "flapping": alert.flapping,
    }


def api_entry(entry: Entry, entry_id: str, position: str) -> Json:
    """An entry of the timeline as the API answers with it."""
    told: Json = {"id": entry_id, "type": entry.type.value, "event_time": entry.event_time}
    if entry.person is not None:
        told["person"] = person(entry.person)
    return {**told, "detail": entry.detail, "position": position}


def person(who: Person) -> Json:
    """A person by the seed's names."""
    return {"person_id": who.person_id, "person_name": who.person_name, "email": who.email}


def _times(incident: Incident) -> Json:
    return {
        "created_at": incident.created_at,
        "updated_at": incident.updated_at,
        "start_time": incident.start_time,
        "last_time": incident.last_time,
        "end_time": incident.end_time,
        "ack_time": incident.ack_time,
        "close_time": incident.close_time,
        "snoozed_before": incident.snoozed_before,
    }


def _of_some(incident: Incident) -> Json:
    """What only some incidents have."""
    told: Json = {}
    if incident.labels is not None:
        told["labels"] = incident.labels
    if incident.creator is not None:
        told["creator"] = person(incident.creator)
    if incident.closer is not None:
        told["closer"] = person(incident.closer)
    if incident.responders:
        told["responders"] = [_responder(one) for one in incident.responders]
    return told


def _responder(one: Responder) -> Json:
    return {
        **person(one.person),
        "assigned_at": one.assigned_at,
        "acknowledged_at": one.acknowledged_at,
    }
