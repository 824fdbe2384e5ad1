"""WebSocket clients that were not written here, over starts and ends of the server."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import websocket
from tests.npm import CLIENTS, needs_npm
from tests.process import TOKEN, Process
from tests.waiting import SCALE
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

CLASS = "deploys"


def address(server: Process) -> str:
    return server.url.replace("http://", "ws://") + "/ws"


def request(namespace: str, name: str, args: object, id: str = "1") -> str:  # noqa: A002
    return json.dumps({"namespace": namespace, "name": name, "id": id, "args": args})


def notify(server: Process, message: str) -> None:
    with server.client() as api:
        answer = api.post("/api/v1/notices", json={"class": CLASS, "message": message})
        assert answer.status_code == 201, answer.text


def args_of(message: str | bytes) -> Any:
    return json.loads(message)["args"]


@contextmanager
def signed_in(server: Process, **options: Any) -> Iterator[ClientConnection]:
    """A connection of the library `websockets`, signed in."""
    with connect(address(server), **options) as connection:
        connection.send(request("rpc", "auth_token", {"token": TOKEN}))
        assert args_of(connection.recv(timeout=20 * SCALE))[1] == 900
        yield connection


def test_websockets_follows_over_a_crash_and_misses_nothing(server: Process) -> None:
    notify(server, "one")
    with signed_in(server) as connection:
        follow = {"classes": [CLASS], "since": "earliest"}
        connection.send(request("events", "subscribe", follow))
        assert args_of(connection.recv(timeout=20 * SCALE))["subscribe"] == CLASS
        told = json.loads(connection.recv(timeout=20 * SCALE))
        assert told["args"]["message"] == "one"
        server.kill()
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=20 * SCALE)
    server.start()
    notify(server, "two")
    with signed_in(server) as connection:
        follow = {"classes": [CLASS], "since": told["position"]}
        connection.send(request("events", "subscribe", follow))
        assert args_of(connection.recv(timeout=20 * SCALE))["verdict"] == "resumed"
        assert args_of(connection.recv(timeout=20 * SCALE))["message"] == "two"
        notify(server, "three")
        assert args_of(connection.recv(timeout=20 * SCALE))["message"] == "three"


def test_a_stop_closes_connections_as_going_away(server: Process) -> None:
    with signed_in(server) as connection:
        assert server.stop() == 0
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=20 * SCALE)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001


def test_a_message_that_is_too_long_is_refused_by_code(server: Process) -> None:
    with signed_in(server) as connection:
        connection.send(request("rpc", "identify", "x" * 128_001))
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=20 * SCALE)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_websocket_client_speaks_in_text_in_binary_and_in_fragments(server: Process) -> None:
    client = websocket.create_connection(address(server), timeout=20 * SCALE)
    try:
        client.send_binary(request("rpc", "auth_token", {"token": TOKEN}).encode())
        assert args_of(client.recv())[1] == 900
        subscribe = request("events", "subscribe", CLASS)
        client.send_frame(websocket.ABNF.create_frame(subscribe[:9], websocket.ABNF.OPCODE_TEXT, 0))
        client.ping("among fragments")
        client.send_frame(websocket.ABNF.create_frame(subscribe[9:], websocket.ABNF.OPCODE_CONT, 1))
        assert args_of(client.recv()) == {"subscribe": CLASS}
        notify(server, "hello")
        assert args_of(client.recv())["message"] == "hello"
    finally:
        client.close()


def test_the_npm_client_watches(server: Process) -> None:
    needs_npm("ws")
    command = ["node", str(CLIENTS / "watch.mjs"), address(server), CLASS]
    environment = {**os.environ, "TOCSIN_TOKEN": TOKEN}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            told = map(json.loads, process.stdout)
            assert next(told)["args"][1] == 900
            assert next(told)["args"] == {"subscribe": CLASS}
            notify(server, "hello")
            assert next(told)["args"]["message"] == "hello"
            server.stop()
            assert next(told) == {"closed": 1001, "reason": "the server stops"}
        finally:
            process.kill()
