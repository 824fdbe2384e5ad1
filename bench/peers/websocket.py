"""How the load client opens a WebSocket connection: the handshake, then what it says first."""

import msgspec
from websockets.frames import Frame, Opcode

from bench.target import request

_HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}

# By which the load client knows the answer that it waits for (load/streams.h).
ANSWER_ID = "^"


def opening(*messages: object) -> bytes:
    """A handshake, and these messages (JSON) in masked frames to be sent once it was answered.

    With any, the last one has to be answered with ANSWER_ID in it.
    """
    said = (Frame(Opcode.TEXT, msgspec.json.encode(message)) for message in messages)
    frames = b"".join(frame.serialize(mask=True) for frame in said)
    return request("GET", "/ws", _HANDSHAKE) + frames
