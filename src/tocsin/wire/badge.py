"""A badge: two short texts side by side as an SVG that documents and dashboards show."""

from unicodedata import combining, east_asian_width
from xml.etree.ElementTree import Element, SubElement, tostring

from tocsin.wire.plain_text import plain

MEDIA_TYPE = "image/svg+xml"

_HEIGHT = 20
_PADDING = 7
_SIZE = 11
_FAMILY = "Verdana,DejaVu Sans,Geneva,sans-serif"

# How long a text may get, in characters; the whole of it stands in the badge's title.
_LIMIT = 40

# The widths of characters in the first of the fonts, in ems. The texts are stretched to the width
# that was reckoned, so that neither an odd letter nor another font breaks the badge.
_WIDTHS = {
    **dict.fromkeys("ijl'|", 0.3),
    **dict.fromkeys(" ft.,;:!I()[]-/r", 0.41),
    **dict.fromkeys("csJzL", 0.54),
    **dict.fromkeys("mMW%@wOQ", 0.86),
    **dict.fromkeys("ABCDGHKNRSUVX&", 0.72),
}
_ORDINARY, _WIDE = 0.62, 1.0


# Grounds for white text, by what the badge says; the contrast is at least 4.5 to 1.
COLOURS = {
    "none": "#5b6472",
    "operational": "#1a7440",
    "maintenance": "#1d5fb8",
    "degraded": "#8f5800",
    "outage": "#b3261e",
}
_LABEL = "#4b5563"


def badge(label: str, message: str, shown: str) -> bytes:
    """The badge that says `message` of `label`, on the ground that COLOURS has for `shown`."""
    name = plain(f"{label}: {message}")
    left, right = _shortened(plain(label)), _shortened(plain(message))
    edge = _width(left) + 2 * _PADDING
    width = edge + _width(right) + 2 * _PADDING
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(width),
            "height": str(_HEIGHT),
            "role": "img",
            "aria-label": name,
        },
    )
    SubElement(svg, "title").text = name
    clip = SubElement(svg, "clipPath", id="round")
    SubElement(clip, "rect", width=str(width), height=str(_HEIGHT), rx="4")
    grounds = SubElement(svg, "g", {"clip-path": "url(#round)"})
    _ground(grounds, 0, edge, _LABEL)
    _ground(grounds, edge, width - edge, COLOURS[shown])
    words = {"fill": "#fff", "font-family": _FAMILY, "font-size": str(_SIZE)}
    texts = SubElement(svg, "g", {**words, "aria-hidden": "true"})
    _write(texts, _PADDING, left)
    _write(texts, edge + _PADDING, right)
    written: bytes = tostring(svg)
    return written


def _ground(parent: Element, x: int, width: int, colour: str) -> None:
    SubElement(parent, "rect", x=str(x), width=str(width), height=str(_HEIGHT), fill=colour)


def _write(parent: Element, x: int, text: str) -> None:
    SubElement(parent, "text", x=str(x), y="14", textLength=str(_width(text))).text = text


def _shortened(text: str) -> str:
    return text if len(text) <= _LIMIT else f"{text[: _LIMIT - 1].rstrip()}…"


def _width(text: str) -> int:
    """In pixels."""
    return max(round(_SIZE * sum(map(_ems, text))), 1)


def _ems(character: str) -> float:
    if combining(character):
        return 0.0
    if east_asian_width(character) in "WF":
        return _WIDE
    return _WIDTHS.get(character, _ORDINARY)
