"""Taking a response's socket away from uvicorn, so that an open stream costs a subscriber only.

Under uvicorn with `HttpProtocol` every request carries a `Claim` to its socket. A stream sends its
head as any response does, then takes the socket with the claim: uvicorn regards the response as
complete, and request, task, parser and protocol are garbage. There is no reference cycle on
the way, neither for a stream nor for a request that never uses its claim.
"""

from __future__ import annotations

import asyncio
import weakref

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tocsin.push.source import HIGH_WATER
from tocsin.push.subscriber import Subscriber
from tocsin.push.websocket import Connection

EXTENSION = "tocsin.socket"

# What says how long the body of a request is.
_FRAMING = (b"content-length", b"transfer-encoding")

_NO_HTTP = "Invalid HTTP request received."


class Claim:
    """The right of one request to its socket.

    It names the cycle of its own request: with pipelined requests the protocol's `cycle` is the
    last one parsed, not the one being answered.
    """

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = weakref.ref(cycle)

    def announce(self) -> None:
        """Before the head is sent: no chunked body follows it, but what ends with the connection.

        The head is kept back, to leave with the first frames: one system call and one packet less.
        """
        cycle = self._cycle()
        if cycle is not None:
            cycle.chunked_encoding = False
            cycle.transport = _Head(cycle.transport)  # type: ignore[assignment]

    def withdraw(self) -> None:
        """After `announce`, when the socket is not taken: the body goes through `send()`."""
        cycle = self._cycle()
        if cycle is not None:
            cycle.chunked_encoding = None
            cycle.transport = _kept(cycle).transport

    @property
    def head_sent(self) -> bool:
        """Whether there is a head; a middleware may hold it back until there is a body."""
        cycle = self._cycle()
        return cycle is not None and cycle.response_started

    def take(self, reader: Subscriber | Connection) -> bool:
        """Make `reader`, which gets the head to send, the protocol of the socket.

        False when the client has gone.
        """
        cycle = self._cycle()
        if cycle is None:
            return False
        head = _kept(cycle)
        transport = cycle.transport = head.transport
        if cycle.disconnected or transport.is_closing():
            return False
        protocol = transport.get_protocol()
        assert isinstance(protocol, HttpProtocol)
        # uvicorn's task ends quietly, and whatever is sent late is dropped.
        cycle.response_complete = cycle.disconnected = True
        early = protocol.let_go()
        transport.set_write_buffer_limits(high=HIGH_WATER)
        transport.set_protocol(reader)
        reader.connect(transport, head.data)
        if early:
            reader.data_received(early)
        return True


class _Head:
    """The transport as uvicorn sees it while it writes the head of a stream."""

    __slots__ = ("data", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.data = b""

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.data += data


def _kept(cycle: RequestResponseCycle) -> _Head:
    assert isinstance(cycle.transport, _Head)
    return cycle.transport


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol for HTTP/1.1, whose requests carry the claim to their socket.

    What comes behind a handshake waits for the answer: it is for whoever takes the socket, else it
    is HTTP. Clients have to wait themselves (RFC 6455, 4.1); not all do. No other upgrade is made.
    """

    _early: bytes | None = None
    _goes_on = False

    def data_received(self, data: bytes) -> None:
        """Parse requests, but none behind one whose upgrade is not decided."""
        if self._early is not None:
            self._early += data
            if len(self._early) > HIGH_WATER:
                self.flow.pause_reading()
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            if self._is_handshake():
                self._early = rest
            else:
                self._go_on()
                self.data_received(rest)
        except HttpParserError:
            self.logger.warning(_NO_HTTP)
            self.send_400_response(_NO_HTTP)

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            early, self._early = self._early, None
            if early:
                self.data_received(early)

    def on_headers_complete(self) -> None:
        """Start the request as ever; its task runs later, so the claim is there when it does.

        One with two hosts gets 400 (RFC 9112, 3.2): a proxy in front may have taken the other one,
        and would keep the page of this one for that.
        """
        if self._goes_on:
            return
        if [name for name, _ in self.headers].count(b"host") > 1:
            raise ValueError("more than one Host")
        super().on_headers_complete()
        cycle = self.cycle
        cycle.scope["extensions"] = {EXTENSION: Claim(cycle)}  # type: ignore[dict-item]

    def on_message_complete(self) -> None:
        """The request has its whole body, or the parser takes that for something else, see
        `_go_on`."""
        if not self.parser.should_upgrade() or self._is_handshake():
            super().on_message_complete()

    def _is_handshake(self) -> bool:
        return self._get_upgrade() == b"websocket"

    def _go_on(self) -> None:
        """Have the body of a request that asks for another upgrade parsed, by a parser that is not
        told of that wish. Java's client wishes for HTTP/2 whenever it begins, by POST as well."""
        framing = (b"%b: %b\r\n" % header for header in self.headers if header[0] in _FRAMING)
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._goes_on = True
        self.parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(framing))
        self._goes_on = False

    def _should_upgrade(self) -> bool:
        """Never by uvicorn: a handshake is a request like any other."""
        return False

    def let_go(self) -> bytes | None:
        """Forget the connection: requests pipelined behind the stream are never answered. Returns
        what has come behind an upgrade.

        Reading is resumed when a body or a pipelined request had paused it, for otherwise the
        end of the connection would never be seen.
        """
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.pipeline.clear()
        self.flow.resume_reading()
        self.cycle = self.parser = self.flow = self.transport = None  # type: ignore[assignment]
        return self._early
