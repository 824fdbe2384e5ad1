"""Bars as lines of an SVG."""

import re

import pytest

from tocsin.model.page import Language
from tocsin.web import assets, drawing
from tocsin.web.view import BarsView, ComponentView, DayView, Shown
from tocsin.web.words import WORDS


def day(ago: int, shown: Shown) -> DayView:
    return DayView(ago, shown, 60, 120, Shown.NONE, None, (3,))


BARS = BarsView(
    known=8,
    days=(day(6, Shown.DEGRADED), day(3, Shown.OUTAGE), day(2, Shown.OUTAGE)),
    uptime=("99.50", "100"),
)


def test_a_run_of_days_is_one_line_and_trouble_rises() -> None:
    assert dict(drawing.lines(BARS, 10)) == {
        Shown.NONE: "M0 15h1.75",
        Shown.OPERATIONAL: "M2 12h0.75M4 12h1.75M8 12h1.75",
        Shown.DEGRADED: "M3 10h0.75",
        Shown.OUTAGE: "M6 8h1.75",
    }


def test_the_style_gives_each_line_the_width_that_it_is_drawn_for() -> None:
    css = assets.ASSETS["page.css"].body.decode()
    for shown, middle in (("operational", 12), ("degraded", 10), ("outage", 8)):
        (width,) = re.findall(rf"\.bars \.{shown} {{ [^}}]*stroke-width: (\d+);", css)
        assert drawing.HEIGHT - int(width) / 2 == middle
    assert "stroke-dasharray: 0.75 0.25;" in css


@pytest.mark.parametrize(
    ("count", "few", "transform"),
    [
        (90, 30, "translate(-180) scale(3 1)"),
        (45, 30, "translate(-22.5) scale(1.5 1)"),
        (7, 7, "translate(0) scale(1 1)"),
    ],
)
def test_a_narrow_screen_is_filled_by_the_last_days(count: int, few: int, transform: str) -> None:
    assert drawing.last_days(count, few) == transform


def test_the_script_is_told_the_days_that_were_not_quiet() -> None:
    assert drawing.marks(BarsView(1, (day(0, Shown.OUTAGE),), None)) == (
        '[[0,60,120,"none",null,[3]]]'
    )


def component(bars: BarsView) -> ComponentView:
    return ComponentView("c1", "Website", "", Shown.OPERATIONAL, None, bars)


def test_the_bars_are_a_sentence_for_those_who_cannot_see_them() -> None:
    english, german = WORDS[Language.ENGLISH], WORDS[Language.GERMAN]
    assert drawing.bars_label(component(BARS), 90, english) == (
        "Website, last 90 days: trouble on 3 days, 99.50\u00a0% uptime"
    )
    assert drawing.bars_label(component(BarsView(1, (), None)), 1, english) == (
        "Website, last day: no trouble"
    )
    assert drawing.bars_label(component(BARS), 90, german).endswith("99,50\u00a0% verfügbar")
