"""What people are told of an incident, in a few lines of plain text for whatever carries them."""

from typing import NamedTuple

from tocsin.model.incident import Incident
from tocsin.model.telling import Occasion
from tocsin.model.timeline import Entry

_TITLE_LIMIT = 200
_DESCRIPTION_LIMIT = 600

_BEGINNINGS = {
    Occasion.NEW: "New",
    Occasion.ASSIGNED: "Assigned to you",
    Occasion.ESCALATED: "Escalated to you",
    Occasion.AWAKE: "Snooze over",
    Occasion.STORM: "Alert storm",
    Occasion.REOPENED: "Reopened",
    Occasion.RESOLVED: "Resolved",
}
_BY_ITSELF = {"recovery": "All alerts have recovered.", "timeout": "No alerts for too long."}


class Text(NamedTuple):
    """A line, and the lines below it, which the link to the incident ends."""

    title: str
    body: str


def text(occasion: Occasion, entry: Entry, incident: Incident) -> Text:
    """What is told of an event; `incident` is as it is right after it."""
    title = _cut(" ".join(incident.title.split()), _TITLE_LIMIT)
    lines = (
        _standing(incident),
        _happened(occasion, entry),
        _cut(incident.description.strip(), _DESCRIPTION_LIMIT),
    )
    severity = incident.severity.value
    return Text(
        f"[{severity}] {_BEGINNINGS[occasion]}: {title}", "\n".join(line for line in lines if line)
    )


def _standing(incident: Incident) -> str:
    """Which incident it is, and how it is now."""
    alerts = f", {incident.alert_cnt} alerts" if incident.alert_cnt > 1 else ""
    channel = f" in {incident.channel_name}" if incident.channel_name else ""
    return f"#{incident.num}{channel}: {incident.progress}, {incident.status}{alerts}"


def _happened(occasion: Occasion, entry: Entry) -> str:
    """What there is to know beside the occasion: by whom, or why."""
    detail = entry.detail
    if occasion is Occasion.STORM:
        return f"{detail['threshold']} alerts have come."
    if occasion is Occasion.ESCALATED:
        return "Nobody has acknowledged it yet."
    if "merged_into" in detail:
        return f"Merged into #{detail['merged_into'][-6:].upper()}."
    reason = detail.get("reason", "")
    if entry.person is None:
        return _BY_ITSELF.get(reason, "")
    said = f": {_cut(reason, _DESCRIPTION_LIMIT)}" if reason else ""
    return f"By {entry.person.person_name}{said}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
