"""A page's issues as an Atom feed (RFC 4287): one entry an issue, with all that was said of it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from tocsin.model.issue import Issue, IssueLabel, UpdateLabel
from tocsin.model.report import Report, last_change
from tocsin.wire.plain_text import plain

MEDIA_TYPE = "application/atom+xml; charset=utf-8"

# How many entries a feed has.
RECENT = 50

# What a label is called in the page's language; None is what is said without one.
Words = Callable[[IssueLabel | UpdateLabel | None], str]


def feed(report: Report, title: str, words: Words) -> bytes:
    """The feed called `title`: the issues that last changed, newest change first.

    Ids stay the same for good, whatever the page is called and wherever it moves.
    """
    page, latest = report.page, sorted(report.issues, key=last_change, reverse=True)[:RECENT]
    root = Element(
        "feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": page.language.value}
    )
    _text(root, "id", f"urn:tocsin:page:{page.id}")
    _text(root, "title", title)
    if page.description:
        _text(root, "subtitle", page.description)
    _link(root, "self", f"{report.address}/feed.atom", "application/atom+xml")
    _link(root, "alternate", f"{report.address}/", "text/html")
    _text(root, "updated", _time(max([page.created_at, *map(last_change, latest)])))
    _text(SubElement(root, "author"), "name", page.name)
    where = ZoneInfo(page.timezone)
    for issue in latest:
        root.append(_entry(report, issue, words, where))
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(report: Report, issue: Issue, words: Words, where: tzinfo) -> Element:
    entry = Element("entry")
    _text(entry, "id", f"urn:tocsin:issue:{issue.id}")
    _text(entry, "title", issue.title)
    _link(entry, "alternate", report.issue_address(issue), "text/html")
    _text(entry, "published", _time(issue.created_at))
    _text(entry, "updated", _time(last_change(issue)))
    if issue.label is not None:
        SubElement(entry, "category", term=issue.label.value, label=words(issue.label))
    content = SubElement(entry, "content", type="html")
    content.text = plain("".join(_content(report, issue, words, where)))
    return entry


def _content(report: Report, issue: Issue, words: Words, where: tzinfo) -> Iterable[str]:
    """What is affected and when; then what was said, newest first."""
    names = ", ".join(one.name for one in report.components_of(issue))
    if names:
        yield f"<p>{escape(names)}</p>\n"
    if issue.starts_at is not None and issue.ends_at is not None:
        yield f"<p>{_clock(issue.starts_at, where)} – {_clock(issue.ends_at, where)}</p>\n"
    for update in issue.updates:
        yield _said(words(update.label), update.body_html, update.created_at, where)
    yield _said(words(issue.label), issue.body_html, issue.created_at, where)


def _said(label: str, html: str, at: int, where: tzinfo) -> str:
    return f"<p><strong>{escape(label)}</strong> · {_clock(at, where)}</p>\n{html}"


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = plain(text)


def _link(parent: Element, rel: str, href: str, media_type: str) -> None:
    SubElement(parent, "link", rel=rel, href=href, type=media_type)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(at: int, where: tzinfo) -> str:
    """As ISO 8601 writes it for humans of every language: "2026-11-21 14:02 CET"."""
    return datetime.fromtimestamp(at, where).strftime("%Y-%m-%d %H:%M %Z")
