"""A server that is told to stop lets its readers go, and starts again where it was."""

import socket
from urllib.parse import urlsplit

from tests.process import TOKEN, Process
from tests.waiting import SCALE


def open_stream(server: Process, path: str) -> socket.socket:
    """A connection on which the head of a stream has arrived."""
    address = urlsplit(server.url)
    assert address.hostname is not None
    connection = socket.create_connection((address.hostname, address.port), timeout=30 * SCALE)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
    connection.sendall(f"{request}Accept: text/event-stream\r\n\r\n".encode())
    assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    return connection


def test_open_streams_end_and_the_exit_is_clean(server: Process) -> None:
    paths = ("/live", "/api/v1/events", "/page/live")
    streams = [open_stream(server, path) for path in paths for _ in range(20)]

    assert server.stop() == 0

    for stream in streams:
        with stream:
            while stream.recv(65536):
                pass


def test_what_was_published_before_a_stop_is_there_after_it(server: Process) -> None:
    first, _ = server.publish({"type": "a.b", "topic": "x/y"})

    assert server.stop() == 0
    server.start()

    with server.client() as api:
        told = api.get("/api/v1/events", params={"topic": "x/>"}).json()
    assert [event["id"] for event in told["data"]] == [first]
