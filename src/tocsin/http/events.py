"""/api/v1/events: publishing, and reading the log as JSON. Plain routes: publishing is hot."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tocsin.app import history
from tocsin.app.history import Asked
from tocsin.app.idempotency import Answer
from tocsin.http.auth import identify, require
from tocsin.http.changes import carry_out
from tocsin.http.limits import read_body
from tocsin.http.services import services_of
from tocsin.model.access import Scope as Right
from tocsin.model.errors import invalid
from tocsin.model.event import NewEvent
from tocsin.model.position import Position
from tocsin.model.resume import Anchor, parse_since
from tocsin.store.publish import publish
from tocsin.store.tx import Tx
from tocsin.wire import cloudevents

_LIMIT = re.compile("[1-9][0-9]{0,2}|1000")


async def respond(request: Request) -> Response:
    """Answer a request to /api/v1/events."""
    match request.method:
        case "POST":
            return await _publish(request)
        case "GET" | "HEAD":
            return await _read(request)
        case _:
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})


async def _publish(request: Request) -> Response:
    caller = await require(request, Right.EVENTS_PUBLISH)
    body = await read_body(request)
    decode = _decoder(request.headers.get("content-type", ""))
    return await carry_out(request, caller, body, _publishing(caller.id, decode(body)))


def _decoder(content_type: str) -> Callable[[bytes], list[NewEvent]]:
    if content_type.partition(";")[0].strip().lower() == "application/x-ndjson":
        return cloudevents.from_ndjson
    return cloudevents.from_json


def _publishing(publisher: str, events: Sequence[NewEvent]) -> Callable[[Tx], Answer]:
    def unit(tx: Tx) -> Answer:
        done = publish(tx, publisher, events)
        first, last = Position(tx.epoch, done.first), Position(tx.epoch, done.last)
        body = f'{{"positions":["{first}","{last}"],"count":{done.count}}}'
        return Answer(202, body.encode())

    return unit


async def _read(request: Request) -> Response:
    services, query = services_of(request), request.query_params
    caller = await identify(request.headers, services.access)
    topics = await services.access.topics(caller, query.getlist("topic"))
    since = parse_since(query.get("since", Anchor.EARLIEST))
    asked = Asked(topics, since, _limit(query.get("limit", "100")))
    page = await services.store.read(partial(history.read, asked=asked))
    headers = {"Tocsin-Resume": page.verdict.outcome.value, "Cache-Control": "no-store"}
    return Response(page.body, 200, headers, "application/json")


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text):
        raise invalid("limit", "has to be a number from 1 to 1000")
    return int(text)
