"""WebSocket frames of a server (RFC 6455): messages to frames, and a client's bytes to messages.

The handshake is HTTP's; extensions are not spoken.
"""

from typing import Final, NamedTuple

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SERVER, Protocol, State

# The longest message taken, in bytes, in however many fragments (spec: seeds/sysadm-events.txt).
MAX_MESSAGE: Final = 128_000

PING: Final = Frame(Opcode.PING, b"").serialize(mask=False)

# What may stand in the length field of a frame's second byte when the length itself does not, and
# in how many bytes it follows (5.2).
_LONG = {126: 2, 127: 8}
_MASK_SIZE = 4


def text(message: bytes) -> bytes:
    """The frame of `message`, which is UTF-8. Frames one after another are frames."""
    return Frame(Opcode.TEXT, message).serialize(mask=False)


class Heard(NamedTuple):
    """What some bytes of a client came to.

    `messages` are whole ones, in order, text and binary alike; text is valid UTF-8. `reply` is to
    be written now: pongs, and what ends the connection.
    """

    messages: list[bytes]
    reply: bytes
    ponged: bool


class Receiver:
    """One connection's reading side, and the closing of it.

    It never raises: a client that breaks the protocol is told so in the reply, and the rest of what
    it sends is ignored. Frames may be written beside it as long as it is not `closing`.
    """

    __slots__ = ("_begun", "_invalid", "_opcode", "_protocol", "_whole")

    def __init__(self) -> None:
        self._protocol = Protocol(SERVER, max_size=MAX_MESSAGE)
        self._opcode = Opcode.CONT
        self._begun = bytearray()
        self._invalid = False
        self._whole = True

    @property
    def at_rest(self) -> bool:
        """Whether a new one would do as well: nothing is left of what was heard."""
        return self._whole and self._opcode is Opcode.CONT and not self.closing

    @property
    def closing(self) -> bool:
        """Whether a close frame was written, after which nothing may be."""
        return self._protocol.state is not State.OPEN

    @property
    def closed(self) -> bool:
        """Whether the client has closed as well: the socket has no further use."""
        return self._protocol.close_rcvd is not None

    def feed(self, data: bytes) -> Heard:
        """Take what has arrived, in pieces of any size."""
        self._whole = self._whole and _ends_with_a_frame(data)
        self._protocol.receive_data(data)
        messages: list[bytes] = []
        ponged = False
        for frame in self._protocol.events_received():
            assert isinstance(frame, Frame)
            match frame.opcode:
                case Opcode.PONG:
                    ponged = True
                case Opcode.TEXT | Opcode.BINARY | Opcode.CONT:
                    self._gather(frame, messages)
        return Heard(messages, self._reply(), ponged)

    def close(self, code: int, reason: str) -> bytes:
        """What to write to close the connection; nothing when it is closing. The reason has at most
        123 bytes."""
        if not self.closing:
            self._protocol.send_close(code, reason)
        return self._reply()

    def _gather(self, frame: Frame, messages: list[bytes]) -> None:
        """Add a fragment to its message, and the message to the others when this was the last."""
        if frame.opcode is not Opcode.CONT:
            self._opcode = frame.opcode
        self._begun += frame.data
        if not frame.fin or self._invalid:
            return
        message, opcode = bytes(self._begun), self._opcode
        self._begun.clear()
        self._opcode = Opcode.CONT
        if opcode is Opcode.BINARY or self._is_text(message):
            messages.append(message)

    def _is_text(self, message: bytes) -> bool:
        try:
            message.decode()
        except UnicodeDecodeError as error:
            self._invalid = True
            if not self.closing:
                self._protocol.fail(CloseCode.INVALID_DATA, f"not UTF-8 at byte {error.start}")
            return False
        return True

    def _reply(self) -> bytes:
        return b"".join(self._protocol.data_to_send())


def _ends_with_a_frame(data: bytes) -> bool:
    """Whether `data`, which begins with a frame of a client, ends with one too."""
    at = 0
    while at + 2 <= len(data):
        size = data[at + 1] & 0x7F
        extra = _LONG.get(size, 0)
        at += 2
        if extra:
            size = int.from_bytes(data[at : at + extra], "big")
        at += extra + _MASK_SIZE + size
    return at == len(data)
