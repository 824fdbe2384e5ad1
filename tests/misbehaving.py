"""Receivers that misbehave: real ones, each with a port of its own and one bad habit.

A habit is a function of one connection. They run in threads, so that they stand beside whatever
loop a test has.
"""

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, repeat

# How long those that are slow wait after each byte: the scale of the tests, a second in the world.
SLOW_S = 0.02

# What somebody promises who means to send for ever.
ENDLESS = 100_000_000

_LINGER_0 = struct.pack("ii", 1, 0)


@dataclass
class Call:
    """One connection that somebody made, the `number`-th from 1. `got` are the receiver's requests,
    `over` says that the test is."""

    peer: socket.socket
    number: int
    got: list[bytes]
    over: threading.Event

    def request(self) -> bytes:
        """One whole request as it came; empty when there is no more."""
        read = b""
        while not _is_whole(read):
            if not (more := self.peer.recv(65_536)):
                return b""
            read += more
        self.got.append(read)
        return read

    def say(self, data: bytes) -> None:
        """Send this."""
        self.peer.sendall(data)

    def trickle(self, pieces: Iterable[bytes]) -> None:
        """Send these, each after a while, until the other side is gone."""
        for piece in pieces:
            self.say(piece)
            if self.over.wait(SLOW_S):
                return

    def wait(self) -> None:
        """Return when the other side has gone."""
        while self.peer.recv(65_536):
            pass

    def reset(self) -> None:
        """Break off as a machine does that has lost its memory (RST)."""
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        self.peer.close()


def _is_whole(request: bytes) -> bool:
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return b"\r\n\r\n" in request and len(body) >= int(length[1] if length else 0)


Habit = Callable[[Call], None]


@dataclass
class Misbehaving:
    """Where it listens, the whole requests that it read, and its connections."""

    url: str
    got: list[bytes] = field(default_factory=list)
    talking: list[threading.Thread] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """How many connections it took."""
        return len(self.talking)

    @property
    def idle(self) -> bool:
        """Whether every connection that it took is over."""
        return not any(one.is_alive() for one in self.talking)


@contextmanager
def misbehaving(habit: Habit, tls: ssl.SSLContext | None = None) -> Iterator[Misbehaving]:
    """A receiver that treats every connection like this."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        scheme, port = "https" if tls else "http", listening.getsockname()[1]
        there = Misbehaving(f"{scheme}://127.0.0.1:{port}/hook")
        host = _Host(listening, there, habit, tls)
        host.start()
        try:
            yield there
        finally:
            host.stop()


class _Host(threading.Thread):
    """Takes connections and has a thread for each."""

    def __init__(
        self,
        listening: socket.socket,
        there: Misbehaving,
        habit: Habit,
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(name="misbehaving", daemon=True)
        self._listening, self._there, self._habit, self._tls = listening, there, habit, tls
        self._over = threading.Event()
        self._calls: list[Call] = []

    def run(self) -> None:
        with suppress(OSError):
            for number in count(1):
                peer, _ = self._listening.accept()
                self._begin(Call(peer, number, self._there.got, self._over))

    def _begin(self, call: Call) -> None:
        thread = threading.Thread(target=self._serve, args=(call,), daemon=True)
        thread.start()
        self._calls.append(call)
        self._there.talking.append(thread)

    def _serve(self, call: Call) -> None:
        with suppress(OSError):
            if self._tls is not None:
                call.peer = encrypted = self._tls.wrap_socket(
                    call.peer, server_side=True, do_handshake_on_connect=False
                )
                encrypted.do_handshake()
            self._habit(call)
        call.peer.close()

    def stop(self) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self.join()
        for call in self._calls:
            with suppress(OSError):
                call.peer.shutdown(socket.SHUT_RDWR)
        for thread in self._there.talking:
            thread.join()


@contextmanager
def unreachable() -> Iterator[str]:
    """The URL of a port whose machine takes no notice of SYNs: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        filling = [socket.socket() for _ in range(3)]
        try:
            for one in filling:
                one.setblocking(False)
                one.connect_ex(listening.getsockname())
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        finally:
            for one in filling:
                one.close()


@contextmanager
def nobody() -> Iterator[str]:
    """The URL of a port that belongs to somebody who does not listen."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/hook"


def response(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole response."""
    fields = {"Content_Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + body


def answers(status: int, body: bytes = b"", **headers: str) -> Habit:
    """Does nothing wrong but what its status says."""
    return saying(response(status, body, **headers))


def saying(data: bytes) -> Habit:
    """Says this to every request, and goes on listening."""

    def habit(call: Call) -> None:
        while call.request():
            call.say(data)

    return habit


def saying_and_closing(data: bytes) -> Habit:
    """Says this to the first request of a connection and closes it."""

    def habit(call: Call) -> None:
        call.request()
        call.say(data)

    return habit


def never_answers(call: Call) -> None:
    """Takes the request and is silent."""
    call.request()
    call.wait()


def never_reads(call: Call) -> None:
    """Takes the connection and nothing else."""
    call.over.wait()


def slow_headers(call: Call) -> None:
    """Sends its headers byte by byte."""
    call.request()
    call.trickle(one.to_bytes() for one in response(200, X_Long="x" * 10_000))


def slow_body(call: Call) -> None:
    """Sends its body byte by byte, and never an end."""
    call.request()
    call.say(response(200, Content_Length=str(ENDLESS)))
    call.trickle(repeat(b"x"))


def interim_for_ever(call: Call) -> None:
    """Says for ever that it will say something."""
    call.request()
    call.trickle(repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))


def resets_at_once(call: Call) -> None:
    """Breaks off before it has read anything."""
    call.reset()


def resets_unread(call: Call) -> None:
    """Breaks off when it has seen the first byte of a request."""
    call.peer.recv(1)
    call.reset()


def resets_in_headers(call: Call) -> None:
    """Breaks off in the middle of its headers."""
    call.request()
    call.say(b"HTTP/1.1 200 OK\r\nContent-Le")
    call.reset()


def resets_in_body(call: Call) -> None:
    """Breaks off in the middle of its body."""
    call.request()
    call.say(response(200, b"fi", Content_Length="4"))
    call.reset()


def closes_at_once(call: Call) -> None:
    """Closes what it has taken."""


def closes_unanswered(call: Call) -> None:
    """Reads all of the request and closes."""
    call.request()


def half_closes(call: Call) -> None:
    """Says that it has nothing to say, and goes on listening."""
    call.request()
    call.peer.shutdown(socket.SHUT_WR)
    call.wait()


def half_closes_after_answer(call: Call) -> None:
    """Says how it went, that this was all, and goes on listening."""
    call.request()
    call.say(b"HTTP/1.1 200 OK\r\n\r\nfine")
    call.peer.shutdown(socket.SHUT_WR)
    call.wait()


def speaks_garbage(call: Call) -> None:
    """Is no web server at all."""
    call.request()
    call.say(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")


def greets(call: Call) -> None:
    """Speaks first, as servers of mail do."""
    call.say(b"220 mail.example ESMTP\r\n")
    call.wait()


def speaks_http_1_0(call: Call) -> None:
    """Ends its body by closing."""
    call.request()
    call.say(b"HTTP/1.0 200 OK\r\n\r\nfine")


def falls_short(call: Call) -> None:
    """Closes before it has sent all that it promised."""
    call.request()
    call.say(response(200, b"fi", Content_Length="4"))


def body_never_ends(call: Call) -> None:
    """Promises 100 MB and sends as fast as anybody reads."""
    call.request()
    call.say(response(200, Content_Length=str(ENDLESS)))
    while True:
        call.say(b"x" * 65_536)


def chunks_never_end(call: Call) -> None:
    """Sends chunks as fast as anybody reads."""
    call.request()
    call.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        call.say(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def headers_never_end(call: Call) -> None:
    """Sends headers as fast as anybody reads."""
    call.request()
    call.say(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        call.say(b"X-%d: %s\r\n" % (number, b"x" * 1_000))


def one_endless_header(call: Call) -> None:
    """Sends one header as fast as anybody reads."""
    call.request()
    call.say(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        call.say(b"x" * 65_536)


def continues_first(call: Call) -> None:
    """Says `100 Continue`, which nobody has asked for, and then how it went."""
    while call.request():
        call.say(b"HTTP/1.1 100 Continue\r\n\r\n" + response(200, b"fine"))


def keeps_alive_then_closes(call: Call) -> None:
    """Promises to keep the connection, and closes it after the first answer."""
    call.request()
    call.say(response(200, b"fine", Connection="keep-alive"))


def in_turn(*habits: Habit) -> Habit:
    """Treats the first connection so, the second so; those after the last like that."""
    return lambda call: habits[min(call.number, len(habits)) - 1](call)
