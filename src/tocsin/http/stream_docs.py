"""What the OpenAPI document says of the live streams, which are answered in front of FastAPI."""

from typing import Any

from tocsin.http import documented
from tocsin.http.openapi import Described
from tocsin.model.access import Scope
from tocsin.model.errors import Code

_ABOUT = (
    "Server-sent events: `init_event` with the whole picture first, then `status_event`, "
    "`issue_event` and `update_event` as things change, and `init_event` again whenever the others "
    "cannot say it. A private page needs its bypass token or a token that may read."
)
_BYPASS = {
    "name": "bt",
    "in": "query",
    "schema": {"type": "string"},
    "description": "A private page's bypass token.",
}
_ERRORS = (
    Code.UNAUTHORIZED,
    Code.NOT_FOUND,
    Code.TOO_MANY_CONNECTIONS,
    Code.INTERNAL,
    Code.UNAVAILABLE,
)


def _stream(name: str, summary: str, *in_path: str) -> dict[str, Any]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in in_path
    ]
    answer = {
        "description": "The stream.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    return {
        "get": {
            "tags": ["live"],
            "operationId": name,
            "summary": summary,
            "description": _ABOUT,
            "parameters": [*named, _BYPASS],
            "responses": {"200": answer, **documented.errors(_ERRORS)},
            "security": [*documented.security(Scope.READ)["security"], {}],
        }
    }


DESCRIBED = Described(
    {
        "/live": _stream("live", "The page that the Host names"),
        "/live/{component_id}": _stream(
            "live_component", "One component of the page that the Host names", "component_id"
        ),
        "/pages/{slug}/live": _stream("live_page", "A page by its name", "slug"),
        "/pages/{slug}/live/{component_id}": _stream(
            "live_page_component", "One component of a page by its name", "slug", "component_id"
        ),
    }
)
