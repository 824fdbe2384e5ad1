"""The socket of a connection whose server speaks WebSocket itself (ASGI's `websocket` scope)."""

import asyncio

from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol, State

from tocsin.push.asgi import AsgiSocket, Message, Receive, Send
from tocsin.push.websocket import Connection


class AsgiWebSocket(AsgiSocket):
    """The client's end of the connection, within the process: frames to messages and back.

    So the connection speaks the whole protocol here as well, its limits and close codes included.
    Its pings are answered here; whether the client is there is for the server to find out.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._connection = connection
        self._client = Protocol(CLIENT, max_size=None)
        self._reading = asyncio.Event()
        self._reading.set()

    def pause_reading(self) -> None:
        """Leave what the client says with the server."""
        self._reading.clear()

    def resume_reading(self) -> None:
        """Take on."""
        self._reading.set()

    def can_write_eof(self) -> bool:
        """Never: the server closes what is closed."""
        return False

    def write_eof(self) -> None:
        """Not called."""

    async def _listen(self, receive: Receive) -> None:
        while (message := await self._next(receive))["type"] == "websocket.receive":
            if self._client.state is State.OPEN:
                self._say(message)

    async def _next(self, receive: Receive) -> Message:
        await self._reading.wait()
        return await receive()

    def _say(self, message: Message) -> None:
        if (data := message.get("bytes")) is not None:
            self._client.send_binary(data)
        else:
            self._client.send_text(message["text"].encode())
        self._hand_over()

    async def _put(self, data: bytes, send: Send) -> None:
        self._client.receive_data(data)
        for frame in self._client.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode is Opcode.TEXT:
                await send({"type": "websocket.send", "text": bytes(frame.data).decode()})
        self._hand_over()

    def _hand_over(self) -> None:
        """Give the connection what the client's end has to say: messages and pongs."""
        if self._client.close_rcvd is not None:
            self.close()
        elif said := b"".join(self._client.data_to_send()):
            self._connection.data_received(said)

    async def _finish(self, send: Send) -> None:
        close = self._client.close_rcvd
        if close is not None:
            await send({"type": "websocket.close", "code": close.code, "reason": close.reason})
