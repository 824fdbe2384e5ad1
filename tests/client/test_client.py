"""The client library against a server that answers as a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.client.serving import served

from tocsin.client import Client, ConnectionFailed, Event, ServerRefused, Verdict
from tocsin.client.backoff import wait_s
from tocsin.wire import sse

SOON = sse.retry(1)


class Script:
    """Answers each request with the next of `answers`, and keeps the requests.

    An answer is a status, or the pieces of a stream that ends after them; the last stream stays.
    """

    def __init__(self, *answers: int | list[bytes]) -> None:
        self.answers = list(answers)
        self.over = asyncio.Event()
        self.heads: list[dict[str, str]] = []
        self.queries: list[list[tuple[str, str]]] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.heads.append(dict(request.headers))
        self.queries.append(list(request.query.items()))
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            return web.Response(status=answer, text="a proxy's own words")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in answer:
            await response.write(piece)
        if not self.answers:
            await self.over.wait()
        return response


@asynccontextmanager
async def client_of(script: Script) -> AsyncIterator[Client]:
    """A client of a server on a free port that plays the script."""
    async with served(script) as url, Client(url, "secret") as client:
        yield client
        script.over.set()


def event(sequence: int) -> bytes:
    """An event of the stream, as the server writes it."""
    told = {
        "specversion": "1.0",
        "id": f"e-{sequence}",
        "source": "/tocsin",
        "type": "a.b",
        "subject": "x/y",
        "time": "2026-11-21T14:02:11.483Z",
        "data": {"n": sequence},
        "sequence": str(sequence),
        "key": "k",
    }
    return sse.frame(json.dumps(told).encode(), event="a.b", id=f"e-{sequence}")


def verdict(kind: str, sequence: int, missed: int = 0) -> bytes:
    """The frame that a stream begins with."""
    said = {
        "verdict": kind,
        "position": f"e-{sequence}",
        "first_available": "e-1",
        "missed": missed,
    }
    return sse.frame(json.dumps(said).encode(), event="tocsin.resume", id=f"e-{sequence}")


async def numbers(events: AsyncIterator[Event], count: int) -> list[int]:
    """The numbers in the data of the next so many events."""
    return [(await anext(events)).data["n"] for _ in range(count)]


async def test_a_lost_connection_goes_on_where_it_ended() -> None:
    script = Script(
        [SOON, verdict("live", 4), event(5), event(6)[:20]],
        502,
        [SOON, verdict("resumed", 5), event(6), event(7)],
    )
    verdicts: list[Verdict] = []
    async with client_of(script) as client:
        events = client.subscribe("x/*", "y/>", since="e-4", on_verdict=verdicts.append)
        assert await numbers(events, 3) == [5, 6, 7]
    assert [each.verdict for each in verdicts] == ["live", "resumed"]
    assert [head.get("Last-Event-ID") for head in script.heads] == [None, "e-5", "e-5"]
    assert script.queries == [[("topic", "x/*"), ("topic", "y/>"), ("since", "e-4")]] * 3
    assert all(head["Authorization"] == "Bearer secret" for head in script.heads)
    assert all(head["Accept"] == "text/event-stream" for head in script.heads)


async def test_a_verdict_is_a_position_to_resume_from() -> None:
    script = Script([SOON, verdict("live", 4)], [verdict("resumed", 4), event(5)])
    async with client_of(script) as client:
        assert await numbers(client.subscribe(), 1) == [5]
    assert script.heads[1]["Last-Event-ID"] == "e-4"


async def test_silence_is_a_lost_connection() -> None:
    silent = Script([SOON, verdict("live", 4), event(5)])
    async with client_of(silent) as client:
        events = client.subscribe(silence_s=0.05)
        assert await numbers(events, 1) == [5]
        silent.answers = [[verdict("resumed", 5), event(6)]]
        assert await numbers(events, 1) == [6]
    assert silent.heads[1]["Last-Event-ID"] == "e-5"


async def test_what_is_missing_is_logged_when_nobody_asks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with client_of(Script([verdict("gap", 4, missed=3), event(5)])) as client:
        await anext(client.subscribe(since="e-1"))
    (record,) = [each for each in caplog.records if "gap" in each.getMessage()]
    assert record.levelname == "WARNING"
    assert "3 missed" in record.getMessage()


@pytest.mark.parametrize("status", [401, 403, 404, 422])
async def test_a_refusal_that_stays_one_is_raised(status: int) -> None:
    async with client_of(Script(status)) as client:
        with pytest.raises(ServerRefused) as refused:
            await anext(client.subscribe())
    assert refused.value.status == status


async def test_an_answer_that_is_no_stream_is_raised() -> None:
    async with client_of(Script(200)) as client:
        with pytest.raises(ServerRefused):
            await anext(client.subscribe())


async def test_a_refusal_in_plain_text_says_why() -> None:
    async def refuse(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=404, text="There is no such run.")

    async with served(refuse) as url, Client(url) as client:
        with pytest.raises(ServerRefused, match=r"404: There is no such run\."):
            await anext(client.watch_operation("a", "9").messages())


async def test_an_answer_that_is_no_json_is_a_refusal() -> None:
    async def sign_in(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="<p>Sign in first</p>", content_type="text/html")

    async with served(sign_in) as url, Client(url) as client:
        with pytest.raises(ServerRefused, match="not as a Tocsin does"):
            await client.publish("a.b", "x")


async def test_what_an_event_holds() -> None:
    async with client_of(Script([verdict("live", 4), event(5)])) as client:
        told = await anext(client.subscribe())
    assert (told.position, told.type, told.topic, told.key) == ("e-5", "a.b", "x/y", "k")
    assert told.time.isoformat() == "2026-11-21T14:02:11.483000+00:00"
    assert json.loads(told.text)["sequence"] == "5"


async def test_a_server_that_cannot_be_reached() -> None:
    async with Client("http://127.0.0.1:1") as client:
        with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:1"):
            await client.publish("a.b", "x")


def test_waits_double_up_to_a_minute_and_obey_the_server() -> None:
    assert [wait_s(2000, failures, None, 0.5) for failures in (1, 2, 3, 9)] == [2, 4, 8, 60]
    assert wait_s(2000, 5, 7.0, 0.5) == 7
    assert wait_s(2000, 1, None, 0.0) == 1.5
    assert wait_s(2000, 1, None, 1.0) == 2.5
