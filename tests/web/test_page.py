"""From a view to HTML."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.web.sample import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    board,
    in_trouble,
    many,
    nothing,
    page,
    recent_of,
    three_fine,
)

from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.page import Language, Link, Logo, LogoType, Visibility
from tocsin.model.status import begin
from tocsin.model.subscriber import Medium
from tocsin.web import page as rendering
from tocsin.web.compose import compose
from tocsin.web.page import SECTIONS, Place, picture, refusal_html, section_html
from tocsin.web.site import Site
from tocsin.web.view import PageView

URL = "https://status.acme.test/"
BOARDS = [nothing, three_fine, in_trouble, many]
SITE = Site("https://tocsin.test", frozenset(Medium))


def view_of(shown: Board) -> PageView:
    return compose(shown, "main", recent_of(shown), NOW)


def page_html(view: PageView, now: int, url: str) -> str:
    return rendering.page_html(view, now, Place(url, SITE))


def html_of(shown: Board, now: int = NOW) -> str:
    return page_html(view_of(shown), now, URL)


class Outline(HTMLParser):
    """Collects ids, headings, references, and whether every element that opens is closed."""

    VOID = frozenset({"meta", "link", "input", "path", "use", "circle", "br", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.addresses: list[str] = []
        self.labelled_by: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, found in (
            ("id", self.ids),
            ("href", self.addresses),
            ("src", self.addresses),
            ("aria-labelledby", self.labelled_by),
        ):
            if value := given.get(name):
                found.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("make", BOARDS)
def test_the_document_is_sound(make: Callable[[], Board]) -> None:
    outline = Outline(html_of(make()))
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.labelled_by) <= set(outline.ids)
    assert {address[1:] for address in outline.addresses if address[0] == "#"} <= set(outline.ids)
    assert outline.headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(outline.headings))


@pytest.mark.parametrize("make", BOARDS)
def test_nothing_is_asked_of_another_server(make: Callable[[], Board]) -> None:
    outline = Outline(html_of(make()))
    own = re.compile(r"#|/static/|\./|(history|issues/|feed|calendar|api/|subscribe)")
    assert all(own.match(address) or address == URL for address in outline.addresses)


def test_the_head_carries_the_state() -> None:
    html = html_of(in_trouble())
    assert "<title>Outage · Acme status</title>" in html
    assert 'property="og:title" content="Outage · Acme status"' in html
    summary = (
        "Outage of Website and Checkout since 15:02 CET. Latest: Checkout fails for many customers."
    )
    assert f'property="og:description" content="{summary}"' in html
    assert f'name="description" content="{summary}"' in html
    assert f'property="og:url" content="{URL}"' in html
    assert re.search(r'rel="icon"[^>]* href="/static/\w+/icon-outage.svg"', html)
    assert re.search(r'theme-color" data-scheme="dark"[^>]* content="#411919"', html)


def test_the_answer_says_since_when_and_for_how_long() -> None:
    text = re.sub(r"<[^>]+>", "", html_of(in_trouble()))
    assert "since 15:02 CET (23 minutes)" in text
    assert "As of 15:25 CET" in text


def test_a_section_with_nothing_in_it_is_there_but_hidden() -> None:
    html = html_of(three_fine())
    assert re.search(r'<section id="issues"[^>]* hidden>', html)
    assert re.search(r'<section id="maintenance"[^>]* hidden>', html)
    assert not re.search(r'<section id="components"[^>]* hidden>', html)


def test_a_group_is_open_only_in_trouble() -> None:
    groups = re.findall(r'<details id="group-(\w+)"[^>]*?( open)?>', html_of(many()))
    assert [name for name, is_open in groups if is_open] == ["g25", "g100"]
    assert len(groups) == 12


def test_what_people_wrote_cannot_break_out() -> None:
    evil = page(name='<script>"&', description="<b>")
    html = html_of(board(evil))
    assert "<script>&#34;" not in html
    assert "&lt;script&gt;&#34;&amp; status" in html
    assert "<b>" not in html


def test_the_sections_are_what_the_page_contains() -> None:
    view = view_of(in_trouble())
    whole = page_html(view, NOW, URL)
    sections = section_html(view, NOW, SITE, SECTIONS)
    assert tuple(sections) == SECTIONS
    for name, html in sections.items():
        assert html in whole
        assert f'id="{name}"' in html.partition(">")[0]


def test_a_private_page_is_not_for_search_engines() -> None:
    assert "noindex" in html_of(board(page(visibility=Visibility.PRIVATE)))
    assert "noindex" not in html_of(nothing())


def test_a_picture_has_the_same_name_whenever_it_is_the_same() -> None:
    view = view_of(in_trouble())
    assert picture(view) == picture(view_of(in_trouble()))
    assert picture(view) != picture(replace(view, look=replace(view.look, timezone="UTC")))
    assert f'data-picture="{picture(view)}"' in page_html(view, NOW, URL)
    assert page_html(view, NOW, URL) != page_html(view, NOW + MINUTE, URL)


def test_a_refusal_is_a_page_too() -> None:
    html = refusal_html(Language.ENGLISH, "There is no such page", "Check the <address>.")
    Outline(html)
    assert "<title>There is no such page</title>" in html
    assert "Check the &lt;address&gt;." in html


def with_past() -> Board:
    """The page in trouble, of which the Website was down an hour three days ago."""
    shown = in_trouble()
    quiet, now = shown.periods["c1"]
    down = begin((quiet,), State.OUTAGE, NOW - 3 * DAY)
    again = begin(down, State.OPERATIONAL, NOW - 3 * DAY + HOUR)
    periods = begin(again, now.state, now.began_at)
    return replace(shown, periods={**shown.periods, "c1": periods})


def test_each_component_has_its_days() -> None:
    html = html_of(with_past())
    assert html.count('<svg class="bars" viewBox="0 0 90 16"') == 6
    label = "Website, last 90 days: trouble on 2 days, 99.93\u00a0% uptime"
    assert f'aria-label="{label}"' in html
    assert 'data-days="[[3,3600,0,&#34;none&#34;,null,[]],[0,0,0,&#34;outage&#34;,' in html
    assert re.search(r'<path class="outage" d="M86 8h0.75M89 8h0.75"/>', html)
    assert '<g transform="translate(-180) scale(3 1)">' in html


def test_the_days_are_told_below_each_other() -> None:
    past = html_of(with_past()).partition('<section id="past"')[2].partition("</section>\n<div")[0]
    read = " ".join(re.sub(r"<[^>]+>", " ", past).split())
    assert "Checkout fails for many customers Ongoing · since 15:02 CET" in read
    assert "No incidents 19 to 20 November 18 November Website Outage for 1 hour" in read
    assert 'href="history/2026-11-18"' in past


def test_the_settings_of_a_page_are_in_its_document() -> None:
    page_of_others = page(
        *in_trouble().pages["main"].groups,
        language=Language.GERMAN,
        logo=Logo(LogoType.PNG, "d" * 32),
        accent="#7a1f5c",
        links=(Link("Impressum", "https://acme.test/?a=1&b=2"),),
        text_above_html="<p>Hier</p>",
        text_below_html="<p>Da</p>",
        history_days=7,
        show_uptime=False,
    )
    html = html_of(replace(in_trouble(), pages={"main": page_of_others}))
    assert '<html lang="de">' in html
    assert f'<img src="/logo/{"d" * 32}" alt="Status von Acme">' in html
    assert '<link rel="stylesheet" id="accent" href="/static/accent-7a1f5c.css">' in html
    assert '<a href="https://acme.test/?a=1&amp;b=2" rel="noopener">Impressum</a>' in html
    assert '<div id="above" class="prose"><p>Hier</p></div>' in html
    assert '<div id="below" class="prose"><p>Da</p></div>' in html
    assert "vor 7 Tagen" in html
    assert "99." not in html
    Outline(html)


def test_visitors_are_offered_what_the_service_has() -> None:
    view = view_of(nothing())
    full = page_html(view, NOW, URL)
    assert 'action="subscribe"' in full
    mute = rendering.page_html(view, NOW, Place(URL, Site("https://tocsin.test")))
    assert 'action="subscribe"' not in mute
    assert 'href="subscribe"' not in mute
    assert "This page sends no e-mail." in mute
    assert 'href="feed.atom"' in mute


def test_a_page_of_the_past_is_not_followed_nor_found() -> None:
    view = view_of(in_trouble())
    past = rendering.page_html(view, NOW, Place(URL, SITE), past=True)
    Outline(past)
    assert "data-stream" not in past
    assert 'data-at="2026-11-21T14:25:30Z"' in past
    assert "noindex" in past
    assert "as it stood on" in past
