"""What the OpenAPI document says of the live streams, which are answered in front of FastAPI."""

from typing import Any

from tocsin.http import documented
from tocsin.http.openapi import Described
from tocsin.model.access import Scope
from tocsin.model.errors import Code

_ABOUT = (
    "Server-sent events: `init_event` with the whole picture first, then {events} as things "
    "change, and `init_event` again whenever the others cannot say it. A private page needs its "
    "bypass token or a token that may read."
)
_V1 = _ABOUT.format(events="`status_event`, `issue_event` and `update_event`")
_V2 = _ABOUT.format(
    events="`status_created`, `degraded`, `restored`, `issue_...` (created, started, ended, "
    "updated, resolved, cancelled, reopened) and, every hour, `cache_grown`"
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


def _stream(about: str, operation_id: str, summary: str, *in_path: str) -> dict[str, Any]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in in_path
    ]
    answer = {"description": "The stream.", "content": documented.EVENT_STREAM}
    return {
        "get": {
            "tags": ["live"],
            "operationId": operation_id,
            "summary": summary,
            "description": about,
            "parameters": [*named, _BYPASS],
            "responses": {"200": answer, **documented.errors(_ERRORS)},
            "security": [*documented.security(Scope.READ)["security"], {}],
        }
    }


_BY_HOST = "The page that the Host names"
_BY_NAME = "A page by its name"
_ONE_BY_HOST = "One component of the page that the Host names"
_ONE_BY_NAME = "One component of a page by its name"

DESCRIBED = Described(
    {
        "/live": _stream(_V1, "live", _BY_HOST),
        "/live/{component_id}": _stream(_V1, "live_component", _ONE_BY_HOST, "component_id"),
        "/pages/{slug}/live": _stream(_V1, "live_page", _BY_NAME, "slug"),
        "/pages/{slug}/live/{component_id}": _stream(
            _V1, "live_page_component", _ONE_BY_NAME, "slug", "component_id"
        ),
        "/live/v2/status_page": _stream(_V2, "live_v2", _BY_HOST),
        "/live/v2/component/{component_id}": _stream(
            _V2, "live_v2_component", _ONE_BY_HOST, "component_id"
        ),
        "/pages/{slug}/live/v2/status_page": _stream(_V2, "live_v2_page", _BY_NAME, "slug"),
        "/pages/{slug}/live/v2/component/{component_id}": _stream(
            _V2, "live_v2_page_component", _ONE_BY_NAME, "slug", "component_id"
        ),
    }
)
