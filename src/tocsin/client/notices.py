"""Following notices over WebSocket, across lost connections."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from tocsin.client.errors import PASSING, ServerRefused
from tocsin.client.messages import Notice, Verdict
from tocsin.client.reconnecting import LOST, Lost, Pauses, put_off

# How often the server is asked for a sign of life, in seconds. It may take half of that.
_HEARTBEAT_S = 30.0

_AUTH, _SUBSCRIBE = "auth", "subscribe"


class _Frame(msgspec.Struct):
    namespace: str
    name: str
    id: str
    args: Any
    position: str = ""


class _Error(msgspec.Struct):
    code: str
    message: str


_decode = msgspec.json.Decoder(_Frame).decode


@dataclass
class NoticeReader:
    """One reader of the WebSocket at `url`: the classes it wants, and the position it reached."""

    session: aiohttp.ClientSession
    url: str
    token: str
    classes: Sequence[str]
    position: str | None

    async def messages(self) -> AsyncIterator[Notice | Verdict]:
        """Verdicts and notices, for ever.

        Raises `ServerRefused` when asking again will not help.
        """
        pauses = Pauses(self.url)
        while True:
            try:
                async for message in self._connection():
                    pauses.well()
                    yield message
                raise Lost("ended by the server")
            except LOST as error:
                await pauses.after(error)

    async def _connection(self) -> AsyncIterator[Notice | Verdict]:
        async with await self._connected() as socket:
            await _ask(socket, "rpc", "auth_token", _AUTH, {"token": self.token})
            async for sent in socket:
                if sent.type is aiohttp.WSMsgType.ERROR:
                    raise Lost(str(sent.data))
                frame = _decode(sent.data)
                if frame.id == _AUTH and frame.namespace != "error":
                    await _ask(socket, "events", "subscribe", _SUBSCRIBE, self._wanted())
                elif (message := _read(frame, sent.data)) is not None:
                    self.position = message.position
                    yield message

    async def _connected(self) -> aiohttp.ClientWebSocketResponse:
        try:
            return await self.session.ws_connect(self.url, heartbeat=_HEARTBEAT_S, max_msg_size=0)
        except aiohttp.WSServerHandshakeError as refused:
            if refused.status in PASSING:
                raise put_off(refused.status, refused.headers or {}) from refused
            said = f"The server answered {refused.status}."
            raise ServerRefused(refused.status, "", said) from refused

    def _wanted(self) -> dict[str, object]:
        since = {"since": self.position} if self.position else {}
        return {"classes": list(self.classes), **since}


async def _ask(
    socket: aiohttp.ClientWebSocketResponse, namespace: str, name: str, key: str, args: object
) -> None:
    await socket.send_json({"namespace": namespace, "name": name, "id": key, "args": args})


def _read(frame: _Frame, text: str) -> Notice | Verdict | None:
    """The message in a frame; None for one that has nothing for the reader."""
    match frame.namespace, frame.name:
        case "error", _:
            raise _refusal(msgspec.convert(frame.args, _Error))
        case "events", "response" if frame.id == _SUBSCRIBE:
            if not frame.args:
                raise ServerRefused(422, "invalid", "None of these can be the name of a class.")
            return msgspec.convert(frame.args, Verdict)
        case "tocsin", "resume":
            return msgspec.convert(frame.args, Verdict)
        case "events", class_:
            return Notice(class_, frame.args, frame.position, text)
        case _:
            return None


def _refusal(error: _Error) -> Exception:
    status, said = int(error.code), f"The server answered {error.code} {error.message}."
    return Lost(said) if status in PASSING else ServerRefused(status, "", said)
