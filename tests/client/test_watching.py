"""A run is watched in full and once, to its own end, over connections that end before it does."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.client.serving import served

from tocsin.client import Client, OperationWatch, ServerRefused
from tocsin.wire import sse


def said(sequence: int) -> bytes:
    """A message of the stream."""
    text = json.dumps({"body": f"line {sequence}", "level": "INFO"})
    return sse.frame(text.encode(), id=f"e-{sequence}")


def recorded(sequence: int) -> dict[str, object]:
    """A message of the log."""
    data = {"run": 2, "message": {"body": f"line {sequence}", "level": "INFO"}}
    return {"id": f"e-{sequence}", "type": "tocsin.operation.message", "data": data}


def closed(sequence: int, outcome: str) -> dict[str, object]:
    """The end of the run, in the log."""
    data = {"operation": {"id": "a", "run": 2, "outcome": outcome}}
    return {"id": f"e-{sequence}", "type": "tocsin.operation.closed", "data": data}


class Script:
    """Answers requests for the stream and for the log with the next of each list, and keeps them.

    An answer is a status, the pieces of a stream, or a page of events; then there is nothing more.
    """

    def __init__(
        self, streams: list[int | list[bytes]], pages: list[int | Sequence[object]]
    ) -> None:
        self.streams, self.pages = streams, pages
        self.places: list[str | None] = []
        self.asked: list[dict[str, str]] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/events":
            self.places.append(request.headers.get("Last-Event-ID"))
            return await self._stream(request, self.streams.pop(0))
        self.asked.append(dict(request.query))
        page = self.pages.pop(0) if self.pages else []
        if isinstance(page, int):
            return web.Response(status=page)
        return web.json_response({"data": page, "next": "e-99", "head": "e-99"})

    async def _stream(
        self, request: web.BaseRequest, answer: int | list[bytes]
    ) -> web.StreamResponse:
        if isinstance(answer, int):
            return web.Response(status=answer)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in [b"retry: 1\nid: e-1\n\n", *answer]:
            await response.write(piece)
        return response


@asynccontextmanager
async def watch_of(script: Script, run: str | None = None) -> AsyncIterator[OperationWatch]:
    async with served(script) as url, Client(url, "secret") as client:
        yield client.watch_operation("a", run)


async def bodies(watch: OperationWatch) -> list[int]:
    return [int(message.body.removeprefix("line ")) async for message in watch.messages()]


async def test_a_run_is_watched_to_its_end() -> None:
    script = Script([[said(2), said(3)]], [[closed(4, "success")]])
    async with watch_of(script) as watch:
        assert await bodies(watch) == [2, 3]
    assert (watch.run, watch.outcome) == (2, "success")
    assert script.asked == [{"topic": "operation/a", "since": "e-3", "limit": "1000"}]


async def test_a_connection_that_ends_before_the_run_goes_on_where_it_ended() -> None:
    script = Script([[said(2)], 503, [said(3)]], [[], [], [], [closed(4, "error")]])
    async with watch_of(script) as watch:
        assert await bodies(watch) == [2, 3]
    assert watch.outcome == "error"
    assert script.places == [None, "e-2", "e-2"]


async def test_what_was_said_while_nobody_was_connected_is_read_from_the_log() -> None:
    """A stream joined again would begin with the next run, when that one is open by then."""
    page: list[object] = [
        recorded(3),
        recorded(4),
        closed(5, "success"),
        recorded(6),
        closed(7, "error"),
    ]
    script = Script([[said(2)]], [page])
    async with watch_of(script) as watch:
        assert await bodies(watch) == [2, 3, 4]
    assert watch.outcome == "success"


async def test_nothing_left_to_send_is_the_end_of_the_run() -> None:
    script = Script([[said(2)], 204], [502, [], [closed(3, "abandoned")]])
    async with watch_of(script, "last") as watch:
        assert await bodies(watch) == [2]
    assert watch.outcome == "abandoned"


async def test_the_log_is_read_in_pages() -> None:
    script = Script([[said(2)]], [[recorded(3)], [recorded(4)], [closed(5, "success")]])
    async with watch_of(script) as watch:
        assert await bodies(watch) == [2, 3, 4]
    assert [asked["since"] for asked in script.asked] == ["e-2", "e-3", "e-4"]


@pytest.mark.parametrize("script", [Script([401], []), Script([[said(2)]], [403])])
async def test_a_refusal_that_stays_one_is_raised(script: Script) -> None:
    async with watch_of(script) as watch:
        with pytest.raises(ServerRefused):
            await bodies(watch)
