"""The sentences of the status page, made of the words of one language."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tocsin.web.view import Shown
from tocsin.web.words import Words, counted

Names = Mapping[Shown, Sequence[str]]  # which components are shown how, in page order


def state(words: Words, shown: Shown) -> str:
    """How something is shown, in a word."""
    word: str = getattr(words.states, shown)
    return word


def label(words: Words, name: str | None) -> str:
    """An issue's or update's label as a human says it; what is said without one is an update."""
    word: str = getattr(words.labels, name or "update")
    return word


def title(words: Words, page_name: str) -> str:
    """What the page is called in a tab or a chat: its name, which need not say "status" itself."""
    if "status" in page_name.lower():
        return page_name
    return words.answer.title.format(name=page_name)


def headline(words: Words, shown: Shown, page_title: str) -> str:
    """The document's title, which carries the state: "Outage · Acme status"."""
    return page_title if shown is Shown.NONE else f"{state(words, shown)} · {page_title}"


def sentence(words: Words, shown: Shown, names: Names) -> str:
    """The answer, named after what is affected."""
    match shown:
        case Shown.OUTAGE:
            return words.answer.outage_of.format(names=_few(words, names[Shown.OUTAGE]))
        case Shown.DEGRADED:
            return _degraded(words, names)
        case Shown.MAINTENANCE:
            return words.answer.maintenance
        case Shown.OPERATIONAL:
            return words.answer.operational
        case Shown.NONE:
            return words.answer.none


def more(words: Words, shown: Shown, names: Names, open_issues: int) -> str | None:
    """What the answer left out: lesser trouble, maintenance, issues that change no state."""
    parts = []
    if shown is Shown.OUTAGE and names[Shown.DEGRADED]:
        parts.append(_degraded(words, names))
    if shown is not Shown.OPERATIONAL and names[Shown.MAINTENANCE]:
        affected = _few(words, names[Shown.MAINTENANCE])
        parts.append(words.answer.maintenance_of.format(names=affected))
    if shown is Shown.OPERATIONAL and open_issues:
        parts.append(counted(words.answer.issues_open, open_issues))
    return " · ".join(parts) or None


def group_summary(words: Words, shown: Iterable[Shown]) -> str:
    """A group in few words: "Operational", or what of it is not: "1 outage, 2 degraded"."""
    counts = Counter(shown)
    troubles = [
        counted(plural, counts[kind])
        for kind, plural in (
            (Shown.OUTAGE, words.groups.outages),
            (Shown.DEGRADED, words.groups.degraded),
            (Shown.MAINTENANCE, words.groups.maintenance),
        )
        if counts[kind]
    ]
    return ", ".join(troubles) or words.states.operational


def _degraded(words: Words, names: Names) -> str:
    affected = names[Shown.DEGRADED]
    return counted(words.answer.are_degraded, len(affected), names=_few(words, affected))


def _few(words: Words, affected: Sequence[str]) -> str:
    if len(affected) == 1:
        return affected[0]
    if len(affected) == 2:
        return words.list.two.format(first=affected[0], second=affected[1])
    return words.list.more.format(first=affected[0], n=len(affected) - 1)
