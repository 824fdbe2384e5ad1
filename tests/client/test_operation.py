"""An operation is told in full, once and in order, whatever the server does meanwhile."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.client.serving import served

from tocsin.client import Client


class Operations:
    """The routes of operations, as the specification has them; `faults` are answered first."""

    def __init__(self, *faults: int) -> None:
        self.faults = list(faults)
        self.refuse: dict[str, int] = {}
        self.keys: list[str] = []
        self.said: list[str] = []
        self.calls: list[tuple[str, object]] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.json()
        key = request.headers["Idempotency-Key"]
        again = key in self.keys
        self.keys.append(key)
        if not again:
            self._do(request.path, body)
        if self.faults and (status := self.faults.pop(0)):
            return web.Response(status=status)
        if refused := self.refuse.get(request.path.rpartition("/")[2]):
            return web.json_response({"code": "refused", "detail": "No."}, status=refused)
        return web.json_response({"id": body.get("id", "made-up"), "url": "http://there/"})

    def _do(self, path: str, body: dict[str, object]) -> None:
        messages = body.get("messages")
        if isinstance(messages, list):
            self.said += [message["body"] for message in messages]
        else:
            self.calls.append((path, body))


@asynccontextmanager
async def client_of(server: Operations) -> AsyncIterator[Client]:
    async with served(server) as url, Client(url, "secret") as client:
        yield client


async def test_a_run_is_opened_told_and_finished() -> None:
    server = Operations()
    opened: list[tuple[str, str]] = []
    async with client_of(server) as client:
        tell = client.operation("build-7", name="Build", on_open=lambda *at: opened.append(at))
        async with tell as operation:
            for number in range(3):
                operation.say(str(number))
    assert server.said == ["0", "1", "2"]
    assert server.calls == [
        ("/api/v1/operations", {"id": "build-7", "name": "Build"}),
        ("/api/v1/operations/build-7/finish", {"outcome": "success"}),
    ]
    assert opened == [("build-7", "http://there/")]


async def test_the_server_makes_an_id_where_none_is_given() -> None:
    server = Operations()
    async with client_of(server) as client, client.operation() as operation:
        operation.outcome = "error"
    assert server.calls == [
        ("/api/v1/operations", {}),
        ("/api/v1/operations/made-up/finish", {"outcome": "error"}),
    ]


async def test_an_exception_is_an_error_and_goes_on() -> None:
    server = Operations()
    async with client_of(server) as client:
        with pytest.raises(ZeroDivisionError):
            async with client.operation("a"):
                raise ZeroDivisionError
    assert server.calls[-1][1] == {"outcome": "error"}


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_told_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.client.operation.wait_s", lambda *_: 0.0)
    server = Operations(503, 0, 502, 500, 0, 504)
    async with client_of(server) as client, client.operation("a") as operation:
        operation.say("one")
    assert server.said == ["one"]
    assert len(server.calls) == 2
    assert len(set(server.keys)) == 3
    assert len(server.keys) == 7


async def test_what_is_said_while_the_server_is_away_is_told_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tocsin.client.operation.wait_s", lambda *_: 0.0)
    server = Operations()
    server.faults = [503] * 5
    async with client_of(server) as client, client.operation("a") as operation:
        while server.faults:
            operation.say(str(len(server.said)))
            await asyncio.sleep(0)
        operation.say("last")
    assert server.said[-1] == "last"
    assert set(server.said[:-1]) == {"0"}


async def test_a_server_that_stays_away_is_not_waited_for_without_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        Client("http://127.0.0.1:1") as client,
        client.operation("a", patience_s=0) as operation,
    ):
        operation.say("nobody hears this")
    assert "the end of the operation was not told" in caplog.text


@pytest.mark.parametrize(("route", "status"), [("operations", 401), ("messages", 409)])
async def test_a_refusal_is_logged_and_the_work_goes_on(
    route: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server = Operations()
    server.refuse[route] = status
    with caplog.at_level(logging.WARNING):
        async with client_of(server) as client, client.operation("a") as operation:
            operation.say("one")
    assert "the operation is not told: No." in caplog.text
    assert not any(path.endswith("finish") for path, _ in server.calls)


@pytest.mark.parametrize("answer", ["<p>Sign in first</p>", "null", "[]", "{}", ""])
async def test_an_address_that_is_no_tocsin_does_not_disturb_the_work(
    answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def proxy(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=answer, content_type="text/html")

    async with (
        served(proxy) as url,
        Client(url) as client,
        client.operation("a", patience_s=5) as operation,
    ):
        operation.say("nobody hears this")
    assert "the operation is not told: The server answered 200, but not as" in caplog.text


async def test_who_says_a_lot_can_wait_until_it_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.client.operation._MUCH", 50)
    server = Operations()
    async with client_of(server) as client, client.operation("a") as operation:
        for number in range(100):
            operation.say(str(number))
            await operation.room()
            assert len(server.said) >= number - 3
    assert server.said == [str(number) for number in range(100)]


@pytest.mark.parametrize("status", [503, 401])
async def test_nobody_waits_for_a_server_that_takes_nothing(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.client.operation._MUCH", 50)
    server = Operations()
    server.refuse["operations"] = status
    async with (
        client_of(server) as client,
        client.operation("a", patience_s=0) as operation,
    ):
        for number in range(100):
            operation.say(str(number))
            await operation.room()
    assert server.said == []
