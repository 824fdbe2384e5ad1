"""Colours: their contrast, and their lighter form for the dark."""

import math
import re
from importlib.resources import files

import pytest

from tocsin.model import colour


@pytest.mark.parametrize(
    ("one", "other", "contrast"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#ffffff", 4.478),
        ("#0000ff", "#ffffff", 8.592),
        ("#ff0000", "#00ff00", 2.914),
        ("#0a0A0a", "#0A0a0A", 1.0),
    ],
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, contrast: float) -> None:
    assert colour.contrast(one, other) == pytest.approx(contrast, abs=0.001)


def test_a_colour_that_can_be_read_in_the_dark_stays() -> None:
    assert colour.in_the_dark("#ffcc00") == "#ffcc00"


@pytest.mark.parametrize("chosen", ["#000000", "#0055cc", "#7a0019", "#1d2229", "#006400"])
def test_a_dark_colour_is_made_lighter_until_it_can_be_read(chosen: str) -> None:
    lighter = colour.in_the_dark(chosen)
    assert re.fullmatch("#[0-9a-f]{6}", lighter)
    assert colour.READABLE <= colour.contrast(lighter, colour.DARK_GROUND) < colour.READABLE + 0.3


def test_the_grounds_are_those_of_the_style() -> None:
    tokens = (files("tocsin.web") / "static" / "tokens.css").read_text()
    grounds = dict(re.findall(r"--(surface|raised): light-dark\((.+)\);", tokens))
    light, _ = grounds["surface"].split("), ")
    _, dark = grounds["raised"].split("), ")
    assert (from_oklch(light), from_oklch(dark)) == (colour.LIGHT_GROUND, colour.DARK_GROUND)


def from_oklch(text: str) -> str:
    """`oklch(L C H)` as `#rrggbb` (CSS Color 4, section 10)."""
    lightness, chroma, hue = map(float, re.findall(r"[\d.]+", text))
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    encoded = (
        1.055 * one ** (1 / 2.4) - 0.055 if one > 0.0031308 else 12.92 * one for one in linear
    )
    return "#" + bytes(round(255 * one) for one in encoded).hex()
