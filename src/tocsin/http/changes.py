"""Answering a change: done once per Idempotency-Key, with the position that it reached."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar, cast

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from tocsin.app.idempotency import POSITION_HEADER, Answer, once
from tocsin.http.documented import IDEMPOTENCY_KEY
from tocsin.http.services import services_of
from tocsin.model.access import Principal
from tocsin.model.errors import invalid
from tocsin.store.idempotency import Call
from tocsin.store.store import Committed
from tocsin.store.tx import Tx

T = TypeVar("T")

_KEY = re.compile(IDEMPOTENCY_KEY)


async def change(
    request: Request, unit: Callable[[Tx], T], answer: Callable[[T], Answer]
) -> Response:
    """Run a unit of work and answer with what `answer` makes of its result.

    `answer` runs in the transaction (possibly more than once), since a POST that carries an
    Idempotency-Key keeps its answer there; it has to be pure.
    """

    def whole(tx: Tx) -> Answer:
        return answer(unit(tx))

    caller = cast(Principal, request.state.principal)
    body = await request.body() if request.method == "POST" else b""
    return await carry_out(request, caller, body, whole)


async def carry_out(
    request: Request, caller: Principal, body: bytes, unit: Callable[[Tx], Answer]
) -> Response:
    """`change` for a unit that makes its answer itself, in a request whose `body` has been read."""
    call = call_of(request, caller, body)
    store = services_of(request).store
    return respond(request, await store.change(unit if call is None else once(call, unit)))


def call_of(request: Request, caller: Principal, body: bytes) -> Call | None:
    """The call that a request may repeat; None without an Idempotency-Key. Refused (invalid): a key
    that is none."""
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "has to be 1 to 255 visible ASCII characters")
    path = request.scope["path"]
    return Call(caller.id, request.method, path, key, sha256(body).digest())


def respond(request: Request, committed: Committed[Answer]) -> Response:
    """The answer to a change that was made."""
    answer = committed.value
    position = services_of(request).store.position(committed.sequence)
    headers = {POSITION_HEADER: str(position), **answer.headers}
    media_type = "application/json" if answer.body else None
    return Response(answer.body or None, answer.status, headers, media_type)


def created(
    model: BaseModel, about: str, *, etag: str | None = None, secret: bool = False
) -> Answer:
    """201 with what was made; `about` is its id. A body that shows a `secret` is not kept."""
    return Answer(201, _json(model), _tag(etag), about, secret)


def done(
    model: BaseModel, about: str | None = None, *, etag: str | None = None, secret: bool = False
) -> Answer:
    """200 with the thing as it is after the change."""
    return Answer(200, _json(model), _tag(etag), about, secret)


def removed(_: object = None) -> Answer:
    """204."""
    return Answer(204)


def shown(model: BaseModel, *, etag: str | None = None) -> Response:
    """200 to a GET of one thing that carries an ETag."""
    return Response(_json(model), 200, _tag(etag), "application/json")


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json().encode()


def _tag(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"etag": etag}
