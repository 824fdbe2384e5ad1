"""Who calls, and whether that is enough."""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from tocsin.http.services import services_of
from tocsin.model.access import Principal, Scope
from tocsin.model.errors import Code, Refused


def secret_of(connection: HTTPConnection) -> str | None:
    """The token that a request carries: `Authorization: Bearer T`, else `X-Auth-Token: T`."""
    scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return connection.headers.get("x-auth-token")


async def identify(connection: HTTPConnection) -> Principal | None:
    """The bearer of the request's token; None without one. Refused (unauthorized) when unknown."""
    secret = secret_of(connection)
    if secret is None:
        return None
    principal = await services_of(connection).access.principal(secret)
    if principal is None:
        raise Refused(Code.UNAUTHORIZED, "The token is not known, or was deleted.")
    return principal


async def require(connection: HTTPConnection, needs: Scope) -> Principal:
    """The bearer of the request's token, who has the right `needs`.

    Raises Refused: unauthorized without a token or with an unknown one, forbidden with too little.
    """
    principal = await identify(connection)
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


# In the signature of an endpoint: the principal that the route has let in.
Caller = Annotated[Principal, Depends(_caller)]
