"""PagerDuty's Events API, version 2, `POST /v2/enqueue`: read, and answered.

Fields, values and answers are those of its API reference (PagerDuty/api-schema: events-v2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import msgspec

from tocsin.model import rfc3339
from tocsin.model.alert_event import (
    KEY_LIMIT,
    TITLE_LIMIT,
    AlertEvent,
    Image,
    began,
    described,
    fitting_labels,
    kept_images,
)
from tocsin.model.errors import Code, FieldError, Refused
from tocsin.model.severity import Status
from tocsin.wire import problem, pushed
from tocsin.wire.pushed import Answer

# A custom detail as short as this becomes a label, which rules can match; a longer one is told.
_SHORT = 255

# What PagerDuty itself makes urgent is critical.
_STATUS = {
    "critical": Status.CRITICAL,
    "error": Status.CRITICAL,
    "warning": Status.WARNING,
    "info": Status.INFO,
}
# Values of details that say nothing.
_NOTHING: tuple[object, ...] = (None, "", [], {})

_OF_EVENT = {Code.INVALID, Code.UNAUTHORIZED, Code.FORBIDDEN, Code.NOT_FOUND}
_FAILED = {Code.TOO_MANY_REQUESTS: "throttle exceeded", Code.TOO_LARGE: "event too large"}


class Action(StrEnum):
    """What an event does to the alert of its key."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class _Link(msgspec.Struct):
    href: str | None = None
    text: str | None = None


class _Image(msgspec.Struct):
    src: str | None = None
    href: str | None = None
    alt: str | None = None


class _Payload(msgspec.Struct):
    summary: str | None = None
    severity: str | None = None
    source: str | None = None
    timestamp: str | None = None
    component: str | None = None
    group: str | None = None
    class_: str | None = msgspec.field(name="class", default=None)
    custom_details: object = None


class _Event(msgspec.Struct):
    routing_key: str | None = None
    event_action: str | None = None
    dedup_key: str | None = None
    payload: _Payload | None = None
    client: str | None = None
    client_url: str | None = None
    links: list[_Link] | None = None
    images: list[_Image] | None = None


@dataclass(frozen=True)
class Enqueued:
    """What a request asks for. `routing_key` names the integration; None: the request did, in
    another place, or nothing does. `event` is None for an acknowledgement of the alert `key`;
    without a `key` a trigger is of a new alert."""

    routing_key: str | None
    action: Action
    key: str | None
    event: AlertEvent | None


def read(body: bytes, now: int) -> Enqueued:
    """What a body asks for at `now` (Unix seconds).

    Refused (`invalid`) with all its errors when any of what its action needs is missing or wrong.
    It happens now: `timestamp` is the sender's reckoning of when the trouble began, and none that
    cannot be read is worth losing an alert for.
    """
    given = pushed.read(body, _Event)
    errors = tuple(_errors(given))
    if errors:
        detail = "; ".join(f"{error.path}: {error.message}" for error in errors)
        raise Refused(Code.INVALID, detail, errors)
    action, key = Action(given.event_action or ""), given.dedup_key or None
    return Enqueued(given.routing_key or None, action, key, _event(given, action, key, now))


def _errors(given: _Event) -> Iterator[FieldError]:
    if given.event_action not in tuple(Action):
        yield FieldError("event_action", f"must be one of {', '.join(Action)}")
    if len(given.dedup_key or "") > KEY_LIMIT:
        yield FieldError("dedup_key", f"must be at most {KEY_LIMIT} characters")
    if given.event_action == Action.TRIGGER:
        yield from _payload_errors(given.payload or _Payload())
    elif not given.dedup_key:
        yield FieldError("dedup_key", "is missing or blank")


def _payload_errors(payload: _Payload) -> Iterator[FieldError]:
    for name in ("summary", "source", "severity"):
        if not _text(getattr(payload, name)):
            yield FieldError(f"payload.{name}", "is missing or blank")
    if _text(payload.severity) and payload.severity not in _STATUS:
        yield FieldError("payload.severity", f"must be one of {', '.join(_STATUS)}")


def _text(given: str | None) -> str:
    return (given or "").strip()


def _event(given: _Event, action: Action, key: str | None, now: int) -> AlertEvent | None:
    match action:
        case Action.TRIGGER:
            return _trigger(given, given.payload or _Payload(), key, now)
        case Action.ACKNOWLEDGE:
            return None
        case Action.RESOLVE:
            return AlertEvent(key, "", Status.OK, now, now)
        case _:
            assert_never(action)


def _trigger(given: _Event, payload: _Payload, key: str | None, now: int) -> AlertEvent:
    places = {"source": payload.source, "component": payload.component}
    places |= {"group": payload.group, "class": payload.class_}
    short, long = _details(payload.custom_details)
    labels = {name: _text(place) for name, place in places.items() if _text(place)}
    return AlertEvent(
        key=key,
        title=_text(payload.summary)[:TITLE_LIMIT],
        status=_STATUS[_text(payload.severity)],
        time=now,
        started_at=began(_seconds(payload.timestamp), now),
        description=described(long, _links(given)),
        labels=fitting_labels({**labels, **short, **labels}),
        images=kept_images(_images(given.images or [])),
    )


def _seconds(timestamp: str | None) -> int | None:
    time_ms = rfc3339.milliseconds(_text(timestamp))
    return None if time_ms is None or time_ms < 0 else time_ms // 1_000


def _details(given: object) -> tuple[dict[str, str], str]:
    """The custom details that are short, and the others as one text."""
    named = given if isinstance(given, dict) else {"details": given}
    told = {name: value for name, value in named.items() if value not in _NOTHING}
    short = {name: _written(value) for name, value in told.items() if _is_short(value)}
    long = [f"{name}: {_written(value)}" for name, value in told.items() if name not in short]
    return short, "\n".join(long)


def _is_short(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _SHORT and "\n" not in value
    return not isinstance(value, dict | list)


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _links(given: _Event) -> Iterator[tuple[str, str]]:
    if given.client_url:
        yield given.client or "client", given.client_url
    for link in given.links or []:
        if link.href:
            yield link.text or "link", link.href


def _images(given: list[_Image]) -> list[Image]:
    return [Image(one.src or "", one.alt or "", one.href or "") for one in given]


def accepted(key: str) -> Answer:
    """The answer to an event that has been taken, with the key of its alert."""
    said = {"status": "success", "message": "Event processed", "dedup_key": key}
    return _answer(202, said)


def refused(refusal: Refused) -> Answer:
    """The answer to an event that has been refused.

    A key that names no integration is an error of the event, as all else in it: this API knows
    no 401.
    """
    if refusal.code is Code.INVALID and not refusal.errors:
        return _error(400, "Unrecognized object", "Event object format is unrecognized", refusal)
    if refusal.code in _OF_EVENT:
        return _error(400, "invalid event", "Event object is invalid", refusal)
    status = problem.status(refusal.code)
    return _error(status, _FAILED.get(refusal.code, "error"), refusal.detail, refusal)


def _error(status: int, name: str, message: str, refusal: Refused) -> Answer:
    errors = [f"'{one.path}' {one.message}" for one in refusal.errors] or [refusal.detail]
    return _answer(status, {"status": name, "message": message, "errors": errors})


def _answer(status: int, members: Mapping[str, object]) -> Answer:
    return Answer(status, msgspec.json.encode(members))
