"""What the OpenAPI document says of a route beside its parameters: answers, errors, security."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header
from starlette.responses import JSONResponse, Response

from tocsin.model.access import Scope
from tocsin.model.errors import Code
from tocsin.wire import problem

_ALWAYS = (Code.INVALID, Code.UNAUTHORIZED, Code.FORBIDDEN, Code.INTERNAL, Code.UNAVAILABLE)
_CHANGING = (*_ALWAYS, Code.TOO_LARGE)
_KEYED = (Code.IDEMPOTENCY_KEY_REUSED, Code.ALREADY_DONE)

POSITION = {
    "Tocsin-Position": {
        "description": "The position of the change's last event, or the head of the log.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-z-]{1,64}$"},
    }
}
_ETAG = {
    "ETag": {
        "description": "Names this version; give it as `If-Match` with a change.",
        "required": True,
        "schema": {"type": "string"},
    }
}

# Server-sent events as OpenAPI 3.2 describes what a stream consists of.
EVENT_STREAM: dict[str, Any] = {
    "text/event-stream": {
        "itemSchema": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "event": {"type": "string"},
                "data": {"type": "string"},
                "retry": {"type": "integer"},
            },
        }
    }
}

IDEMPOTENCY_KEY = "[!-~]{1,255}"
IDEMPOTENCY_ABOUT = (
    "Kept for 24 hours: the same key and body give the first answer again, another body is refused."
)


@dataclass(frozen=True)
class Told:
    """How a route's answers stand in the document."""

    status: int
    model: Any
    responses: dict[int | str, dict[str, Any]]

    @property
    def response_class(self) -> type[Response]:
        """JSON, or nothing for an answer without a body."""
        return Response if self.model is None else JSONResponse


def reading(path: str, model: Any, *, tagged: bool, refuses: tuple[Code, ...] = ()) -> Told:
    """Of a route that reads."""
    codes = (*_ALWAYS, *refuses, *((Code.NOT_FOUND,) if "{" in path else ()))
    return Told(200, model, {200: {"headers": _ETAG if tagged else {}}, **errors(codes)})


def changing(  # noqa: PLR0913 - a declaration, most arguments by name
    path: str,
    model: Any,
    status: int,
    refuses: tuple[Code, ...],
    *,
    tagged: bool = False,
    keyed: bool = False,
) -> Told:
    """Of a route that changes something. `keyed`: it takes an Idempotency-Key."""
    codes = [*_CHANGING, *refuses]
    codes += [Code.NOT_FOUND] if "{" in path else []
    codes += _KEYED if keyed else []
    headers = {**POSITION, **(_ETAG if tagged else {})}
    return Told(status, model, {status: {"headers": headers}, **errors(codes)})


def or_there(told: Told) -> Told:
    """Of a route that answers 200 where there is what it would make."""
    there = {"description": "It is there.", "model": told.model, "headers": POSITION}
    return replace(told, responses={**told.responses, 200: there})


def errors(codes: Iterable[Code]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of these refusals: one a status, naming its codes."""
    by_status: dict[str, list[str]] = {}
    for code in sorted(set(codes)):
        by_status.setdefault(str(int(problem.status(code))), []).append(f"`{code.value}`")
    return {
        status: {
            "description": f"Refused: {', '.join(names)}.",
            "content": {problem.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, names in sorted(by_status.items())
    }


def text_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of refusals as ernest's clients know them."""
    return {
        str(status): {
            "description": f"`{HTTPStatus(status).phrase}`, as plain text.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
        for status in statuses
    }


def security(needs: Scope) -> dict[str, Any]:
    """The two ways of giving a token, and the scope that it needs."""
    return {"security": [{"bearer": [needs.value]}, {"x-auth-token": [needs.value]}]}


IDEMPOTENCY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY}$"},
    "description": IDEMPOTENCY_ABOUT,
}


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            pattern=f"^{IDEMPOTENCY_KEY}$",
            description=IDEMPOTENCY_ABOUT,
        ),
    ] = None,
) -> None:
    """Documents the header; `changes.change` acts on it."""
