"""Bars as lines of an SVG: a column a day, 16 units high, quiet days low and trouble rising above
them, so that they are told apart without their colours."""

from collections.abc import Iterator
from itertools import groupby

import msgspec

from tocsin.web.view import BarsView, ComponentView, Shown
from tocsin.web.words import Words, counted

HEIGHT = 16
_HEIGHTS = {Shown.NONE: 2, Shown.OPERATIONAL: 8, Shown.DEGRADED: 12, Shown.OUTAGE: HEIGHT}

# Of a day's column, which is one unit wide. The style's dashes divide a line into columns by it.
_BAR = 0.75


def lines(bars: BarsView, count: int) -> Iterator[tuple[Shown, str]]:
    """The path of each state that occurs in `count` days; its class gives it the width that is its
    bars' height. A run of days is one line."""
    by_ago = {day.ago: day.shown for day in bars.days}
    shown = [by_ago.get(ago, _quiet(bars, ago)) for ago in range(count - 1, -1, -1)]
    paths: dict[Shown, list[str]] = {}
    for one, days in groupby(enumerate(shown), lambda numbered: numbered[1]):
        places = [place for place, _ in days]
        middle = HEIGHT - _HEIGHTS[one] / 2
        length = len(places) - 1 + _BAR
        paths.setdefault(one, []).append(f"M{places[0]} {middle:g}h{length:g}")
    return ((one, "".join(path)) for one, path in paths.items())


def last_days(count: int, few: int) -> str:
    """The transformation after which the last `few` of `count` days fill the width."""
    return f"translate({count - count * count / few:g}) scale({count / few:g} 1)"


def marks(bars: BarsView) -> str:
    """The days of which there is something to say, as JSON for the script."""
    days = [
        (day.ago, day.down, day.degraded, day.goes_on, day.since, day.issues) for day in bars.days
    ]
    return msgspec.json.encode(days).decode()


def bars_label(component: ComponentView, count: int, words: Words) -> str:
    """The bars in a sentence: "Website, last 90 days: trouble on 2 days, 99.98 % uptime"."""
    bars = component.bars
    assert bars is not None
    troubled = sum(day.shown in (Shown.DEGRADED, Shown.OUTAGE) for day in bars.days)
    page = words.page
    told = [counted(page.bars_trouble, troubled) if troubled else page.bars_quiet]
    if bars.uptime:
        told.append(page.bars_uptime.format(percent=decimal(bars.uptime[0], words)))
    return f"{counted(page.bars, count, name=component.name)}: {', '.join(told)}"


def decimal(number: str, words: Words) -> str:
    """A number with the decimal point of a language."""
    return number.replace(".", words.page.decimal)


def _quiet(bars: BarsView, ago: int) -> Shown:
    return Shown.OPERATIONAL if ago < bars.known else Shown.NONE
