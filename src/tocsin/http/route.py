"""How a resource declares its routes: who may, what goes in, what comes out, what is refused."""

from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, ClassVar

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from tocsin.http import documented, problems
from tocsin.http.auth import require
from tocsin.http.limits import read_body
from tocsin.model.access import Scope
from tocsin.model.errors import Code, invalid, not_found
from tocsin.wire import document

PREFIX = "/api/v1"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

Handler = Callable[..., Coroutine[Any, Any, Any]]


class ApiRoute(APIRoute):
    """A route that decides who may call before it looks at anything else.

    Then come the path, the size of the body, the body as JSON whatever its Content-Type, and only
    then the handler's own parameters. Every failure is answered as a problem here.
    """

    needs: ClassVar[Scope]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler that FastAPI made of ours, behind those decisions."""
        handle = super().get_route_handler()
        needs, takes_body = self.needs, self.body_field is not None

        async def guarded(request: Request) -> Response:
            try:
                request.state.principal = await require(request, needs)
                _check_path(request)
                if request.method in _WITH_BODY:
                    request = await _read(request, takes_body)
                return await handle(request)
            except Exception as failure:
                return problems.answer(failure)

        return guarded


class Routes:
    """The routes of one resource, below `PREFIX`, that the API takes from its `router`.

    Each verb takes the scope that a caller needs, so that none can be declared without one.
    `answers` is the model of the answer (None: 204 without a body), `refuses` are the codes of
    refusals beyond those that every route has, `tagged` says that the answer carries an ETag.
    A handler that changes something answers with `changes.change`.
    """

    def __init__(self, name: str) -> None:
        self.router = APIRouter(prefix=PREFIX, tags=[name], strict_content_type=False)

    def get(
        self, path: str, needs: Scope = Scope.READ, *, answers: Any, tagged: bool = False
    ) -> Callable[[Handler], Handler]:
        """Declare a route that reads."""
        return self._declare("GET", path, needs, documented.reading(path, answers, tagged=tagged))

    def ask(
        self, path: str, needs: Scope = Scope.READ, *, answers: Any
    ) -> Callable[[Handler], Handler]:
        """Declare a route that changes nothing, by POST: what it is asked is too long for an
        address, or not for everybody to ask again."""
        told = documented.reading(path, answers, tagged=False, refuses=(Code.TOO_LARGE,))
        return self._declare("POST", path, needs, told)

    def post(  # noqa: PLR0913 - a declaration, every argument by name
        self,
        path: str,
        needs: Scope,
        *,
        answers: Any,
        status: int = 201,
        refuses: tuple[Code, ...] = (),
        tagged: bool = False,
        keyed: bool = True,
        or_there: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a route that makes something (201) or does something (200).

        `keyed` unless it changes no state: then repeating it needs no Idempotency-Key. `or_there`:
        it answers 200 where there is what it would make.
        """
        told = documented.changing(path, answers, status, refuses, tagged=tagged, keyed=keyed)
        told = documented.or_there(told) if or_there else told
        keys = [Depends(documented.idempotency_key)] if keyed else []
        return self._declare("POST", path, needs, told, keys)

    def patch(
        self,
        path: str,
        needs: Scope,
        *,
        answers: Any,
        refuses: tuple[Code, ...] = (),
        tagged: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a route that changes some fields of something."""
        told = documented.changing(path, answers, 200, refuses, tagged=tagged)
        return self._declare("PATCH", path, needs, told)

    def put(
        self,
        path: str,
        needs: Scope,
        *,
        answers: Any,
        refuses: tuple[Code, ...] = (),
        tagged: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a route that sets something."""
        told = documented.changing(path, answers, 200, refuses, tagged=tagged)
        return self._declare("PUT", path, needs, told)

    def delete(
        self, path: str, needs: Scope, *, refuses: tuple[Code, ...] = ()
    ) -> Callable[[Handler], Handler]:
        """Declare a route that removes something and answers 204."""
        return self._declare("DELETE", path, needs, documented.changing(path, None, 204, refuses))

    def _declare(
        self,
        method: str,
        path: str,
        needs: Scope,
        told: documented.Told,
        dependencies: list[Any] | None = None,
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self.router.add_api_route(
                path,
                handler,
                methods=[method],
                status_code=told.status,
                response_model=told.model,
                response_class=told.response_class,
                responses=told.responses,
                openapi_extra=documented.security(needs),
                dependencies=dependencies,
                route_class_override=_requiring(needs),
                operation_id=handler.__name__,
            )
            return handler

        return declare


@cache
def _requiring(needs: Scope) -> type[ApiRoute]:
    return type(f"ApiRoute[{needs.value}]", (ApiRoute,), {"needs": needs})


def _check_path(request: Request) -> None:
    """A path with U+0000 names nothing, and not every database takes such text."""
    if "\0" in request.scope["path"]:
        raise not_found("resource")


class _JsonRequest(Request):
    """A request whose body has been read and decoded; it is JSON whatever its Content-Type says."""

    def __init__(self, request: Request, body: bytes, value: object) -> None:
        headers = [(k, v) for k, v in request.scope["headers"] if k != b"content-type"]
        headers.append((b"content-type", b"application/json"))
        super().__init__({**request.scope, "headers": headers}, request.receive)
        self._read = body
        self._value = value

    async def body(self) -> bytes:
        return self._read

    async def json(self) -> object:
        return self._value


async def _read(request: Request, takes_body: bool) -> Request:
    body = await read_body(request)
    value = document.decode_object(body) if body else {}
    if value and not takes_body:
        raise invalid(next(iter(value)), "is not a field of this call, which takes none")
    return _JsonRequest(request, body, value)
