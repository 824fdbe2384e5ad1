"""The OpenAPI document: FastAPI's routes, and the plain ones from their own descriptions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any

import msgspec
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from tocsin import __version__
from tocsin.http.auth import COOKIE
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
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "integration_key": {"type": "apiKey", "in": "query", "name": "integration_key"},
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


@dataclass(frozen=True)
class Described:
    """What plain routes say of themselves: path items, the types they name, and properties of those
    types' schemas that say more than the types do.
    """

    paths: Mapping[str, Any]
    types: tuple[type, ...] = ()
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def document(routes: Sequence[BaseRoute], plain: Iterable[Described]) -> dict[str, Any]:
    """The document of `routes` and of the plain ones."""
    made = get_openapi(title="Tocsin", version=__version__, description=_ABOUT, routes=routes)
    components = made.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    schemas = components.setdefault("schemas", {})
    schemas |= _schemas([Problem])
    for described in plain:
        for path, item in described.paths.items():
            made["paths"].setdefault(path, {}).update(item)
        schemas |= _schemas(described.types)
        for name, properties in described.properties.items():
            schemas[name]["properties"] |= properties
    return made


def _schemas(types: Sequence[type]) -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    return schemas
