"""/api/v1/operations/{operation_id}/messages: a plain route, for a build may say much."""

import re
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tocsin.app import operations
from tocsin.app.idempotency import Answer
from tocsin.app.operation_intake import Fate, OperationIntake, Source
from tocsin.http import documented
from tocsin.http.auth import require
from tocsin.http.changes import carry_out
from tocsin.http.event_docs import RECEIPT
from tocsin.http.limits import read_body
from tocsin.http.openapi import Described
from tocsin.http.services import services_of
from tocsin.model.access import Scope as Right
from tocsin.model.errors import Code, Refused
from tocsin.model.operation import ID_PATTERN, Tell, check_id
from tocsin.model.position import Position
from tocsin.store.tx import Tx
from tocsin.wire.operation_messages import ToldMessages, from_json

PATH = re.compile(r"/api/v1/operations/([^/]+)/messages")


async def respond(request: Request) -> Response:
    """Answer a request to this path: 202 once the messages are on disk."""
    if request.method != "POST":
        raise HTTPException(405, headers={"Allow": "POST"})
    caller = await require(request, Right.OPERATIONS_WRITE)
    operation_id = request.scope["path"].split("/")[-2]
    check_id(operation_id)
    body, intake = await read_body(request), services_of(request).intake
    given = Tell(operation_id, _messages(body, intake))
    try:
        response = await carry_out(request, caller, body, _telling(given, intake.awaited([given])))
    except Refused as refused:
        if refused.code is Code.OPERATION_CLOSED:
            intake.count(Source.HTTP, Fate.DROPPED, len(given.messages))
        raise
    intake.count(Source.HTTP, Fate.ACCEPTED, len(given.messages))
    return response


def _messages(body: bytes, intake: OperationIntake) -> tuple[bytes, ...]:
    try:
        return from_json(body)
    except Refused:
        intake.count(Source.HTTP, Fate.MALFORMED)
        raise


def _telling(given: Tell, awaited: frozenset[str]) -> Callable[[Tx], Answer]:
    def unit(tx: Tx) -> Answer:
        sequences = operations.tell(tx, given, awaited)
        first, last = (Position(tx.epoch, sequence) for sequence in sequences)
        body = f'{{"positions":["{first}","{last}"],"count":{len(given.messages)}}}'
        return Answer(202, body.encode())

    return unit


_POST: dict[str, Any] = {
    "tags": ["operations"],
    "operationId": "tell_operation",
    "summary": "Tell Operation",
    "description": "Put 1 to 1,000 messages into an operation, in this order; one that is not "
    "known is opened. Answered once they are on disk.",
    "parameters": [
        {
            "in": "path",
            "name": "operation_id",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{ID_PATTERN}$"},
        },
        documented.IDEMPOTENCY_PARAMETER,
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ToldMessages"}}},
    },
    "responses": {
        "202": RECEIPT,
        **documented.errors(
            (
                Code.INVALID,
                Code.UNAUTHORIZED,
                Code.FORBIDDEN,
                Code.NOT_FOUND,
                Code.INTERNAL,
                Code.UNAVAILABLE,
                Code.TOO_LARGE,
                Code.IDEMPOTENCY_KEY_REUSED,
                Code.OPERATION_CLOSED,
            )
        ),
    },
    **documented.security(Right.OPERATIONS_WRITE),
}

DESCRIBED = Described(
    {"/api/v1/operations/{operation_id}/messages": {"post": _POST}}, (ToldMessages,)
)
