"""The alert: one thing that a monitoring system complains of, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from tocsin.model.alert_event import AlertEvent
from tocsin.model.flapping import Changes
from tocsin.model.severity import Severity, Status, highest


@dataclass(frozen=True)
class Alert:
    """An alert. Times are Unix seconds, 0 when there is none.

    `severity` is the highest status it had, `status` the latest. At `ends_at` it recovers by itself
    unless an event has come in between. `closed_at` is when its incident was closed by hand, by
    which it takes no more events. `incident_id` is None while it is kept out of incidents;
    `kept_out` says by what. `channel_id` is where it came to, `component_id` what its label
    `component` names. `changes` are those of its key lately, by which it may be `flapping`.
    """

    id: str
    alert_key: str
    integration_id: str
    title: str
    description: str
    severity: Severity
    status: Status
    start_time: int
    last_time: int
    labels: dict[str, str] = field(default_factory=dict)
    end_time: int = 0
    event_cnt: int = 1
    ends_at: int = 0
    closed_at: int = 0
    incident_id: str | None = None
    kept_out: str | None = None
    channel_id: int = 0
    component_id: str | None = None
    changes: Changes = ()
    flapping: bool = False

    @property
    def open(self) -> bool:
        """Whether it still takes events: neither recovered nor closed by hand."""
        return self.status is not Status.OK and self.closed_at == 0


class Effect(StrEnum):
    """What an event does."""

    NONE = "ignored"
    """Nothing: it is old, or the recovery of what is not open."""
    REPEAT = "repeated"
    """It says the same again: only its times move."""
    UPDATE = "updated"
    """The alert changes."""
    RECOVER = "recovered"
    """The alert recovers."""
    BEGIN = "begun"
    """A new alert begins."""


class Taken(NamedTuple):
    """What an event does, and the alert after it; None where there is none."""

    effect: Effect
    alert: Alert | None


def take(latest: Alert | None, event: AlertEvent, new_id: str, integration_id: str) -> Taken:
    """What an event does to the latest alert with its key, open or not. One that begins has the id
    `new_id`, which is its key too where the event has none."""
    if latest is not None and event.time < latest.last_time:
        return Taken(Effect.NONE, latest)
    if latest is None or not latest.open:
        if event.status is Status.OK:
            return Taken(Effect.NONE, latest)
        return Taken(Effect.BEGIN, _begun(event, new_id, integration_id))
    if event.status is Status.OK:
        return Taken(Effect.RECOVER, _recovered(latest, event.time, event.labels))
    if _says_the_same(latest, event):
        return Taken(Effect.REPEAT, replace(latest, last_time=event.time, ends_at=event.ends_at))
    return Taken(Effect.UPDATE, _updated(latest, event))


def lapse(alert: Alert, now: int) -> Taken:
    """The alert at `now`, when the end that its sender gave it may have come."""
    if not alert.open or not 0 < alert.ends_at <= now:
        return Taken(Effect.NONE, alert)
    return Taken(Effect.RECOVER, _recovered(alert, max(alert.ends_at, alert.last_time), {}))


def facts(alert: Alert) -> dict[str, str]:
    """What matchers and grouping see of an alert, by name: its own fields and `labels.x`."""
    own = {
        "severity": alert.severity.value,
        "status": alert.status.value,
        "title": alert.title,
        "description": alert.description,
        "alert_key": alert.alert_key,
        "integration_id": alert.integration_id,
    }
    return own | {f"labels.{name}": value for name, value in alert.labels.items()}


def _begun(event: AlertEvent, new_id: str, integration_id: str) -> Alert:
    return Alert(
        id=new_id,
        alert_key=event.key or new_id,
        integration_id=integration_id,
        severity=Severity(event.status),
        start_time=event.started_at,
        **_said(event),
    )


def _recovered(alert: Alert, time: int, labels: Mapping[str, str]) -> Alert:
    """A recovery adds labels, but takes none away and says nothing else."""
    return replace(
        alert,
        status=Status.OK,
        labels={**labels, **alert.labels},
        last_time=time,
        end_time=time,
        ends_at=0,
        event_cnt=alert.event_cnt + 1,
    )


def _updated(alert: Alert, event: AlertEvent) -> Alert:
    severity = highest((alert.severity, Severity(event.status)))
    return replace(alert, severity=severity, event_cnt=alert.event_cnt + 1, **_said(event))


def _said(event: AlertEvent) -> dict[str, Any]:
    return {
        "title": event.title,
        "description": event.description,
        "status": event.status,
        "labels": dict(event.labels),
        "last_time": event.time,
        "ends_at": event.ends_at,
    }


def _says_the_same(alert: Alert, event: AlertEvent) -> bool:
    said = (event.status, event.title, event.description, event.labels)
    return said == (alert.status, alert.title, alert.description, alert.labels)
