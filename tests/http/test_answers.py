"""Answers are counted by status, and otherwise left alone."""

from collections import Counter
from typing import Any

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from tocsin.http.answers import CountedAnswers


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    status = 404 if scope["path"] == "/missing" else 200
    await PlainTextResponse("text", status)(scope, receive, send)


async def test_answers_are_counted_by_status() -> None:
    counts: Counter[int] = Counter()
    transport = httpx.ASGITransport(CountedAnswers(answer, counts))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/", "/missing", "/"):
            assert (await client.get(path)).text == "text"
    assert counts == {200: 2, 404: 1}


async def test_what_is_no_request_passes_through() -> None:
    seen: list[str] = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> Any:
        raise AssertionError

    await CountedAnswers(lifespan, Counter())({"type": "lifespan"}, nothing, nothing)
    assert seen == ["lifespan"]
