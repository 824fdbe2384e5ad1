"""The words of the status page, in one place."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tocsin.web.view import Shown

Names = Mapping[Shown, Sequence[str]]  # which components are shown how, in page order

STATE_WORDS: dict[Shown, str] = {
    Shown.OPERATIONAL: "Operational",
    Shown.MAINTENANCE: "Maintenance",
    Shown.DEGRADED: "Degraded",
    Shown.OUTAGE: "Outage",
}

_LABELS = {
    "assessed": "Assessed",
    "identified": "Identified",
    "informational": "Information",
    "investigating": "Investigating",
    "maintenance": "Maintenance",
    "monitoring": "Monitoring",
    "resolved": "Resolved",
    "addendum": "Addendum",
    "cancelled": "Cancelled",
}


def label(name: str | None) -> str:
    """An issue's or update's label as a human says it; what is said without one is an update."""
    return _LABELS[name] if name else "Update"


def title(page_name: str) -> str:
    """What the page is called in a tab or a chat: its name, which need not say "status" itself."""
    return page_name if "status" in page_name.lower() else f"{page_name} status"


def headline(shown: Shown, page_title: str) -> str:
    """The document's title, which carries the state: "Outage · Acme status"."""
    return page_title if shown is Shown.NONE else f"{STATE_WORDS[shown]} · {page_title}"


def sentence(shown: Shown, names: Names) -> str:
    """The answer, named after what is affected."""
    match shown:
        case Shown.OUTAGE:
            return f"Outage of {_few(names[Shown.OUTAGE])}"
        case Shown.DEGRADED:
            return _degraded(names)
        case Shown.MAINTENANCE:
            return "Maintenance in progress"
        case Shown.OPERATIONAL:
            return "All systems operational"
        case Shown.NONE:
            return "Nothing to report yet"


def more(shown: Shown, names: Names, open_issues: int) -> str | None:
    """What the answer left out: lesser trouble, maintenance, issues that change no state."""
    parts = []
    if shown is Shown.OUTAGE and names[Shown.DEGRADED]:
        parts.append(_degraded(names))
    if shown is not Shown.OPERATIONAL and names[Shown.MAINTENANCE]:
        parts.append(f"Maintenance of {_few(names[Shown.MAINTENANCE])}")
    if shown is Shown.OPERATIONAL and open_issues:
        parts.append("1 issue is open" if open_issues == 1 else f"{open_issues} issues are open")
    return " · ".join(parts) or None


def group_summary(shown: Iterable[Shown]) -> str:
    """A group in few words: "Operational", or what of it is not: "1 outage, 2 degraded"."""
    counts = Counter(shown)
    troubles = [
        f"{counts[state]} {one if counts[state] == 1 else several}"
        for state, one, several in (
            (Shown.OUTAGE, "outage", "outages"),
            (Shown.DEGRADED, "degraded", "degraded"),
            (Shown.MAINTENANCE, "in maintenance", "in maintenance"),
        )
        if counts[state]
    ]
    return ", ".join(troubles) or STATE_WORDS[Shown.OPERATIONAL]


def _degraded(names: Names) -> str:
    affected = names[Shown.DEGRADED]
    return f"{_few(affected)} {'is' if len(affected) == 1 else 'are'} degraded"


def _few(affected: Sequence[str]) -> str:
    if len(affected) <= 2:
        return " and ".join(affected)
    return f"{affected[0]} and {len(affected) - 1} more"
