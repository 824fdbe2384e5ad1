"""Whatever somebody publishes, what comes after it is read."""

import socket
from contextlib import closing

import pytest
from tests.domain import Domain
from tests.ingest.reading import Reading
from tests.nats_server import Nats

STREAM = "TOCSIN_INGEST"
TALK = "monitor.user"


def speak(bus: Nats, *commands: bytes) -> None:
    """Say this to the server, as no client library would."""
    host, port = bus.url.removeprefix("nats://").split(":")
    with closing(socket.create_connection((host, int(port)))) as wire, wire.makefile("rb") as read:
        wire.sendall(
            b'CONNECT {"headers":true,"verbose":false}\r\n' + b"".join(commands) + b"PING\r\n"
        )
        while not read.readline().startswith(b"PONG"):
            pass


def told(subject: bytes, payload: bytes, *, reply: bytes = b"", headers: bytes = b"") -> bytes:
    sizes = b"%d %d" % (len(headers), len(headers) + len(payload))
    return b"HPUB %b %b %b\r\n%b%b\r\n" % (subject, reply, sizes, headers, payload)


@pytest.mark.parametrize("stream", [None, STREAM])
@pytest.mark.parametrize(
    "headers",
    [
        b"NATS/1.0\r\nStatus: 100\r\n\r\n",
        b"NATS/1.0 503\r\n\r\n",
        b"NATS/1.0 \xff\r\n\r\n",
        b"NATS/1.0 100\r\nX: \xff\r\n\r\n",
        b"\r\n\r\n",
    ],
)
async def test_no_header_keeps_a_message_or_the_next_from_being_read(
    there: Domain, bus: Nats, stream: str | None, headers: bytes
) -> None:
    async with Reading(there.store, there.clock, bus.url, stream).running() as reading:
        talk = TALK.encode()
        speak(
            bus,
            told(talk, b"one", headers=headers),
            told(talk, b"two", headers=b"NATS/1.0\r\n\r\n"),
        )
        assert await reading.written(2) == [(TALK, b"one"), (TALK, b"two")]


@pytest.mark.parametrize("stream", [None, STREAM])
async def test_a_subject_that_is_no_text_is_read_as_far_as_it_is(
    there: Domain, bus: Nats, stream: str | None
) -> None:
    async with Reading(there.store, there.clock, bus.url, stream).running() as reading:
        speak(
            bus,
            told(b"sysadm.events.\xff", b"1", headers=b"NATS/1.0\r\n\r\n"),
            told(TALK.encode(), b"2", reply=b"\xff", headers=b"NATS/1.0\r\n\r\n"),
        )
        assert await reading.written(2) == [
            ("sysadm.events.\N{REPLACEMENT CHARACTER}", b"1"),
            (TALK, b"2"),
        ]
