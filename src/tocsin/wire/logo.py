"""A logo as somebody sends it, made fit to be shown to everybody."""

import base64
from dataclasses import dataclass
from hashlib import sha256

from tocsin.model.errors import invalid
from tocsin.model.page import Logo, LogoType
from tocsin.wire import png, svg

SIZE_LIMIT = 200 * 1024

_CLEANERS = {LogoType.PNG: png.clean, LogoType.SVG: svg.clean}


@dataclass(frozen=True)
class Picture:
    """A logo with its content."""

    logo: Logo
    data: bytes


def decode(media_type: LogoType, encoded: str) -> Picture:
    """The picture that is sent in base64, cleaned: an SVG has no script, no event handler and no
    reference to elsewhere, a PNG nothing but the picture.

    Raises Refused (invalid) for what is no such picture, or beyond 200 KiB.
    """
    given = _decoded(encoded)
    try:
        data = _fitting(_CLEANERS[media_type](_fitting(given)))
    except ValueError as error:
        raise invalid("data", str(error)) from error
    return Picture(Logo(media_type, sha256(data).hexdigest()[:32]), data)


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise invalid("data", "has to be base64") from error


def _fitting(data: bytes) -> bytes:
    if len(data) > SIZE_LIMIT:
        raise ValueError(f"may have at most {SIZE_LIMIT:,} bytes, and has {len(data):,}")
    return data
