"""PNG (W3C, third edition): enough of it to take in a picture without what no reader needs."""

import struct
import zlib
from collections.abc import Iterator

SIDE_LIMIT = 4_096

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FRAME = struct.Struct(">I4s")
_HEADER = struct.Struct(">IIBBBBB")

# What is needed to show the picture. Everything else goes: words, places and names that cameras and
# programs write into it, thumbnails, and the frames that would make it move.
_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB"}
)


def clean(data: bytes) -> bytes:
    """The same picture, of its chunks only those that show it. Raises ValueError, whose text says
    what is wrong, for what is not one whole PNG of at most 4,096 pixels a side."""
    if not data.startswith(_SIGNATURE):
        raise ValueError("is not a PNG")
    chunks = list(_chunks(data))
    names = [name for name, _ in chunks]
    if names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names:
        raise ValueError("is not a whole PNG")
    _check_size(chunks[0][1])
    kept = (_chunk(name, content) for name, content in chunks if name in _KEPT)
    return _SIGNATURE + b"".join(kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents, up to the end or to IEND; what follows that is no part of a PNG."""
    at, name = len(_SIGNATURE), b""
    while name != b"IEND":
        if len(data) < at + _FRAME.size:
            raise ValueError("is not a whole PNG")
        length, name = _FRAME.unpack_from(data, at)
        end = at + _FRAME.size + length
        content = data[at + _FRAME.size : end]
        if data[end : end + 4] != _checksum(name, content):
            raise ValueError("is damaged: a checksum is wrong")
        yield name, content
        at = end + 4


def _check_size(header: bytes) -> None:
    if len(header) != _HEADER.size:
        raise ValueError("is not a whole PNG")
    width, height, *_ = _HEADER.unpack(header)
    if not (0 < width <= SIDE_LIMIT and 0 < height <= SIDE_LIMIT):
        raise ValueError(f"has to be 1 to {SIDE_LIMIT:,} pixels wide and high")


def _chunk(name: bytes, content: bytes) -> bytes:
    return _FRAME.pack(len(content), name) + content + _checksum(name, content)


def _checksum(name: bytes, content: bytes) -> bytes:
    return zlib.crc32(content, zlib.crc32(name)).to_bytes(4, "big")
