"""Badges: what they say, to eyes and to readers, and that nothing breaks out of them."""

import re
from xml.etree.ElementTree import Element, fromstring

import pytest

from tocsin.wire.badge import COLOURS, badge

SVG = "{http://www.w3.org/2000/svg}"


def drawn(label: str, message: str, shown: str = "operational") -> Element:
    return fromstring(badge(label, message, shown))


def texts(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_says_both_texts_to_eyes_and_to_readers() -> None:
    svg = drawn("Acme status", "Outage", "outage")
    assert texts(svg) == ["Acme status", "Outage"]
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Acme status: Outage"
    assert svg.findtext(f"{SVG}title") == "Acme status: Outage"


def test_the_ground_follows_what_is_shown() -> None:
    for shown, colour in COLOURS.items():
        grounds = [rect.get("fill") for rect in drawn("a", "b", shown).iter(f"{SVG}rect")]
        assert grounds[-1] == colour


@pytest.mark.parametrize("colour", [*COLOURS.values(), "#4b5563"])
def test_white_text_can_be_read_on_every_ground(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_the_label_ground_is_among_those_checked() -> None:
    assert [rect.get("fill") for rect in drawn("a", "b").iter(f"{SVG}rect")][1] == "#4b5563"


def test_the_parts_stand_side_by_side_and_hold_their_texts() -> None:
    svg = drawn("Wide WWW label", "iii")
    left, right = list(svg.iter(f"{SVG}rect"))[1:]
    assert int(left.get("width", "")) + int(right.get("width", "")) == int(svg.get("width", ""))
    assert right.get("x") == left.get("width")
    for ground, text in zip((left, right), svg.iter(f"{SVG}text"), strict=True):
        begins = int(text.get("x", "")) - int(ground.get("x", ""))
        assert begins + int(text.get("textLength", "")) < int(ground.get("width", ""))


def test_wide_characters_take_more_room_than_narrow_ones_and_accents_none() -> None:
    widths = [int(drawn(label, "b").get("width", "")) for label in ("iii", "nnn", "mmm", "世界界")]
    assert widths == sorted(set(widths))
    assert drawn("e\u0301", "b").get("width") == drawn("e", "b").get("width")


def test_an_empty_text_still_makes_a_badge() -> None:
    assert texts(drawn("", "Outage"))[1] == "Outage"


def test_a_long_name_is_cut_but_told_whole() -> None:
    name = "A component whose name goes on and on and on and on"
    svg = drawn(name, "Operational")
    assert texts(svg)[0] == "A component whose name goes on and on a…"
    assert name in (svg.get("aria-label") or "")


def test_nothing_breaks_out_of_it() -> None:
    written = badge('</text><script>alert("1")</script>&\x07', "b", "none")
    assert b"<script" not in written
    assert re.findall(rb"<[a-zA-Z]+", written).count(b"<text") == 2
    assert texts(fromstring(written))[0].startswith("</text><script>")
