"""Server-sent events, both ways (WHATWG HTML, "Server-sent events").

What is written here any EventSource reads; what any conforming server writes the `Parser` reads.
"""

import re
from typing import NamedTuple

MEDIA_TYPE = "text/event-stream"

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BREAKS_OUT = re.compile(r"[\r\n\0]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def frame(data: bytes, *, event: str | None = None, id: str | None = None) -> bytes:  # noqa: A002
    """One event. `data` is UTF-8; each of its lines becomes a `data:` line, as the format demands.

    Raises `ValueError` when `event` or `id` would break out of its line, or `id` holds U+0000,
    which makes every reader ignore it.
    """
    head = b"id: %b\n" % _field(id) if id is not None else b""
    if event is not None:
        head += b"event: %b\n" % _field(event)
    if b"\n" in data or b"\r" in data:
        data = b"\ndata: ".join(_LINE_END.split(data))
    return b"%bdata: %b\n\n" % (head, data)


def comment(text: str = "") -> bytes:
    """A line that every reader skips: what keeps an idle connection from looking dead.

    No blank line follows, for some readers take one for the end of an event without data.
    """
    return b":" + _field(text) + b"\n"


def retry(milliseconds: int) -> bytes:
    """A line of the next frame: how long to wait before connecting again."""
    return b"retry: %d\n" % milliseconds


def _field(text: str) -> bytes:
    if _BREAKS_OUT.search(text):
        raise ValueError(f"not allowed in one line of an event stream: {text!r}")
    return text.encode()


class Message(NamedTuple):
    """One event as a reader sees it. `id` is the last one given, by this event or before it."""

    event: str
    data: str
    id: str


class Parser:
    """An event stream, in pieces of any size, to messages. Bytes in, messages out; it never fails.

    `last_event_id` and `retry_ms` are what a reader needs to connect again.
    """

    def __init__(self) -> None:
        self.last_event_id = ""
        self.retry_ms: int | None = None
        self._begun = False
        self._after_cr = False
        self._line: list[bytes] = []
        self._event = ""
        self._id = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[Message]:
        """The messages that `piece` completes, in order."""
        if self._after_cr and piece:
            self._after_cr = False
            piece = piece.removeprefix(b"\n")
        first, *rest = _LINE_END.split(piece)
        self._line.append(first)
        if not rest:
            return []
        self._after_cr = piece.endswith(b"\r")
        lines = [b"".join(self._line), *rest]
        self._line = [lines.pop()]
        return [message for line in lines if (message := self._take(line)) is not None]

    def _take(self, line: bytes) -> Message | None:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        self._set(name, value.removeprefix(b" ").decode(errors="replace"))
        return None

    def _set(self, name: bytes, value: str) -> None:
        match name:
            case b"data":
                self._data.append(value)
            case b"event":
                self._event = value
            case b"id" if "\0" not in value:
                self._id = value
            case b"retry" if value.isascii() and value.isdigit():
                self.retry_ms = int(value)

    def _dispatch(self) -> Message | None:
        """End the block. One without data gives no message, but its id counts."""
        event, data = self._event or "message", self._data
        self._event, self._data = "", []
        self.last_event_id = self._id
        return Message(event, "\n".join(data), self._id) if data else None
