"""Refusals as `application/problem+json` (RFC 9457), one table from code to status and title."""

from http import HTTPStatus

import msgspec

from tocsin.model.errors import Code, Refused

MEDIA_TYPE = "application/problem+json"

_OF_CODE: dict[Code, tuple[HTTPStatus, str]] = {
    Code.INVALID: (HTTPStatus.UNPROCESSABLE_ENTITY, "The request makes no sense as it is"),
    Code.UNAUTHORIZED: (HTTPStatus.UNAUTHORIZED, "Without a valid token"),
    Code.FORBIDDEN: (HTTPStatus.FORBIDDEN, "The token may not do this"),
    Code.NOT_FOUND: (HTTPStatus.NOT_FOUND, "Not found"),
    Code.METHOD_NOT_ALLOWED: (HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed"),
    Code.TOO_LARGE: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large"),
    Code.CONFLICT: (HTTPStatus.CONFLICT, "In conflict with how things are"),
    Code.PRECONDITION_FAILED: (HTTPStatus.PRECONDITION_FAILED, "Changed in the meantime"),
    Code.IDEMPOTENCY_KEY_REUSED: (HTTPStatus.CONFLICT, "Idempotency key used for another request"),
    Code.ALREADY_DONE: (HTTPStatus.CONFLICT, "Already done"),
    Code.PAGE_NOT_DELETABLE: (HTTPStatus.CONFLICT, "The page cannot be deleted"),
    Code.COMPONENT_IN_USE: (HTTPStatus.CONFLICT, "The component is in use"),
    Code.IN_USE: (HTTPStatus.CONFLICT, "It is in use"),
    Code.ISSUE_NOT_BEGUN: (HTTPStatus.CONFLICT, "The issue has not begun"),
    Code.ISSUE_OVER: (HTTPStatus.CONFLICT, "The issue is over"),
    Code.ISSUE_NOT_SCHEDULED: (HTTPStatus.CONFLICT, "The issue is not scheduled"),
    Code.OPERATION_CLOSED: (HTTPStatus.CONFLICT, "The operation is closed"),
    Code.INCIDENT_OPEN: (HTTPStatus.CONFLICT, "The incident is open"),
    Code.INCIDENT_CLOSED: (HTTPStatus.CONFLICT, "The incident is closed"),
    Code.INCIDENT_ALREADY_ACKNOWLEDGED: (HTTPStatus.CONFLICT, "Acknowledged already"),
    Code.INCIDENT_NOT_ACKNOWLEDGED: (HTTPStatus.CONFLICT, "Not acknowledged"),
    Code.INCIDENT_NOT_SNOOZED: (HTTPStatus.CONFLICT, "The incident is not snoozed"),
    Code.INCIDENT_NOT_MERGED: (HTTPStatus.CONFLICT, "The incident is not merged"),
    Code.ENDPOINT_DISABLED: (HTTPStatus.CONFLICT, "The endpoint is disabled"),
    Code.TOO_MANY_CONNECTIONS: (HTTPStatus.TOO_MANY_REQUESTS, "Too many connections"),
    Code.TOO_MANY_REQUESTS: (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"),
    Code.MEDIUM_OFF: (HTTPStatus.CONFLICT, "This server does not send by that medium"),
    Code.UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "Unavailable for now"),
    Code.INTERNAL: (HTTPStatus.INTERNAL_SERVER_ERROR, "Failed"),
}


def status(code: Code) -> int:
    """The HTTP status of a refusal with this code."""
    return _OF_CODE[code][0]


def body(refused: Refused, **members: str) -> bytes:
    """The problem as JSON; `members` are added to those that every problem has."""
    http_status, title = _OF_CODE[refused.code]
    problem: dict[str, object] = {
        "type": f"urn:tocsin:problem:{refused.code}",
        "title": title,
        "status": http_status,
        "detail": refused.detail,
        "code": refused.code,
        **members,
    }
    if refused.errors:
        problem["errors"] = refused.errors
    return msgspec.json.encode(problem)
