"""What the events about an incident carry in the log, as JSON.

It is the incident push (wire/flashduty.py) with what the timeline says beside it, and without what
belongs to where it is sent: its id there, and the address that `detail_url` leads to.
"""

from typing import Any

import msgspec

from tocsin.model.incident import Incident
from tocsin.model.timeline import Entry
from tocsin.wire import flashduty


def data(entry: Entry, incident: Incident) -> bytes:
    """The data of an event; `incident` is as it was right after it."""
    told = flashduty.pushed_incident(incident, "")
    del told["detail_url"]
    body: dict[str, Any] = {"event_time": entry.event_time, "event_type": entry.type}
    if entry.person is not None:
        body["person"] = flashduty.person(entry.person)
    return msgspec.json.encode({**body, "detail": entry.detail, "incident": told})
