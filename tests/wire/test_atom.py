"""The Atom feed, as an independent reader reads it."""

from typing import Any
from xml.etree.ElementTree import fromstring

import feedparser
import pytest
from tests.reports import ADDRESS, closed, over, reported, said
from tests.web.sample import BORN, HOUR, MINUTE, NOW, board, issue, page, work

from tocsin.model.issue import IssueLabel, UpdateLabel
from tocsin.model.page import Language
from tocsin.model.report import Report, report
from tocsin.wire import atom


def words(label: str | None) -> str:
    return (label or "update").upper()


def read(made: Report) -> Any:
    parsed = feedparser.parse(atom.feed(made, "Acme status", words))
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def entry(made: Report) -> Any:
    (one,) = read(made).entries
    return one


def test_a_feed_says_whose_it_is() -> None:
    feed = read(reported(description="How we are doing", language=Language.GERMAN)).feed
    assert feed.id == "urn:tocsin:page:p0"
    assert feed.title == "Acme status"
    assert feed.subtitle == "How we are doing"
    assert feed.author == "Acme"
    assert feed.language == "de"
    assert {(link.rel, link.href, link.type) for link in feed.links} == {
        ("self", f"{ADDRESS}/feed.atom", "application/atom+xml"),
        ("alternate", f"{ADDRESS}/", "text/html"),
    }


def test_a_feed_of_nothing_is_as_old_as_its_page() -> None:
    parsed = read(report(board(page()), "main", ADDRESS))
    assert parsed.entries == []
    assert parsed.feed.updated == "2026-08-23T14:25:30Z"
    assert "subtitle" not in parsed.feed


def test_an_entry_has_all_that_was_said_newest_first() -> None:
    about = issue(
        "i1",
        "Checkout fails",
        "c2",
        "c1",
        body_html="<p>We are <em>looking</em>.</p>\n",
        updates=(
            said("u2", NOW, UpdateLabel.MONITORING, "Fixed, we think."),
            said("u1", NOW - 5 * MINUTE, None, "Still at it."),
        ),
    )
    told = entry(reported(about, timezone="Europe/Berlin"))
    assert told.id == "urn:tocsin:issue:i1"
    assert told.title == "Checkout fails"
    assert told.link == f"{ADDRESS}/issues/i1"
    assert told.published == "2026-11-21T14:02:30Z"
    assert told.updated == "2026-11-21T14:25:30Z"
    assert [(tag.term, tag.label) for tag in told.tags] == [("investigating", "INVESTIGATING")]
    (content,) = told.content
    assert content.type == "text/html"
    assert content.value.splitlines() == [
        "<p>Website, Checkout</p>",
        "<p><strong>MONITORING</strong> · 2026-11-21 15:25 CET</p>",
        "<p>Fixed, we think.</p>",
        "<p><strong>UPDATE</strong> · 2026-11-21 15:20 CET</p>",
        "<p>Still at it.</p>",
        "<p><strong>INVESTIGATING</strong> · 2026-11-21 15:02 CET</p>",
        "<p>We are <em>looking</em>.</p>",
    ]


def test_maintenance_says_when_it_is() -> None:
    told = entry(reported(work("i1", "Upgrade", "c1")))
    assert "<p>2026-11-22 02:25 UTC – 2026-11-22 04:25 UTC</p>" in told.content[0].value


def test_what_left_the_page_is_not_named() -> None:
    told = entry(reported(told=[issue("i1", "", "elsewhere")]))
    assert told.content[0].value.startswith("<p><strong>INVESTIGATING</strong>")


def test_an_issue_without_a_label_has_no_category() -> None:
    assert "tags" not in entry(reported(issue("i1", "", "c1", label=None)))


def test_what_changed_last_comes_first_and_dates_the_feed() -> None:
    made = reported(
        issue("i1", "Old, but spoken of", "c1", created_at=BORN, updates=(said("u1", NOW),)),
        issue("i2", "New", "c1", created_at=NOW - HOUR, began_at=NOW - HOUR),
        told=[closed("i3", ago=MINUTE), over("i4")],
    )
    parsed = read(made)
    assert [one.id[-2:] for one in parsed.entries] == ["i1", "i3", "i2", "i4"]
    assert parsed.feed.updated == "2026-11-21T14:25:30Z"


def test_a_feed_has_an_end() -> None:
    made = reported(told=[closed(f"i{number:03}", ago=number) for number in range(60)])
    parsed = read(made)
    assert len(parsed.entries) == 50
    assert parsed.entries[0].id.endswith("i000")


def test_ids_stay_whatever_the_page_is_called_and_wherever_it_is() -> None:
    about = issue("i1", "", "c1")
    moved = report(board(page(name="New", slug="new"), issues=(about,)), "new", "https://new.test")
    assert read(moved).feed.id == read(reported(about)).feed.id


@pytest.mark.parametrize("title", ["<b>&amp; “quoted”", "a\x1bb\x00\uffff", "🚨 世界"])
def test_whatever_people_write_stays_text(title: str) -> None:
    made = reported(issue("i1", title, "c1", label=IssueLabel.IDENTIFIED), name=title)
    root = fromstring(atom.feed(made, title, words))
    written = root.findtext("{*}entry/{*}title")
    assert written == root.findtext("{*}title") == root.findtext("{*}author/{*}name")
    assert written is not None
    assert [one for one in written if one != "\ufffd"] == [
        one for one in title if one not in "\x1b\x00\uffff"
    ]
