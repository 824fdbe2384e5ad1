"""Logos as they are sent."""

import base64
from hashlib import sha256

import pytest
from tests.wire.test_png import PICTURE

from tocsin.model.errors import Refused
from tocsin.model.page import LogoType
from tocsin.wire import logo


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def svg_of(size: int) -> bytes:
    """An SVG of that many bytes."""
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg"><desc></desc><path d="%s"/></svg>'
    return drawn % (b"M" * (size - len(drawn) + 2))


def test_the_digest_is_that_of_the_cleaned_picture() -> None:
    picture = logo.decode(LogoType.PNG, encoded(PICTURE + b"more"))
    assert picture.data == PICTURE
    assert picture.logo.type is LogoType.PNG
    assert sha256(PICTURE).hexdigest().startswith(picture.logo.digest)
    assert len(picture.logo.digest) == 32


def test_an_svg_is_cleaned() -> None:
    sent = b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
    picture = logo.decode(LogoType.SVG, encoded(sent))
    assert (picture.logo.type, b"script" in picture.data) == (LogoType.SVG, False)


@pytest.mark.parametrize(
    ("media_type", "data", "told"),
    [
        (LogoType.PNG, "no base64", "has to be base64"),
        (LogoType.PNG, "äöü", "has to be base64"),
        (LogoType.PNG, "AAA", "has to be base64"),
        (LogoType.PNG, encoded(b"GIF89a"), "is not a PNG"),
        (LogoType.SVG, encoded(PICTURE), "is not an SVG"),
        (LogoType.PNG, encoded(svg_of(99)), "is not a PNG"),
        (LogoType.SVG, encoded(svg_of(logo.SIZE_LIMIT + 1)), "at most 204,800 bytes"),
        (LogoType.SVG, encoded(svg_of(logo.SIZE_LIMIT)), "and has 204,"),
    ],
)
def test_what_is_no_such_picture_is_refused(media_type: LogoType, data: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        logo.decode(media_type, data)
    assert [error.path for error in refused.value.errors] == ["data"]


def test_a_picture_at_the_limit_is_taken() -> None:
    large = logo.decode(LogoType.SVG, encoded(svg_of(logo.SIZE_LIMIT - 100)))
    assert len(large.data) <= logo.SIZE_LIMIT
