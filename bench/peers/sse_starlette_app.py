"""The application behind peers/sse_starlette.py, as its documentation shows it."""

import asyncio
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_readers: set[asyncio.Queue[str]] = set()


async def _events() -> AsyncIterator[dict[str, str]]:
    queue: asyncio.Queue[str] = asyncio.Queue()
    _readers.add(queue)
    try:
        while True:
            yield {"data": await queue.get()}
    finally:
        _readers.discard(queue)


async def _stream(request: Request) -> Response:
    return EventSourceResponse(_events())


async def _publish(request: Request) -> Response:
    event = (await request.body()).decode()
    for queue in _readers:
        queue.put_nowait(event)
    return Response(status_code=202)


app = Starlette(routes=[Route("/stream", _stream), Route("/publish", _publish, methods=["POST"])])
