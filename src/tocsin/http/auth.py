"""Who calls, and whether that is enough."""

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection, Request, cookie_parser

from tocsin.app.access import Access
from tocsin.http.services import services_of
from tocsin.model.access import Principal, Scope
from tocsin.model.errors import Code, Refused


def secret_of(headers: Mapping[str, str]) -> str | None:
    """The token that a request carries: `Authorization: Bearer T`, else `X-Auth-Token: T`."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return headers.get("x-auth-token")


# The cookie that signing in sets. It is sent without anybody's doing, so that it lets in only where
# nothing is changed but the session itself: each such place asks for it by `secret_in_cookie`.
COOKIE = "tocsin_session"


def secret_in_cookie(headers: Mapping[str, str]) -> str | None:
    """The session's secret that a browser sends along."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE)


async def identify(headers: Mapping[str, str], access: Access) -> Principal | None:
    """The bearer of the request's token; None without one. Refused (unauthorized) when unknown."""
    secret = secret_of(headers)
    if secret is None:
        return None
    principal = await access.principal(secret)
    if principal is None:
        raise Refused(Code.UNAUTHORIZED, "The token is not known, or was deleted.")
    return principal


async def require(connection: HTTPConnection, needs: Scope) -> Principal:
    """The bearer of the request's token, who has the right `needs`.

    Raises Refused: unauthorized without a token or with an unknown one, forbidden with too little.
    """
    principal = await identify(connection.headers, services_of(connection).access)
    if principal is None:
        raise Refused(
            Code.UNAUTHORIZED,
            "A token is needed: Authorization: Bearer TOKEN, or X-Auth-Token: TOKEN.",
        )
    if not principal.may(needs):
        raise Refused(Code.FORBIDDEN, f"The token lacks the scope {needs.value}.")
    return principal


def _caller(request: Request) -> Principal:
    return cast(Principal, request.state.principal)


# In the signature of a handler: the principal that the route has let in.
Caller = Annotated[Principal, Depends(_caller)]
