"""Every failure as `application/problem+json` (RFC 9457)."""

import logging
import secrets
from collections.abc import Mapping

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tocsin.app.idempotency import AlreadyDone
from tocsin.app.throttle import TooOften
from tocsin.model.errors import Code, FieldError, Refused
from tocsin.push.limits import RETRY_AFTER_S
from tocsin.store.errors import StoreUnavailable
from tocsin.wire import problem

_log = logging.getLogger(__name__)

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
    refused = _refused(failure)
    return _unexpected(failure) if refused is None else _answer(failure, refused)


def told(failure: Exception) -> tuple[Refused, Mapping[str, str]]:
    """The refusal of a request that ended in `failure`, for who answers in words of another API;
    with the headers that belong to it."""
    refused = _refused(failure)
    if refused is not None:
        return refused, _beside_the_body(_answer(failure, refused))
    _unexpected(failure)
    return Refused(Code.INTERNAL, "This is a fault of the server."), {}


def _beside_the_body(response: Response) -> Mapping[str, str]:
    return {k: v for k, v in response.headers.items() if not k.startswith("content-")}


def _answer(failure: Exception, refused: Refused) -> Response:
    match failure:
        case AlreadyDone(about=str(about)):
            return refusal(refused, {"id": about})
        case TooOften(wait_s=wait_s):
            return refusal(refused, headers={"Retry-After": str(wait_s)})
        case HTTPException(headers=headers):
            return refusal(refused, headers=headers)
        case _:
            return refusal(refused)


def _refused(failure: Exception) -> Refused | None:
    """What the caller is told; None when nothing foresaw this failure."""
    match failure:
        case Refused():
            return failure
        case RequestValidationError():
            return _validation(failure)
        case HTTPException() if failure.status_code in _OF_STATUS:
            return Refused(*_OF_STATUS[failure.status_code])
        case StoreUnavailable():
            _log.error("store unavailable", exc_info=failure)
            return Refused(Code.UNAVAILABLE, "The log cannot be used now. Try again later.")
        case ClientDisconnect():  # nobody is there to read the answer
            return Refused(Code.INVALID, "The request ended before its body did.")
        case _:
            return None


def refusal(
    refused: Refused,
    members: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a refused request. `members` are further members of the problem."""
    headers = dict(headers or {})
    if refused.code is Code.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if refused.code is Code.UNAVAILABLE:
        headers["Retry-After"] = "1"
    if refused.code is Code.TOO_MANY_CONNECTIONS:
        headers["Retry-After"] = str(RETRY_AFTER_S)
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
    _log.error("unexpected failure", extra={"reference": reference}, exc_info=failure)
    refused = Refused(Code.INTERNAL, "This is a fault of the server; the reference is in its log.")
    return refusal(refused, {"reference": reference})


def _validation(failure: RequestValidationError) -> Refused:
    errors = tuple(
        FieldError(".".join(map(str, error["loc"][1:])) or "body", error["msg"])
        for error in failure.errors()
    )
    detail = "; ".join(f"{error.path}: {error.message}" for error in errors[:3])
    return Refused(Code.INVALID, detail, errors)
