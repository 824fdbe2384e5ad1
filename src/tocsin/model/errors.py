"""The one error type of every refusal, with a stable code and a message safe to show."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Stable names of refusals; wire/problem.py maps each to its HTTP status and title."""

    INVALID = "invalid"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_LARGE = "too_large"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    ALREADY_DONE = "already_done"
    PAGE_NOT_DELETABLE = "page_not_deletable"
    COMPONENT_IN_USE = "component_in_use"
    IN_USE = "in_use"
    ISSUE_NOT_BEGUN = "issue_not_begun"
    ISSUE_OVER = "issue_over"
    ISSUE_NOT_SCHEDULED = "issue_not_scheduled"
    OPERATION_CLOSED = "operation_closed"
    INCIDENT_OPEN = "incident_open"
    INCIDENT_CLOSED = "incident_closed"
    INCIDENT_ALREADY_ACKNOWLEDGED = "incident_already_acknowledged"
    INCIDENT_NOT_ACKNOWLEDGED = "incident_not_acknowledged"
    INCIDENT_NOT_SNOOZED = "incident_not_snoozed"
    INCIDENT_NOT_MERGED = "incident_not_merged"
    ENDPOINT_DISABLED = "endpoint_disabled"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    TOO_MANY_REQUESTS = "too_many_requests"
    MEDIUM_OFF = "medium_off"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: its dotted `path` (`updates.0.label`), and what is allowed."""

    path: str
    message: str


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, not a failure of ours
    """The caller asked for something that is not allowed or not possible. Writes nothing."""

    def __init__(self, code: Code, detail: str, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors


def invalid(path: str, message: str) -> Refused:
    """A refusal that names the one field at fault."""
    return Refused(Code.INVALID, f"{path}: {message}", (FieldError(path, message),))


def not_found(what: str) -> Refused:
    """A refusal for something that does not exist or may not be known to exist."""
    return Refused(Code.NOT_FOUND, f"There is no such {what}.")
