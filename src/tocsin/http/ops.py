"""What operators and their machines ask for: probes, metrics, a copy, a clean-up."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from tocsin.app.idempotency import POSITION_HEADER
from tocsin.app.metrics import CONTENT_TYPE
from tocsin.http import documented
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.errors import Code, Refused
from tocsin.store import log
from tocsin.store.backup import CopyFailed

_CHUNK = 256 * 1024

routes = Routes("upkeep")
probes = APIRouter(tags=["probes"])


class Pruned(BaseModel):
    """What a clean-up did."""

    removed: int


@probes.get("/healthz", response_class=PlainTextResponse)
async def healthz() -> PlainTextResponse:
    """The process is up. Says nothing about what it depends on."""
    return PlainTextResponse("ok\n")


@probes.get(
    "/readyz", response_class=PlainTextResponse, responses=documented.errors([Code.UNAVAILABLE])
)
async def readyz(request: Request) -> PlainTextResponse:
    """The store can be read, so that requests can be answered. More lines say how it is with what
    the service can do without for a while."""
    services = services_of(request)
    await services.store.read(log.facts)
    return PlainTextResponse("\n".join(["ready", *services.remarks(), ""]))


@probes.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    return Response(await services_of(request).metrics(), media_type=CONTENT_TYPE)


@routes.post("/prune", Scope.ADMIN, answers=Pruned, status=200, keyed=False)
async def prune(request: Request) -> Response:
    """Apply retention now instead of within the hour."""
    services = services_of(request)
    pruned = Pruned(removed=await services.upkeep.prune())
    position = str(services.store.position(services.store.head))
    return Response(
        pruned.model_dump_json(), headers={POSITION_HEADER: position}, media_type="application/json"
    )


@routes.post("/backup", Scope.ADMIN, answers=None, status=200, keyed=False)
async def backup(request: Request) -> Response:
    """A copy of the store, consistent with the position in `Tocsin-Position`: a SQLite database."""
    try:
        file, position = await services_of(request).backups.in_passing()
    except CopyFailed as failure:
        raise Refused(Code.UNAVAILABLE, str(failure)) from failure
    headers = {
        POSITION_HEADER: str(position),
        "Content-Length": str(os.fstat(file.fileno()).st_size),
        "Content-Disposition": f'attachment; filename="tocsin-{position}.db"',
    }
    return StreamingResponse(_chunks(file), headers=headers, media_type="application/vnd.sqlite3")


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
