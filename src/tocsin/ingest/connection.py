"""A connection to NATS that keeps the order of the wire."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import structlog
from nats.aio.client import DEFAULT_INBOX_PREFIX, Client
from nats.aio.msg import Msg
from nats.errors import Error

from tocsin.ingest.arrivals import Arrivals
from tocsin.ingest.errors import BusUnavailable

_log = structlog.get_logger(__name__)

# How long to wait for an answer while connecting, in seconds.
_CONNECT_S = 5
# A server that vanished without a word is noticed after so many pings, one every so many seconds.
_PING_S = 10
_PINGS = 2

# What a stream brings keeps the subject on which it was published.
_INBOX = DEFAULT_INBOX_PREFIX.decode() + "."


class Connection(Client):
    """A connection whose subscriptions share one queue, `arrivals`.

    nats-py gives every subscription a queue of its own, and what has been spread over several
    queues has lost its order: the message that ends an operation would overtake its last lines. So
    messages are taken where they are made, in its reader; only answers to requests, whose
    subscription has a callback, go its own way.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        super().__init__()
        self.arrivals = arrivals

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        """None where they make no sense: at an exception nats-py would stop to read for good."""
        try:
            read: dict[str, str] | None = await super()._process_headers(headers)
        except (ValueError, IndexError):
            return None
        return read

    def _build_message(
        self,
        sid: int,
        subject: bytes,
        reply: bytes,
        data: bytes,
        headers: dict[str, str] | None,
    ) -> Msg | None:
        written, answers = _readable(subject), _readable(reply)
        message: Msg = super()._build_message(sid, written, answers, data, headers)
        if self._subs[sid]._cb is not None:
            return message
        if message.subject.startswith(_INBOX):  # a heartbeat, or another word of the server's own
            self.arrivals.stir()
        else:
            self.arrivals.put(message)
        return None

    async def settle(self) -> None:
        """Return once the server has done what it was told, and all that it sent before is here.

        nats-py's `flush` alone lets its PING overtake the commands that wait to be written.
        """
        await self._flush_pending(force_flush=True)
        await self.flush()

    async def silence(self) -> None:
        """Unsubscribe from everything. Whatever the server had sent has arrived then."""
        for subscription in list(self._subs.values()):
            await self._send_unsubscribe(subscription._id)
        await self.settle()


@asynccontextmanager
async def connected(url: str, lost: Callable[[str], None]) -> AsyncIterator[Connection]:
    """A connection to the first server of `url`, a list with commas, that answers.

    It does not mend itself: whoever uses it begins anew. `lost` is told the subject of each message
    that came and found no room. Raises BusUnavailable, also in place of what the library raises
    inside the block.
    """
    arrivals = Arrivals(lost)
    connection = Connection(arrivals)
    said: list[Exception] = []

    async def on_error(error: Exception) -> None:
        said.append(error)
        if connection.is_connected:
            _log.warning("NATS says that something is wrong", cause=str(error))

    async def on_closed() -> None:
        arrivals.end(_reason(url, connection.last_error or (said[-1] if said else None)))

    try:
        await connection.connect(
            url.split(","),
            name="tocsin",
            error_cb=on_error,
            closed_cb=on_closed,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=_CONNECT_S,
            ping_interval=_PING_S,
            max_outstanding_pings=_PINGS,
        )
        yield connection
    except (Error, OSError, TimeoutError) as error:
        cause = said[-1] if said and not connection.is_connected else error
        raise BusUnavailable(_reason(url, cause)) from error
    finally:
        with suppress(Error, OSError):
            await connection.close()


def _readable(subject: bytes) -> bytes:
    """As UTF-8, which nats-py takes it for; the server passes on any bytes."""
    return subject.decode(errors="replace").encode()


def _reason(url: str, cause: Exception | None) -> str:
    """Without the passwords that may stand in `url`."""
    hosts = ", ".join(urlsplit(one).netloc.rpartition("@")[2] for one in url.split(","))
    why = str(cause).removeprefix("nats: ") if cause and str(cause) else "the connection has ended"
    return f"{hosts}: {why}"
