"""Colours as people choose them (`#rrggbb`), and whether words in them can be read.

Contrast as WCAG 2.2 defines it, from 1 (none) to 21 (black on white).
"""

READABLE = 4.5

# What words stand on: the page's ground in the light, and the lightest one in the dark, as in the
# style's tokens.
LIGHT_GROUND = "#fbfcfd"
DARK_GROUND = "#1d2229"

_STEPS = 64


def contrast(one: str, other: str) -> float:
    """The contrast of two colours."""
    lower, higher = sorted((_luminance(one), _luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


def in_the_dark(colour: str) -> str:
    """The colour, or as much of a lighter one as it takes to be read on the dark ground."""
    lighter = (_towards_white(colour, step / _STEPS) for step in range(_STEPS + 1))
    return next(one for one in lighter if contrast(one, DARK_GROUND) >= READABLE)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _towards_white(colour: str, share: float) -> str:
    mixed = (round(channel + (255 - channel) * share) for channel in _channels(colour))
    return "#" + bytes(mixed).hex()
