"""Notices are followed over lost connections, with nothing lost, until the server refuses."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.client.serving import served

from tocsin.client import Client, Notice, ServerRefused, Verdict

Frame = dict[str, object]


def notice(sequence: int, class_: str = "deploys") -> Frame:
    """A notice as the server sends it to who follows."""
    args = {"message": str(sequence)}
    return {
        "namespace": "events",
        "name": class_,
        "id": "<none>",
        "args": args,
        "position": f"e-{sequence}",
    }


def verdict(kind: str, sequence: int) -> Frame:
    """What a stream begins with, and what is said of a gap."""
    return {"verdict": kind, "position": f"e-{sequence}", "first_available": "e-1", "missed": 0}


def resume(args: Frame) -> Frame:
    return {"namespace": "tocsin", "name": "resume", "id": "", "args": args}


def error(code: str, message: str, key: str) -> Frame:
    said = {"code": code, "message": message}
    return {"namespace": "error", "name": "error", "id": key, "args": said}


class Script:
    """A WebSocket server; each connection is played the next of `connections`.

    That is a status, or what the subscription is answered with and the frames that follow; the
    connection ends after them. `refusal` answers the sign-in.
    """

    def __init__(self, *connections: int | list[Frame], refusal: Frame | None = None) -> None:
        self.connections = list(connections)
        self.refusal = refusal
        self.wanted: list[object] = []
        self.tokens: list[object] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.path == "/ws"
        played = self.connections.pop(0)
        if isinstance(played, int):
            return web.Response(status=played)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked = await socket.receive_json()
        self.tokens.append(asked["args"])
        if self.refusal:
            await socket.send_json(self.refusal)
        else:
            await socket.send_json({**asked, "name": "response", "args": ["secret", 900]})
            await self._play(socket, played)
        await socket.close()
        return socket

    async def _play(self, socket: web.WebSocketResponse, played: list[Frame]) -> None:
        asked = await socket.receive_json()
        assert (asked["namespace"], asked["name"]) == ("events", "subscribe")
        self.wanted.append(asked["args"])
        answer, *frames = played
        if "namespace" not in answer:
            answer = {**asked, "name": "response", "args": answer}
        for frame in (answer, *frames):
            await socket.send_json(frame)


@asynccontextmanager
async def client_of(script: Script) -> AsyncIterator[Client]:
    async with served(script) as url, Client(url, "secret") as client:
        yield client


async def numbers(notices: AsyncIterator[Notice], count: int) -> list[int]:
    return [int((await anext(notices)).args["message"]) for _ in range(count)]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits between connections take no time."""
    monkeypatch.setattr("tocsin.client.reconnecting.wait_s", lambda *_: 0.0)


async def test_a_lost_connection_goes_on_where_it_ended() -> None:
    script = Script(
        [verdict("live", 4), notice(5), resume(verdict("gap", 7)), notice(8)],
        503,
        [verdict("resumed", 8), notice(9)],
    )
    verdicts: list[Verdict] = []
    async with client_of(script) as client:
        notices = client.notices("deploys", "status", on_verdict=verdicts.append)
        assert await numbers(notices, 3) == [5, 8, 9]
    assert [each.verdict for each in verdicts] == ["live", "gap", "resumed"]
    classes = ["deploys", "status"]
    assert script.wanted == [{"classes": classes}, {"classes": classes, "since": "e-8"}]
    assert script.tokens == [{"token": "secret"}] * 2


async def test_what_a_notice_holds() -> None:
    script = Script([verdict("resumed", 4), notice(5, "response")])
    async with client_of(script) as client:
        told = await anext(client.notices("response", since="e-4"))
    assert (told.class_, told.args, told.position) == ("response", {"message": "5"}, "e-5")
    assert json.loads(told.text) == notice(5, "response")
    assert script.wanted == [{"classes": ["response"], "since": "e-4"}]


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (Script([], refusal=error("401", "Unauthorized", "auth")), 401),
        (Script([error("403", "Forbidden", "subscribe")]), 403),
        (Script([{}]), 422),
        (Script(404), 404),
    ],
)
async def test_a_refusal_that_stays_one_is_raised(script: Script, status: int) -> None:
    async with client_of(script) as client:
        with pytest.raises(ServerRefused) as refused:
            await anext(client.notices("Not A Class"))
    assert refused.value.status == status


async def test_a_failure_of_the_server_passes() -> None:
    failing = [error("500", "Internal Server Error", "subscribe")]
    async with client_of(Script(failing, [verdict("live", 4), notice(5)])) as client:
        assert await numbers(client.notices("deploys"), 1) == [5]
