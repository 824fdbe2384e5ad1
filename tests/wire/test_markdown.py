"""Markdown to HTML that is safe to show."""

import pytest

from tocsin.model import span
from tocsin.wire.markdown import html


def test_the_seeds_sample() -> None:
    assert html("We're working on it.") == "<p>We're working on it.</p>\n"


def test_nothing_is_nothing() -> None:
    assert html("") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**a** *b* `c` ~~d~~", "<p><strong>a</strong> <em>b</em> <code>c</code> <s>d</s></p>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("a & b < c", "<p>a &amp; b &lt; c</p>\n"),
        ("one  \ntwo", "<p>one<br>\ntwo</p>\n"),
        ("```sh\nls\n```", "<pre><code>ls\n</code></pre>\n"),
    ],
)
def test_text_is_marked_up(text: str, expected: str) -> None:
    assert html(text) == expected


def test_tables_are_tables() -> None:
    assert "<th>a</th>" in html("| a | b |\n|---|---|\n| 1 | 2 |")


def test_links_tell_nothing_about_the_page_they_are_on() -> None:
    assert html('[t](https://a.test/?b=1&c=2 "d")') == (
        '<p><a href="https://a.test/?b=1&amp;c=2" title="d" '
        'rel="noopener noreferrer nofollow">t</a></p>\n'
    )


def test_an_image_becomes_a_link() -> None:
    shown = html("![alt](https://elsewhere.test/pixel.png)")
    assert "<img" not in shown
    assert ">alt</a>" in shown


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick=alert(1)>b</b>",
        "<style>*{}</style>",
        "<iframe src=https://evil.test></iframe>",
        '<a href="javascript:alert(1)">a</a>',
        '<p style="position:fixed" class=c id=i>a</p>',
        "<form action=https://evil.test><input></form>",
        "<!-- alert -->",
    ],
)
def test_no_html_that_acts_gets_through(attack: str) -> None:
    shown = html(f"before {attack} after")
    for trace in (
        "script",
        "onerror",
        "onclick",
        "alert",
        "style",
        "class",
        "evil",
        "<!--",
        "<form",
    ):
        assert trace not in shown


def test_a_javascript_link_is_no_link() -> None:
    assert "href" not in html("[x](javascript:alert(1))")


def test_a_told_span_is_the_text_it_is() -> None:
    told = span.told(0, 1)
    assert html(told) == f"<p>{told}</p>\n"
