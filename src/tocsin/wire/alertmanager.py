"""Alerts as Prometheus' Alertmanager knows them, and its webhook (version 4), also Grafana's.

What is taken for severity follows FlashDuty's Prometheus integration, wider where it says nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tocsin.model.alert_event import (
    TITLE_LIMIT,
    AlertEvent,
    Image,
    began,
    check_key,
    described,
    fitting_labels,
    kept_images,
)
from tocsin.model.errors import invalid
from tocsin.model.severity import Status
from tocsin.wire import pushed

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET, _PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1

_SEVERITY_NAMES = ("severity", "priority", "level")
_STATUS = {
    **dict.fromkeys(("critical", "crit", "error", "high", "major"), Status.CRITICAL),
    **dict.fromkeys(("emergency", "emerg", "fatal", "disaster", "page"), Status.CRITICAL),
    **dict.fromkeys(("p0", "p1", "sev0", "sev1"), Status.CRITICAL),
    **dict.fromkeys(("info", "information", "informational", "notice"), Status.INFO),
    **dict.fromkeys(("low", "debug", "none", "acknowledged", "unknown", "unk"), Status.INFO),
    **dict.fromkeys(("p4", "p5", "sev4", "sev5"), Status.INFO),
    "ok": Status.OK,
}

_DESCRIPTIONS = ("description", "message")

_Time = Annotated[datetime, Meta(tz=True)]


class Alert(msgspec.Struct, rename="camel"):
    """An alert as every version of Alertmanager's JSON has it. Without a value, a label is none."""

    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    starts_at: _Time | None = None
    ends_at: _Time | None = None
    generator_url: str | None = msgspec.field(name="generatorURL", default=None)

    def __post_init__(self) -> None:
        self.labels = {name: value for name, value in self.labels.items() if value}


class _Notified(Alert, rename="camel", kw_only=True):
    """An alert in a webhook; the last addresses are Grafana's."""

    status: Literal["firing", "resolved"]
    fingerprint: str | None = None
    dashboard_url: str | None = msgspec.field(name="dashboardURL", default=None)
    panel_url: str | None = msgspec.field(name="panelURL", default=None)
    silence_url: str | None = msgspec.field(name="silenceURL", default=None)
    image_url: str | None = msgspec.field(name="imageURL", default=None)


class _Notification(msgspec.Struct):
    alerts: list[_Notified]


def read(body: bytes, now: int) -> list[AlertEvent]:
    """The events of a notification at `now` (Unix seconds), in its order, each by its fingerprint.

    Refused (`invalid`) as a whole. They happen now: the times in a notification are the sender's
    reckoning of the alert, which may go back, and an older event would change nothing.
    """
    given = pushed.read(body, _Notification).alerts
    return [_event(alert, f"alerts.{at}", now) for at, alert in enumerate(given)]


def _event(alert: _Notified, path: str, now: int) -> AlertEvent:
    key = alert.fingerprint or identity(alert, path)
    check_key(key, f"{path}.fingerprint")
    status = Status.OK if alert.status == "resolved" else severity(alert)
    links = (
        ("dashboard", alert.dashboard_url),
        ("panel", alert.panel_url),
        ("silence", alert.silence_url),
    )
    image = kept_images([Image(alert.image_url or "", "", alert.panel_url or "")])
    return event(alert, key, status, now, links=links, images=image)


def identity(alert: Alert, path: str) -> str:
    """The key of an alert by its labels, all of them; refused (`invalid`) without any."""
    if not alert.labels:
        raise invalid(f"{path}.labels", "must be at least one, for they say which alert it is")
    return fingerprint(alert.labels)


def event(  # noqa: PLR0913 - what differs between the ways in, by name
    alert: Alert,
    key: str,
    status: Status,
    now: int,
    *,
    ends_at: int = 0,
    links: Iterable[tuple[str, str | None]] = (),
    images: tuple[Image, ...] = (),
) -> AlertEvent:
    """What the alert says at `now` (Unix seconds). What has recovered has no `ends_at`."""
    return AlertEvent(
        key=key,
        title=_title(alert),
        status=status,
        time=now,
        started_at=began(seconds(alert.starts_at), now),
        ends_at=0 if status is Status.OK else ends_at,
        description=_description(alert, links),
        labels=fitting_labels(alert.labels),
        images=images,
    )


def seconds(time: datetime | None) -> int | None:
    """Unix seconds; None for a time before 1970: Go writes no time as the first of the year 1."""
    if time is None or time < _BEGINNING:
        return None
    return (time - _BEGINNING) // timedelta(seconds=1)


def fingerprint(labels: Mapping[str, str]) -> str:
    """What Alertmanager calls an alert with these labels: FNV-1a of them, sorted, as 16 hex digits.

    Names and values are each followed by the byte 255, which no UTF-8 has
    (prometheus/common: model/signature.go).
    """
    code = _OFFSET
    for pair in sorted((name.encode(), value.encode()) for name, value in labels.items()):
        for byte in b"%b\xff%b\xff" % pair:
            code = (code ^ byte) * _PRIME & _MASK
    return f"{code:016x}"


def severity(alert: Alert) -> Status:
    """How bad it is, by its label or else its annotation `severity`, `priority` or `level`; Warning
    where none of them says so."""
    for said in (alert.labels, alert.annotations or {}):
        for name in _SEVERITY_NAMES:
            if name in said:
                return _STATUS.get(said[name].strip().lower(), Status.WARNING)
    return Status.WARNING


def _title(alert: Alert) -> str:
    annotations = alert.annotations or {}
    named = annotations.get("summary", "").strip() or alert.labels.get("alertname", "").strip()
    title = named or ", ".join(f"{name}={value}" for name, value in alert.labels.items())
    return title[:TITLE_LIMIT] or "Alert"


def _description(alert: Alert, links: Iterable[tuple[str, str | None]]) -> str:
    annotations = alert.annotations or {}
    text = next((annotations[name] for name in _DESCRIPTIONS if annotations.get(name)), "")
    told = {"summary", *_DESCRIPTIONS}
    more = [one for one in annotations.items() if one[0] not in told and one[0][:2] != "__"]
    details = (*more, ("source", alert.generator_url), *links)
    return described(text, ((name, value) for name, value in details if value))
