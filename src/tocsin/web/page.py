"""From a view to HTML: the whole page, and the sections that its open copies are sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import blake2b
from importlib.resources import files

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.web import assets, moment, wording
from tocsin.web.view import PageView, Shown

# What changes while a page is open, in page order. Each is an element with this id.
SECTIONS = ("masthead", "answer", "issues", "maintenance", "components")

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
class _Times:
    """How the templates write times: in the page's zone, relative to `now`."""

    now: int
    where: tzinfo

    def machine(self, at: int) -> str:
        return moment.machine(at)

    def clock(self, at: int) -> str:
        return moment.clock(at, self.now, self.where)

    def exact(self, at: int) -> str:
        return moment.exact(at, self.where)

    def ago(self, at: int) -> str:
        return moment.ago(at, self.now)

    def since(self, at: int) -> str:
        return moment.span(self.now - at)

    def window(self, start: int, end: int) -> str:
        return moment.window(start, end, self.where)

    def length(self, start: int, end: int) -> str:
        return moment.span(end - start)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tocsin.web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "asset": assets.address,
        "words": wording.STATE_WORDS,
        "themes": THEMES,
    }
    return environment


_ENVIRONMENT = _environment()
_TEMPLATES = (files("tocsin.web") / "templates" / "sections.html").read_bytes()


def picture(view: PageView) -> str:
    """A name for what the view shows: equal views have equal names, also on another day or node, as
    long as the sections' template is the same."""
    return blake2b(msgspec.json.encode(view) + _TEMPLATES, digest_size=12).hexdigest()


def page_html(view: PageView, now: int, url: str) -> str:
    """The whole document as of `now` (Unix seconds). `url` is its address for the world."""
    times = _Times(now, moment.zone(view.timezone))
    return _ENVIRONMENT.get_template("page.html").render(
        page=view,
        now=now,
        times=times,
        url=url,
        summary=_summary(view, times),
        picture=picture(view),
    )


def section_html(view: PageView, now: int, sections: Iterable[str]) -> dict[str, str]:
    """These sections, just as the whole page as of `now` has them, by id."""
    times = _Times(now, moment.zone(view.timezone))
    template = _ENVIRONMENT.get_template("sections.html").make_module({"times": times})
    return {name: str(getattr(template, name)(view)) for name in sections}


def refusal_html(title: str, detail: str) -> str:
    """A page that says why there is no page."""
    return _ENVIRONMENT.get_template("refusal.html").render(title=title, detail=detail)


def _summary(view: PageView, times: _Times) -> str:
    """The page in two sentences, for a link pasted in a chat."""
    answer = view.answer
    since = f" since {times.clock(answer.since)}" if answer.since else ""
    latest = f" Latest: {view.issues[0].title}." if view.issues else ""
    return f"{answer.sentence}{since}.{latest}"
