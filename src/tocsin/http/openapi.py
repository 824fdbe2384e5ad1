"""The OpenAPI document: FastAPI's routes, and the plain ones from their own descriptions."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from tocsin import __version__
from tocsin.model.errors import Code

_ABOUT = """
One durable, ordered log of events, and everything that is done through it.

Give a token as `Authorization: Bearer TOKEN` or `X-Auth-Token: TOKEN`. Beside each route stands the
scope that it needs; `admin` has every scope. Errors are `application/problem+json` with a stable
`code`. Times are Unix seconds unless the name ends in `_ms`.
"""

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "x-auth-token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
}


class FieldProblem(msgspec.Struct):
    """What is wrong with one field; `path` is dotted."""

    path: str
    message: str


class Problem(msgspec.Struct):
    """Why a request was refused (RFC 9457).

    `id` stands beside `already_done`, `reference` beside `internal`: it is in the server's log.
    """

    type: str
    title: str
    status: int
    detail: str
    code: Code
    errors: list[FieldProblem] | msgspec.UnsetType = msgspec.UNSET
    id: str | msgspec.UnsetType = msgspec.UNSET
    reference: str | msgspec.UnsetType = msgspec.UNSET


def document(
    routes: Sequence[BaseRoute], paths: Mapping[str, Any], types: Sequence[type]
) -> dict[str, Any]:
    """The document of `routes`, with the path items of plain routes and their msgspec `types`."""
    made = get_openapi(title="Tocsin", version=__version__, description=_ABOUT, routes=routes)
    for path, item in paths.items():
        made["paths"].setdefault(path, {}).update(item)
    _, schemas = msgspec.json.schema_components(
        [Problem, *types], ref_template="#/components/schemas/{name}"
    )
    components = made.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **schemas}
    components["securitySchemes"] = _SCHEMES
    return made
