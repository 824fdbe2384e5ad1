"""/session: signing in and out as ernest's clients do (seeds/ernest-monit.txt).

The secret of the session comes in the header `X-Auth-Token` and as a cookie. Errors are plain text.
"""

from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tocsin.app.sessions import CONSOLE
from tocsin.http import problems
from tocsin.http.auth import COOKIE, secret_in_cookie, secret_of
from tocsin.http.limits import read_body
from tocsin.http.services import services_of
from tocsin.model.access import Principal
from tocsin.model.errors import Code, Refused
from tocsin.store import users
from tocsin.wire import document

PATHS = ("/session/", "/session", "/sessions/", "/sessions")
METHODS = ["GET", "POST", "DELETE"]

_NO_STORE = {"Cache-Control": "no-store"}


async def answer(request: Request) -> Response:
    """Answer one request."""
    try:
        return await _respond(request)
    except Exception as failure:
        return _plain(problems.answer(failure))


async def _respond(request: Request) -> Response:
    match request.method:
        case "POST":
            return await _sign_in(request)
        case "DELETE":
            return await _sign_out(request)
        case _:
            return await _show(request)


async def _sign_in(request: Request) -> Response:
    given = document.decode_object(await read_body(request))
    email, password = given.get("user_name", ""), given.get("user_password", "")
    if not isinstance(email, str) or not isinstance(password, str):
        raise Refused(Code.INVALID, "user_name and user_password have to be texts.")
    address = request.client.host if request.client else ""
    sign_in = services_of(request).sign_in
    signed_in = await sign_in.with_password(address, email, password, CONSOLE)
    response = _json({})
    response.headers["X-Auth-Token"] = signed_in.secret
    if not _is_from_elsewhere(request):
        _set_cookie(request, response, signed_in.secret)
    return response


async def _sign_out(request: Request) -> Response:
    principal = await _principal(request)
    if not principal.is_session:
        raise Refused(Code.FORBIDDEN, "An API token is deleted at /api/v1/tokens.")
    await services_of(request).sign_in.out(principal)
    response = _json({})
    _set_cookie(request, response, "")
    return response


async def _show(request: Request) -> Response:
    principal = await _principal(request)
    user_id = principal.user_id
    store = services_of(request).store
    user = None if user_id is None else await store.read(lambda conn: users.find(conn, user_id))
    email = None if user is None else user.email
    return _json({"user_id": user_id, "user_name": principal.name, "user_email": email})


async def _principal(request: Request) -> Principal:
    """Who shows a token or a session; a cookie counts when no header does."""
    secret = secret_of(request.headers)
    if secret is None:
        secret = secret_in_cookie(request.headers)
    principal = await services_of(request).access.principal(secret or "")
    if principal is None:
        raise Refused(Code.UNAUTHORIZED, "Nobody is signed in.")
    return principal


def _is_from_elsewhere(request: Request) -> bool:
    """Whether a page of another site sent it: that must not sign a visitor in as somebody else."""
    return request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _set_cookie(request: Request, response: Response, secret: str) -> None:
    """Have the browser keep the secret until it is closed; an empty one is forgotten at once."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=None if secret else 0,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), 200, _NO_STORE, "application/json")


def _plain(problem: Response) -> Response:
    """The same refusal as ernest's clients know it: the name of the status, as text."""
    status = HTTPStatus(problem.status_code)
    if status is HTTPStatus.UNPROCESSABLE_ENTITY:
        status = HTTPStatus.BAD_REQUEST
    kept = {k: v for k, v in problem.headers.items() if not k.startswith("content-")}
    return PlainTextResponse(status.phrase, status, kept | _NO_STORE)
