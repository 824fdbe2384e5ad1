"""FlashDuty's standard alert push, `POST /event/push/alert/standard`: read, and answered.

Fields, limits and codes are those of its documentation (reference: originals, 4.7).
"""

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from tocsin.model.alert_event import (
    DESCRIPTION_LIMIT,
    TITLE_LIMIT,
    AlertEvent,
    Image,
    check_key,
    checked_labels,
    kept_images,
)
from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.severity import Status
from tocsin.wire import pushed
from tocsin.wire.pushed import Answer

# How far a sender's clock may be ahead of ours. Within that its events happen now: what follows one
# from the future would be old news until then, and change nothing.
AHEAD_LIMIT_S = 3_600

_LATEST = 253_402_300_799
_JSON = re.compile(r"application/([\w.-]+\+)?json\s*(;.*)?", re.IGNORECASE)


class _Image(msgspec.Struct):
    src: str
    alt: str | None = None
    href: str | None = None


class _Push(msgspec.Struct):
    title_rule: str | None = None
    event_status: str | None = None
    alert_key: str | None = None
    description: str | None = None
    labels: dict[str, str] | None = None
    images: list[_Image] | None = None
    event_time: int | None = None


def read(body: bytes, now: int) -> AlertEvent:
    """The event that a body pushes, at `now` (Unix seconds). Refused (`invalid`) as a whole."""
    given = pushed.read(body, _Push)
    status = _status(given.event_status)
    labels = checked_labels(given.labels or {}, "labels")
    time = _time(given.event_time, now)
    return AlertEvent(
        key=_key(given.alert_key, status),
        title=_title(given.title_rule, labels),
        status=status,
        time=time,
        started_at=time,
        description=(given.description or "")[:DESCRIPTION_LIMIT],
        labels=labels,
        images=kept_images(_images(given.images or [])),
    )


def _status(given: str | None) -> Status:
    try:
        return Status(given or "")
    except ValueError:
        raise invalid("event_status", f"must be one of {', '.join(Status)}") from None


def _key(given: str | None, status: Status) -> str | None:
    if given:
        check_key(given, "alert_key")
        return given
    if status is Status.OK:
        raise invalid("alert_key", "must say what has recovered")
    return None


def _title(rule: str | None, labels: Mapping[str, str]) -> str:
    """Cut before it is filled in as well: a body of `$a::$a::...` would make one of gigabytes."""
    if not rule or rule.isspace():
        raise invalid("title_rule", "must not be empty")
    return filled(rule[:TITLE_LIMIT], labels)[:TITLE_LIMIT]


def filled(rule: str, labels: Mapping[str, str]) -> str:
    """The title that a rule gives: `$cluster::$check::down` -> `nj / cpu / down`.

    A part that names no label stays as it is written. So does a rule in which none does: `::` is
    a word in several languages.
    """
    parts = rule.split("::")
    told = [labels.get(part[1:], "").strip() if part.startswith("$") else "" for part in parts]
    if not any(told):
        return rule
    return " / ".join(text or part for text, part in zip(told, parts, strict=True))


def _time(given: int | None, now: int) -> int:
    if not given:
        return now
    if not 0 < given <= _LATEST:
        raise invalid("event_time", "must be Unix seconds")
    if given > now + AHEAD_LIMIT_S:
        raise invalid("event_time", "must not be more than an hour ahead of this server's clock")
    return min(given, now)


def _images(given: list[_Image]) -> list[Image]:
    return [Image(one.src, one.alt or "", one.href or "") for one in given]


def is_json(content_type: str) -> bool:
    """Whether a push with this Content-Type is taken; without any it is."""
    return not content_type or _JSON.fullmatch(content_type) is not None


class ErrorCode(StrEnum):
    """What FlashDuty calls an error."""

    INVALID_PARAMETER = "InvalidParameter"
    BAD_REQUEST = "BadRequest"
    INVALID_CONTENT_TYPE = "InvalidContentType"
    RESOURCE_NOT_FOUND = "ResourceNotFound"
    UNAUTHORIZED = "Unauthorized"
    ACCESS_DENIED = "AccessDenied"
    ROUTE_NOT_FOUND = "RouteNotFound"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    REQUEST_TOO_FREQUENTLY = "RequestTooFrequently"
    INTERNAL_ERROR = "InternalError"
    SERVICE_UNAVAILABLE = "ServiceUnavailable"


_HTTP_STATUS = {
    ErrorCode.INVALID_PARAMETER: 400,
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.INVALID_CONTENT_TYPE: 400,
    ErrorCode.RESOURCE_NOT_FOUND: 400,
    ErrorCode.UNAUTHORIZED: 401,
    ErrorCode.ACCESS_DENIED: 403,
    ErrorCode.ROUTE_NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.REQUEST_TOO_FREQUENTLY: 429,
    ErrorCode.INTERNAL_ERROR: 500,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
}

# Any other refusal is a bad request.
_OF_REFUSAL = {
    Code.UNAUTHORIZED: ErrorCode.UNAUTHORIZED,
    Code.FORBIDDEN: ErrorCode.ACCESS_DENIED,
    Code.NOT_FOUND: ErrorCode.RESOURCE_NOT_FOUND,
    Code.METHOD_NOT_ALLOWED: ErrorCode.METHOD_NOT_ALLOWED,
    Code.TOO_MANY_REQUESTS: ErrorCode.REQUEST_TOO_FREQUENTLY,
    Code.INTERNAL: ErrorCode.INTERNAL_ERROR,
    Code.UNAVAILABLE: ErrorCode.SERVICE_UNAVAILABLE,
}


def accepted(request_id: str, key: str) -> Answer:
    """The answer to an event that has been taken, with the key of its alert."""
    return _answer(200, {"request_id": request_id, "data": {"alert_key": key}})


def refused(request_id: str, refusal: Refused) -> Answer:
    """The answer to a push that has been refused."""
    if refusal.errors:
        return error(request_id, ErrorCode.INVALID_PARAMETER, refusal.detail)
    code = _OF_REFUSAL.get(refusal.code, ErrorCode.BAD_REQUEST)
    return error(request_id, code, refusal.detail)


def error(request_id: str, code: ErrorCode, message: str) -> Answer:
    """The answer that names an error."""
    said = {"request_id": request_id, "error": {"code": code, "message": message}}
    return _answer(_HTTP_STATUS[code], said)


def _answer(status: int, members: Mapping[str, object]) -> Answer:
    return Answer(status, msgspec.json.encode(members))
