"""The alert: one thing that a monitoring system complains of, and all it says about that."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, NamedTuple

from tocsin.model.incident_alerts import AlertTotals
from tocsin.model.severity import Severity, Status, highest, worst


@dataclass(frozen=True)
class AlertEvent:
    """One thing said of an alert, in whatever dialect. `time` is Unix seconds."""

    alert_key: str
    status: Status
    title: str
    description: str
    labels: dict[str, str]
    time: int


@dataclass(frozen=True)
class Alert:
    """An alert. Times are Unix seconds, 0 when there is none.

    `severity` is the highest status it had, `status` the latest. `closed_at` is when its incident
    was closed by hand, by which it takes no more events. `incident_id` is None while it is kept out
    of incidents; `kept_out` says by what. `moved_from` is the incident whose merging moved it.
    """

    id: str
    alert_key: str
    integration_id: int
    title: str
    description: str
    severity: Severity
    status: Status
    start_time: int
    last_time: int
    labels: dict[str, str] = field(default_factory=dict)
    end_time: int = 0
    event_cnt: int = 1
    closed_at: int = 0
    incident_id: str | None = None
    kept_out: str | None = None
    moved_from: str | None = None

    @property
    def open(self) -> bool:
        """Whether it still takes events: neither recovered nor closed by hand."""
        return self.status is not Status.OK and self.closed_at == 0


class Effect(Enum):
    """What an event does."""

    NONE = auto()
    """Nothing: it is old, or the recovery of what is not open."""
    REPEAT = auto()
    """It says the same again: only `last_time` moves."""
    UPDATE = auto()
    """The alert changes."""
    RECOVER = auto()
    """The alert recovers."""
    BEGIN = auto()
    """A new alert begins."""


class Taken(NamedTuple):
    """What an event does, and the alert after it; None where there is none."""

    effect: Effect
    alert: Alert | None


def take(latest: Alert | None, event: AlertEvent, new_id: str, integration_id: int) -> Taken:
    """What an event does to the latest alert with its key, open or not."""
    if latest is not None and event.time < latest.last_time:
        return Taken(Effect.NONE, latest)
    if latest is None or not latest.open:
        if event.status is Status.OK:
            return Taken(Effect.NONE, latest)
        return Taken(Effect.BEGIN, _begun(event, new_id, integration_id))
    if event.status is Status.OK:
        return Taken(Effect.RECOVER, _recovered(latest, event))
    if _says_the_same(latest, event):
        return Taken(Effect.REPEAT, replace(latest, last_time=event.time))
    return Taken(Effect.UPDATE, _updated(latest, event))


def closed_by_hand(alert: Alert, now: int) -> Alert:
    """The alert once its incident was closed by hand. One that recovered stays as it is."""
    return replace(alert, closed_at=now) if alert.open else alert


def reopened(alert: Alert, newer_keys: frozenset[str]) -> Alert:
    """The alert once its incident is open again: open too if closing by hand closed it, unless a
    newer alert has its key."""
    if alert.alert_key in newer_keys:
        return alert
    return replace(alert, closed_at=0)


def totals(alerts: Iterable[Alert], component_ids: tuple[str, ...] = ()) -> AlertTotals:
    """What the alerts of an incident, oldest first and at least one, add up to."""
    every = list(alerts)
    status = worst(one.status for one in every)
    return AlertTotals(
        alert_cnt=len(every),
        title=every[0].title,
        description=every[0].description,
        severity=highest(one.severity for one in every),
        status=status,
        last_time=max(one.last_time for one in every),
        end_time=max(one.end_time for one in every) if status is Status.OK else 0,
        component_ids=component_ids,
    )


def facts(alert: Alert) -> dict[str, str]:
    """What matchers and grouping see of an alert, by name: its own fields and `labels.x`."""
    own = {
        "severity": alert.severity.value,
        "status": alert.status.value,
        "title": alert.title,
        "description": alert.description,
        "alert_key": alert.alert_key,
        "integration_id": str(alert.integration_id),
    }
    return own | {f"labels.{name}": value for name, value in alert.labels.items()}


def _begun(event: AlertEvent, new_id: str, integration_id: int) -> Alert:
    return Alert(
        id=new_id,
        alert_key=event.alert_key,
        integration_id=integration_id,
        severity=Severity(event.status),
        start_time=event.time,
        **_said(event),
    )


def _recovered(alert: Alert, event: AlertEvent) -> Alert:
    """A recovery adds labels, but takes none away and says nothing else."""
    return replace(
        alert,
        status=Status.OK,
        labels=event.labels | alert.labels,
        last_time=event.time,
        end_time=event.time,
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
        "labels": event.labels,
        "last_time": event.time,
    }


def _says_the_same(alert: Alert, event: AlertEvent) -> bool:
    said = (event.status, event.title, event.description, event.labels)
    return said == (alert.status, alert.title, alert.description, alert.labels)
