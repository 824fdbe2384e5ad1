"""Every failure as `application/problem+json` (RFC 9457)."""

import secrets

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tocsin.app.idempotency import AlreadyDone
from tocsin.model.errors import Code, FieldError, Refused
from tocsin.store.errors import StoreUnavailable
from tocsin.wire import problem

_log = structlog.get_logger(__name__)

_OF_STATUS = {
    404: (Code.NOT_FOUND, "There is nothing at this address."),
    405: (Code.METHOD_NOT_ALLOWED, "This address does not know the method; see Allow."),
    413: (Code.TOO_LARGE, "The request is too large."),
}


def answer(failure: Exception) -> Response:
    """The answer to a request that ended in `failure`.

    A refusal says what it says; a failure of ours says nothing of its cause but a reference, which
    is in the log beside the cause.
    """
    match failure:
        case AlreadyDone():
            return refusal(failure, {"id": failure.about} if failure.about else {})
        case Refused():
            return refusal(failure)
        case RequestValidationError():
            return refusal(_validation(failure))
        case HTTPException() if failure.status_code in _OF_STATUS:
            code, detail = _OF_STATUS[failure.status_code]
            return refusal(Refused(code, detail), headers=dict(failure.headers or {}))
        case StoreUnavailable():
            _log.error("store unavailable", exc_info=failure)
            return refusal(
                Refused(Code.UNAVAILABLE, "The log cannot be used now. Try again later.")
            )
        case _:
            return _unexpected(failure)


def refusal(
    refused: Refused,
    members: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer to a refused request. `members` are further members of the problem."""
    headers = dict(headers or {})
    if refused.code is Code.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.code in {Code.UNAVAILABLE, Code.TOO_MANY_CONNECTIONS}:
        headers["Retry-After"] = "1"
    return Response(
        problem.body(refused, **(members or {})),
        problem.status(refused.code),
        headers,
        problem.MEDIA_TYPE,
    )


async def handle(_request: Request, failure: Exception) -> Response:
    """`answer` as an exception handler of the application."""
    return answer(failure)


def _unexpected(failure: Exception) -> Response:
    reference = secrets.token_hex(8)
    _log.error("unexpected failure", reference=reference, exc_info=failure)
    refused = Refused(Code.INTERNAL, "This is a fault of the server; the reference is in its log.")
    return refusal(refused, {"reference": reference})


def _validation(failure: RequestValidationError) -> Refused:
    errors = tuple(
        FieldError(".".join(map(str, error["loc"][1:])) or "body", error["msg"])
        for error in failure.errors()
    )
    detail = "; ".join(f"{error.path}: {error.message}" for error in errors[:3])
    return Refused(Code.INVALID, detail, errors)
