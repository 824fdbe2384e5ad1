"""What the OpenAPI document says of the operations' streams, which are answered in front of
FastAPI."""

from typing import Any

from tocsin.http import documented
from tocsin.http.openapi import Described
from tocsin.model.errors import Code
from tocsin.model.operation import ID_PATTERN

_ERRORS = (Code.TOO_MANY_CONNECTIONS, Code.INTERNAL, Code.UNAVAILABLE)


def _parameter(place: str, name: str, about: str, pattern: str = "") -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": f"^{pattern}$"} if pattern else {})}
    return {"in": place, "name": name, "description": about, "schema": schema}


DESCRIBED = Described(
    {
        "/events": {
            "get": {
                "tags": ["operations"],
                "operationId": "watch_operation",
                "summary": "What is told in a run of an operation",
                "description": (
                    "Server-sent events: first a block with an id alone, then each message as "
                    '`{"body", "level"}`. Without `run` that is the open run; where there is none '
                    "the stream waits for the next, unless `Last-Event-ID` is of the closed one: "
                    "then comes the rest of that. The response ends when the run is closed."
                ),
                "parameters": [
                    {
                        **_parameter("query", "stream", "The operation.", ID_PATTERN),
                        "required": True,
                    },
                    _parameter("query", "run", "`last`, or its number.", "(last|[1-9][0-9]{0,8})"),
                    _parameter("query", "ticket", "In place of a token; see POST /api/v1/tickets."),
                    _parameter("header", "Last-Event-ID", "Up to where the client has everything."),
                ],
                "responses": {
                    "200": {"description": "The stream.", "content": documented.EVENT_STREAM},
                    "204": {"description": "The run is closed, and the client has all of it."},
                    **documented.text_errors(400, 401, 403, 404),
                    **documented.errors(_ERRORS),
                },
                "security": [{"bearer": ["read"]}, {"x-auth-token": ["read"]}, {"cookie": []}, {}],
            }
        }
    }
)
