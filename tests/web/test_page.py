"""From a view to HTML."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.web.sample import (
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
from tocsin.model.page import Language, Visibility
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
