"""What the OpenAPI document says of /api/v1/events, whose route FastAPI does not know."""

import re
from typing import Annotated, Any, Literal

import msgspec

from tocsin.http import documented
from tocsin.http.openapi import Described
from tocsin.model.access import Scope
from tocsin.model.errors import Code
from tocsin.model.topic import RESERVED_ROOTS, RESERVED_TYPES, TOPIC_PATTERN, TYPE_PATTERN
from tocsin.wire.cloudevents import EVENTS_LIMIT, PublishedEvent

_JSON = "application/json"
_TEXT = {"type": "string"}


class LoggedEvent(msgspec.Struct):
    """An event of the log: CloudEvents 1.0, structured. `id` is its position."""

    specversion: Literal["1.0"]
    id: str
    sequence: str
    type: str
    subject: str
    time: str
    source: str
    key: str
    datacontenttype: str | msgspec.UnsetType = msgspec.UNSET
    data: Any = None


class EventPage(msgspec.Struct):
    """Events, oldest first. Pass `next` as `since` to read on; it is `head` at the end."""

    data: list[LoggedEvent]
    next: str
    head: str


class Receipt(msgspec.Struct):
    """Between which positions the events stand, and how many of them were newly stored."""

    positions: Annotated[list[str], msgspec.Meta(min_length=2, max_length=2)]
    count: int


def _ref(struct: type) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _parameter(where: str, name: str, schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {"name": name, "in": where, "schema": schema, "description": about}


_SINCE = (
    "`earliest` (the default here), `latest` (the default of the stream), a position, "
    "or an RFC 3339 time with its zone."
)
_READ_PARAMETERS = [
    _parameter(
        "query",
        "topic",
        {"type": "array", "items": _TEXT},
        "A topic, or a pattern: `*` is any one token, a last `>` the rest. Several are OR.",
    ),
    _parameter("query", "since", _TEXT, _SINCE),
    _parameter(
        "query",
        "limit",
        {"type": "integer", "minimum": 1, "maximum": 1_000, "default": 100},
        "How many events at most; the stream has no limit.",
    ),
    *(
        _parameter(where, name, _TEXT, "The stream goes on after this event; beats `since`.")
        for where, name in (
            ("header", "Last-Event-ID"),
            ("query", "last_event_id"),
            ("query", "lastEventId"),
        )
    ),
]
_RESUME = {
    "Tocsin-Resume": {
        "description": "How the page continues what the reader had: `gap` when retention removed "
        "part of it, `reset` when the position is not of this log.",
        "required": True,
        "schema": {"enum": ["live", "resumed", "gap", "reset"]},
    }
}
_READ_ANSWER = {
    "description": "A page as JSON, or with `Accept: text/event-stream` the live stream: first a "
    "`tocsin.resume` event with the verdict, then history, then live.",
    "headers": _RESUME,
    "content": {
        _JSON: {"schema": _ref(EventPage)},
        **documented.EVENT_STREAM,
    },
}
_PUBLISH_BODY = {
    "description": "One event, an array, or one event on each line. All are stored or none.",
    "required": True,
    "content": {
        _JSON: {
            "schema": {
                "anyOf": [
                    _ref(PublishedEvent),
                    {
                        "type": "array",
                        "items": _ref(PublishedEvent),
                        "minItems": 1,
                        "maxItems": EVENTS_LIMIT,
                    },
                ]
            }
        },
        "application/x-ndjson": {"schema": _TEXT},
    },
}
RECEIPT = {
    "description": "Stored.",
    "headers": documented.POSITION,
    "content": {_JSON: {"schema": _ref(Receipt)}},
}
_READ_ERRORS = (
    Code.INVALID,
    Code.UNAUTHORIZED,
    Code.FORBIDDEN,
    Code.INTERNAL,
    Code.UNAVAILABLE,
    Code.TOO_MANY_CONNECTIONS,
)
_PUBLISH_ERRORS = (
    *_READ_ERRORS[:-1],
    Code.TOO_LARGE,
    Code.IDEMPOTENCY_KEY_REUSED,
)

_PATHS = {
    "/api/v1/events": {
        "get": {
            "tags": ["events"],
            "operationId": "read_events",
            "summary": "Read Events",
            "description": "Without a token only `component/ID`, `issue/ID` and `page/SLUG` of "
            "things on a public page, and no patterns.",
            "parameters": _READ_PARAMETERS,
            "responses": {"200": _READ_ANSWER, **documented.errors(_READ_ERRORS)},
            "security": [*documented.security(Scope.READ)["security"], {}],
        },
        "post": {
            "tags": ["events"],
            "operationId": "publish_events",
            "summary": "Publish Events",
            "description": "Answered once the events are on disk. An `id` that the same token has "
            "used within 24 hours is stored once.",
            "parameters": [documented.IDEMPOTENCY_PARAMETER],
            "requestBody": _PUBLISH_BODY,
            "responses": {
                "202": RECEIPT,
                **documented.errors(_PUBLISH_ERRORS),
            },
            **documented.security(Scope.EVENTS_PUBLISH),
        },
    }
}

# What is checked beyond the types: names that Tocsin keeps for itself.
_ROOTS = "|".join(sorted(RESERVED_ROOTS))
_REFINED = {
    PublishedEvent.__name__: {
        "type": {"type": "string", "pattern": f"^(?!{re.escape(RESERVED_TYPES)}){TYPE_PATTERN}$"},
        "topic": {"type": "string", "pattern": f"^(?!({_ROOTS})(/|$)){TOPIC_PATTERN}$"},
    }
}

DESCRIBED = Described(_PATHS, (PublishedEvent, EventPage, LoggedEvent, Receipt), _REFINED)
