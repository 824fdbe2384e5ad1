"""One event of a live stream, as both versions of the Hund Live Event API send it."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec


class Frame(NamedTuple):
    """One event of a live stream. `sequence` is its place in the log, `data` one line of JSON."""

    sequence: int
    event: str
    data: bytes


def frame(sequence: int, event: str, data: Mapping[str, object]) -> Frame:
    """A frame whose data may stand in a script element, as the seed's does."""
    return Frame(sequence, event, _inert(msgspec.json.encode(data)))


def _inert(encoded: bytes) -> bytes:
    """The same JSON: these three occur inside strings only."""
    return encoded.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")
