"""From a view to HTML: the whole page, and the sections that its open copies are sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tocsin.model.page import Language
from tocsin.web import assets, drawing, moment
from tocsin.web.bars import FEW_DAYS
from tocsin.web.moment import Moments
from tocsin.web.recent_days import COUNT
from tocsin.web.view import Look, PageView, Shown
from tocsin.web.words import WORDS, counted

# What changes while a page is open, in page order. Each is an element with this id.
SECTIONS = (
    "masthead",
    "answer",
    "above",
    "issues",
    "maintenance",
    "components",
    "past",
    "below",
    "footer",
)

# The tints of tokens.css, light and dark, for what a browser paints around the page: in sRGB, since
# `theme-color` does not take OKLCH everywhere.
THEMES = {
    Shown.NONE: "#f1f2f5 #1a1e25",
    Shown.OPERATIONAL: "#def8e6 #0f2c1d",
    Shown.MAINTENANCE: "#e3f1ff #142842",
    Shown.DEGRADED: "#ffefca #39260a",
    Shown.OUTAGE: "#ffe4e2 #411919",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is: `url` for the world, `base` the way from it to the status page's folder,
    `query` what its links have to repeat to be let in."""

    url: str
    base: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What a document says of itself to browsers, chats and search engines. `current`: it is the
    one to be found under what it tells."""

    look: Look
    title: str
    summary: str
    shown: Shown
    current: bool = True


def _fill(text: str, **given: object) -> Markup:
    """Words with markup in their blanks."""
    return Markup(escape(text)).format(**given)


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _accent(look: Look) -> str | None:
    return assets.accent_address(look.accent) if look.accent else None


@cache
def _script_words(language: Language) -> str:
    """The words that the script writes itself."""
    words = WORDS[language]
    return _to_json({"times": words.times, "live": words.live, "bars": words.bars})


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tocsin.web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"fill": _fill, "json": _to_json}
    environment.globals |= {
        "asset": assets.address,
        "accent": _accent,
        "bars_label": drawing.bars_label,
        "counted": counted,
        "decimal": drawing.decimal,
        "few_days": FEW_DAYS,
        "last_days": drawing.last_days,
        "lines": drawing.lines,
        "marks": drawing.marks,
        "more": lambda query, follows: query.replace("?", "&") if follows else query,
        "recent_count": lambda page: min(page.bar_days, COUNT),
        "script_words": _script_words,
        "themes": THEMES,
    }
    return environment


_ENVIRONMENT = _environment()


def _rendering() -> bytes:
    """What is rendered with: another release may render the same view otherwise."""
    folder = files("tocsin.web")
    return b"".join(
        (folder / part).read_bytes()
        for part in (
            "templates/sections.html",
            "templates/macros.html",
            *(f"words/{language}.json" for language in Language),
        )
    )


_RENDERING = blake2b(_rendering(), digest_size=12).digest()


def picture(view: PageView) -> str:
    """A name for what the view shows: equal views have equal names, also on another day or node, as
    long as they are rendered with the same templates and words."""
    return blake2b(msgspec.json.encode(view) + _RENDERING, digest_size=12).hexdigest()


def page_html(view: PageView, now: int, place: Place, *, past: bool = False) -> str:
    """The whole document as of `now` (Unix seconds), which may lie in the `past`."""
    return render(
        "page.html",
        Head(view.look, view.answer.headline, _summary(view, now), view.answer.shown, not past),
        now,
        place,
        page=view,
        at=past,
        picture=picture(view),
    )


def render(template: str, head: Head, now: int, place: Place, **given: object) -> str:
    """A document made with `template`, as of `now`."""
    context = _context(head.look, now, place)
    return _ENVIRONMENT.get_template(template).render(context, head=head, now=now, **given)


def section_html(view: PageView, now: int, sections: Iterable[str]) -> dict[str, str]:
    """These sections, just as the whole page as of `now` has them, by id."""
    context = _context(view.look, now, Place(""))
    template = _ENVIRONMENT.get_template("sections.html").make_module(context)
    return {name: str(getattr(template, name)(view)) for name in sections}


def refusal_html(language: Language, title: str, detail: str) -> str:
    """A page that says why there is no page."""
    return _ENVIRONMENT.get_template("refusal.html").render(
        language=language, title=title, detail=detail
    )


def moments(look: Look, now: int) -> Moments:
    """Writes times as the documents of a page do."""
    return Moments(now, moment.zone(look.timezone), WORDS[look.language].times)


def _context(look: Look, now: int, place: Place) -> dict[str, Any]:
    words = WORDS[look.language]
    return {
        "look": look,
        "words": words,
        "times": moments(look, now),
        "base": place.base,
        "query": place.query,
        "url": place.url,
    }


def _summary(view: PageView, now: int) -> str:
    """The page in two sentences, for a link pasted in a chat."""
    answer, words, times = view.answer, WORDS[view.look.language].answer, moments(view.look, now)
    since = f" {words.since.format(time=times.clock(answer.since))}" if answer.since else ""
    latest = f" {words.latest.format(title=view.issues[0].title)}" if view.issues else ""
    return f"{answer.sentence}{since}.{latest}"
