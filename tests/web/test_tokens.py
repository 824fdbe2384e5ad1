"""The colours: what is written on what can be read, by light and in the dark."""

import math
import re
from importlib.resources import files
from itertools import product

import pytest

from tocsin.web import assets
from tocsin.web.page import THEMES

CSS = (files("tocsin.web") / "static" / "tokens.css").read_text()
STATES = ("none", "operational", "maintenance", "degraded", "outage")
_COLOUR = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
_TOKEN = re.compile(rf"--([a-z-]+): light-dark\({_COLOUR}, {_COLOUR}\)")


def linear_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """An OKLCH colour in linear sRGB (matrices of CSS Color 4), as a screen can show it."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return min(max(red, 0), 1), min(max(green, 0), 1), min(max(blue, 0), 1)


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """WCAG's relative luminance of an OKLCH colour."""
    red, green, blue = linear_rgb(lightness, chroma, hue)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def hexadecimal(lightness: float, chroma: float, hue: float) -> str:
    parts = (
        12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
        for part in linear_rgb(lightness, chroma, hue)
    )
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def tokens(scheme: int) -> dict[str, tuple[float, float, float]]:
    return {
        name: (float(of[0]), float(of[1]), float(of[2]))
        for name, *numbers in _TOKEN.findall(CSS)
        if (of := numbers[3 * scheme : 3 * scheme + 3])
    }


def colours(scheme: int) -> dict[str, float]:
    return {name: luminance(*numbers) for name, numbers in tokens(scheme).items()}


def contrast(one: float, other: float) -> float:
    brighter, darker = max(one, other), min(one, other)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_a_contrast_of_4_5_on_every_ground_it_stands_on(scheme: int) -> None:
    found = colours(scheme)
    plain = product(("text", "muted", "accent"), ("surface", "raised"))
    on_tints = [("text", f"{state}-tint") for state in STATES]
    words = [(state, "surface") for state in STATES]
    for text, ground in (*plain, *on_tints, *words, ("muted", "none-tint")):
        assert contrast(found[text], found[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_icons_have_a_contrast_of_3_on_their_grounds(scheme: int) -> None:
    found = colours(scheme)
    for state, ground in product(STATES, ("surface", "tint")):
        bar = found[f"{state}-bar"]
        below = found["surface" if ground == "surface" else f"{state}-tint"]
        assert contrast(bar, below) >= 3, (state, ground, contrast(bar, below))


def test_the_browsers_own_colours_are_the_tints() -> None:
    light, dark = tokens(0), tokens(1)
    for shown, pair in THEMES.items():
        tint = f"{shown}-tint"
        assert pair == f"{hexadecimal(*light[tint])} {hexadecimal(*dark[tint])}"


@pytest.mark.parametrize("state", STATES)
def test_the_icon_of_the_tab_has_the_colour_of_the_icon_on_the_page(state: str) -> None:
    icon = assets.ASSETS[f"icon-{state}.svg"].body.decode()
    assert set(re.findall("#[0-9a-f]{6}", icon)) == {hexadecimal(*tokens(0)[f"{state}-bar"])}
