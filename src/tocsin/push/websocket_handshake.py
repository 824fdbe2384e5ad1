"""The handshake of a WebSocket connection: a request like any other, answered with 101 (RFC 6455).

Under uvicorn with `HttpProtocol` the connection takes the socket, as a stream does. Where a server
does the handshake itself, as ASGI has it, the connection is on a stand-in.
"""

from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from tocsin.push.asgi import Exchange, Message, Send
from tocsin.push.handoff import EXTENSION, Claim
from tocsin.push.websocket import Connection
from tocsin.push.websocket_asgi import AsgiWebSocket

# Every answer has the server's own.
_DATE = "date"


def wants_websocket(scope: Message) -> bool:
    """Whether a request asks for a WebSocket connection, rightly or not."""
    return scope["type"] == "websocket" or any(
        name == b"upgrade" and value.lower() == b"websocket" for name, value in scope["headers"]
    )


async def shake_hands(exchange: Exchange, connection: Connection) -> None:
    """Open `connection` on the socket of this request, or say what is wrong with the request.

    Ask `Hub.admit` first. Returns at once when the socket could be taken, else when the connection
    is over.
    """
    scope, _, send = exchange
    if scope["type"] == "websocket":
        await _stand_in(exchange, connection)
        return
    claim: Claim | None = scope.get("extensions", {}).get(EXTENSION)
    response = _answer(scope, can_upgrade=claim is not None)
    if claim is None or response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        await _send_head(send, response)
        await send({"type": "http.response.body", "body": response.body})
    else:
        await _take(claim, send, response, connection)


def _answer(scope: Message, can_upgrade: bool) -> Response:
    headers = Headers((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
    version = f"HTTP/{scope['http_version']}"
    handshake = ServerProtocol()
    response = handshake.accept(Request(scope["path"], headers, scope["method"], version))
    if response.status_code == HTTPStatus.BAD_REQUEST:
        response.headers["Sec-WebSocket-Version"] = "13"  # what a wrong one is told (4.4)
    if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS and not can_upgrade:
        return handshake.reject(HTTPStatus.NOT_IMPLEMENTED, "There is no WebSocket here.\n")
    return response


async def _take(claim: Claim, send: Send, response: Response, connection: Connection) -> None:
    claim.announce()
    try:
        await _send_head(send, response)
    except BaseException:
        claim.withdraw()  # the server closes the socket, and needs the real one for that
        raise
    claim.take(connection)


async def _send_head(send: Send, response: Response) -> None:
    headers = [
        (name.lower().encode(), value.encode())
        for name, value in response.headers.raw_items()
        if name.lower() != _DATE
    ]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})


async def _stand_in(exchange: Exchange, connection: Connection) -> None:
    """The same connection, on a stand-in for the socket that the server keeps."""
    _, receive, send = exchange
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    socket = AsgiWebSocket(connection)
    connection.connect(socket)
    try:
        await socket.carry(receive, send)
    finally:
        connection.connection_lost(None)
