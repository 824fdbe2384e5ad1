"""Letters to subscribers: what they say, in the page's language and time zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.model.bulletin import Bulletin, Kind
from tocsin.model.page import Page
from tocsin.wire.letter_words import LETTER_WORDS, LetterWords

# What a letter shows in place of an issue's state: the bar beside its title, in sRGB since mail
# readers know nothing newer.
_GOOD, _BAD, _PLANNED = "#2f9e5b", "#d6453d", "#3b73d1"
_COLOURS = {
    Kind.RESOLVED: _GOOD,
    Kind.ENDED: _GOOD,
    Kind.ANNOUNCED: _PLANNED,
    Kind.RESCHEDULED: _PLANNED,
    Kind.STARTED: _PLANNED,
    Kind.CANCELLED: _PLANNED,
}


class Links(NamedTuple):
    """Where a letter leads: `page` is the page's address without final slash."""

    page: str
    manage: str
    stop: str


@dataclass(frozen=True)
class Letter:
    """A letter, as text and as HTML, if that is not empty. Letters with the same `thread` belong
    together."""

    subject: str
    text: str
    html: str
    thread: str | None = None


@dataclass(frozen=True)
class _Entry:
    word: str
    when: str
    text: str
    html: str


@dataclass(frozen=True)
class _Story:
    """One issue as a letter tells it: how it stands, and its new entries, newest first."""

    word: str
    title: str
    colour: str
    address: str
    affects: str
    window: str
    entries: tuple[_Entry, ...]


def invitation(page: Page, target: str, names: Sequence[str] | None, link: str) -> Letter:
    """Asks whether `target` wants to hear of the components so called; None: of all the page."""
    words = LETTER_WORDS[page.language]
    wanted = (
        words.confirm_all
        if names is None
        else words.confirm_some.format(names=_line(", ".join(names)))
    )
    asked = words.confirm_asked.format(target=target, name=_line(page.name))
    return _letter(
        "invitation",
        f"[{_line(page.name)}] {words.confirm_subject}",
        None,
        {"words": words, "page": page, "asked": asked, "wanted": wanted, "link": link},
    )


def news(
    page: Page, names: Mapping[str, str], bulletins: Sequence[Bulletin], links: Links
) -> Letter:
    """Tells of `bulletins`, oldest first; `names` are those of the page's components, by id.

    What happened to one issue is told together, and the issue that moved last comes first.
    """
    words = LETTER_WORDS[page.language]
    newest_first = sorted(bulletins, key=lambda bulletin: bulletin.id, reverse=True)
    about = list(dict.fromkeys(bulletin.issue.id for bulletin in newest_first))
    by_issue = groupby(
        sorted(newest_first, key=lambda bulletin: about.index(bulletin.issue.id)),
        key=lambda bulletin: bulletin.issue.id,
    )
    stories = [_story(list(told), page, names, words, links) for _, told in by_issue]
    because = words.because.format(name=_line(page.name))
    return _letter(
        "news",
        _subject(page, stories, words),
        f"issue-{about[0]}" if len(about) == 1 else None,
        {"words": words, "page": page, "stories": stories, "links": links, "because": because},
    )


def _letter(template: str, subject: str, thread: str | None, shown: Mapping[str, Any]) -> Letter:
    text = _environment().get_template(f"{template}.txt").render(shown)
    html = _environment().get_template(f"{template}.html").render(shown)
    return Letter(subject, text, html, thread)


def _subject(page: Page, stories: Sequence[_Story], words: LetterWords) -> str:
    first = f"[{_line(page.name)}] {stories[0].word}: {stories[0].title}"
    if len(stories) == 1:
        return first
    return words.and_more.format(subject=first, number=len(stories) - 1)


def _story(
    told: Sequence[Bulletin],
    page: Page,
    names: Mapping[str, str],
    words: LetterWords,
    links: Links,
) -> _Story:
    newest = told[0]
    issue = newest.issue
    window = ""
    if issue.starts_at is not None and issue.ends_at is not None:
        window = words.window.format(
            start=_when(issue.starts_at, page, words), end=_when(issue.ends_at, page, words)
        )
    return _Story(
        word=_word(newest, words),
        title=_line(issue.title),
        colour=_COLOURS.get(newest.kind, _BAD),
        address=f"{links.page}/issues/{issue.id}",
        affects=", ".join(name for one, name in names.items() if one in issue.component_ids),
        window=window,
        entries=tuple(_entry(bulletin, page, words) for bulletin in told),
    )


def _entry(bulletin: Bulletin, page: Page, words: LetterWords) -> _Entry:
    """What was said: by the update if there is one, else by the issue where it is made known."""
    said = bulletin.update
    if said is None and bulletin.kind in (Kind.CREATED, Kind.ANNOUNCED):
        body, html = bulletin.issue.body, bulletin.issue.body_html
    else:
        body, html = (said.body, said.body_html) if said else ("", "")
    return _Entry(_word(bulletin, words), _when(bulletin.at, page, words), body.strip(), html)


def _word(bulletin: Bulletin, words: LetterWords) -> str:
    """What happened, in the words of whoever reported it where these say more."""
    said: str | None = None
    if bulletin.kind is Kind.CREATED:
        said = bulletin.issue.label
    elif bulletin.kind is Kind.UPDATED and bulletin.update is not None:
        said = bulletin.update.label
    return words.labels.get(said or "", words.kinds[bulletin.kind])


def _when(at: int, page: Page, words: LetterWords) -> str:
    then = datetime.fromtimestamp(at, ZoneInfo(page.timezone))
    return words.when.format(
        day=then.day,
        month=words.months[then.month - 1],
        year=then.year,
        time=f"{then:%H:%M}",
        zone=then.tzname(),
    )


def _line(text: str) -> str:
    """The text on one line: what goes into a header cannot begin another one."""
    return " ".join(text.split())


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("tocsin.wire"),
        autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
