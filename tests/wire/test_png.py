"""PNG: what is taken in, what is left out, what is refused."""

import struct
import zlib

import pytest

from tocsin.wire import png

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, content: bytes = b"") -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def header(width: int = 1, height: int = 1) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


PIXEL = chunk(b"IDAT", zlib.compress(b"\0\0"))
END = chunk(b"IEND")
PICTURE = SIGNATURE + header() + PIXEL + END


def test_a_picture_stays_as_it_is() -> None:
    assert png.clean(PICTURE) == PICTURE


def test_the_largest_picture_is_taken() -> None:
    picture = SIGNATURE + header(png.SIDE_LIMIT, png.SIDE_LIMIT) + PIXEL + END
    assert png.clean(picture) == picture


@pytest.mark.parametrize("name", [b"tEXt", b"eXIf", b"acTL", b"fdAT", b"prVt"])
def test_what_does_not_show_the_picture_goes(name: bytes) -> None:
    assert png.clean(SIGNATURE + header() + chunk(name, b"secret") + PIXEL + END) == PICTURE


def test_what_follows_the_end_goes() -> None:
    assert png.clean(PICTURE + b"<script>") == PICTURE


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not a PNG"),
        (b"GIF89a", "not a PNG"),
        (SIGNATURE, "not a whole PNG"),
        (SIGNATURE + PIXEL + header() + END, "not a whole PNG"),
        (SIGNATURE + header() + END, "not a whole PNG"),
        (SIGNATURE + header() + PIXEL, "not a whole PNG"),
        (SIGNATURE + chunk(b"IHDR", b"\0" * 12) + PIXEL + END, "not a whole PNG"),
        (SIGNATURE + header(0, 1) + PIXEL + END, "4,096 pixels"),
        (SIGNATURE + header(1, 4_097) + PIXEL + END, "4,096 pixels"),
        (SIGNATURE + header(4_097, 1) + PIXEL + END, "4,096 pixels"),
        (PICTURE[:-1] + b"\0", "checksum"),
        (SIGNATURE + b"\xff\xff\xff\xffIHDR", "checksum"),
    ],
)
def test_what_is_no_whole_picture_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        png.clean(data)


def test_no_part_of_a_picture_is_one() -> None:
    for length in range(len(PICTURE)):
        with pytest.raises(ValueError, match=r"not a|damaged"):
            png.clean(PICTURE[:length])
