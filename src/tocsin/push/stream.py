"""A stream as an HTTP response: its head, then a subscriber on its socket or a stand-in."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from tocsin.push.asgi import AsgiSocket, Exchange, Receive, Send
from tocsin.push.handoff import EXTENSION, Claim
from tocsin.push.hub import Hub
from tocsin.push.subscriber import Subscriber

Header = tuple[bytes, bytes]
Start = Callable[[Subscriber], None]

_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_CLOSE: Header = (b"connection", b"close")

# As much of a GET's body is read before the stream begins; no client of a stream has a larger one.
_MAX_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opening:
    """Consent to a stream.

    `start` is called with the connected subscriber once the head is out: it gets a feed and joins
    it, without an await. When `owner` loses its right, `Hub.end` ends the stream.
    """

    owner: Hashable
    start: Start
    headers: tuple[Header, ...] = ()


async def stream(exchange: Exchange, hub: Hub, opening: Opening, address: str) -> None:
    """Answer a GET with a stream that counts for `address`, and a HEAD with the head alone.

    Ask `Hub.admit` first. Returns at once when the socket could be taken, else when the stream is
    over.
    """
    scope, receive, send = exchange
    head = (*_HEADERS, *opening.headers)
    if scope["method"] == "HEAD":
        await _send_head(send, head)
        await send({"type": "http.response.body"})
    elif await _request_over(receive):
        subscriber = Subscriber(hub, opening.owner, address)
        claim: Claim | None = scope.get("extensions", {}).get(EXTENSION)
        if claim is None:
            await _send_head(send, head)
        elif await _claimed(claim, send, head):
            if claim.take(subscriber):
                _start(opening, subscriber)
            return
        await _stand_in(receive, send, subscriber, opening.start)


def _start(opening: Opening, subscriber: Subscriber) -> None:
    try:
        opening.start(subscriber)
    except Exception:
        subscriber.end()
        raise


async def _request_over(receive: Receive) -> bool:
    """Read the request to its end, for what is left of it would be taken for chatter.

    False when the client has gone.
    """
    size = 0
    while size <= _MAX_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        if not message.get("more_body", False):
            break
        size += len(message["body"])
    return True


async def _send_head(send: Send, headers: Iterable[Header]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})


async def _claimed(claim: Claim, send: Send, head: Iterable[Header]) -> bool:
    """Send a head after which the socket can be taken. False when it has not got through yet."""
    claim.announce()
    try:
        await _send_head(send, (*head, _CLOSE))
    except BaseException:
        claim.withdraw()  # the server closes the socket, and needs the real one for that
        raise
    if claim.head_sent:
        return True
    claim.withdraw()
    return False


async def _stand_in(receive: Receive, send: Send, subscriber: Subscriber, start: Start) -> None:
    """The same subscriber, on a stand-in for the socket that the server keeps."""
    socket = AsgiSocket(subscriber)
    subscriber.connect(socket)
    try:
        start(subscriber)
        await socket.carry(receive, send)
    finally:
        subscriber.connection_lost(None)
