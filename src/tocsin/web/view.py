"""What a status page shows, as plain values: no board, no clock, no HTML.

Two views are equal exactly when their pages are, apart from times relative to now.
"""

from dataclasses import dataclass
from enum import StrEnum


class Shown(StrEnum):
    """How something is shown: an icon, a word, a set of colours. Declared from calm to alarming."""

    NONE = "none"
    OPERATIONAL = "operational"
    MAINTENANCE = "maintenance"
    DEGRADED = "degraded"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component's row. `since` is when it got into its state (Unix seconds), None when fine."""

    id: str
    name: str
    description: str
    shown: Shown
    since: int | None


@dataclass(frozen=True, slots=True)
class GroupView:
    """Components under one name, or those that stand on the page by themselves (`name` is None)."""

    key: str
    name: str | None
    shown: Shown
    summary: str
    components: tuple[ComponentView, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One thing said about an issue: its own text or an update's. `html` is clean."""

    id: str
    label: str
    html: str
    at: int


@dataclass(frozen=True, slots=True)
class IssueView:
    """A standing issue, its entries newest first."""

    id: str
    title: str
    shown: Shown
    affects: tuple[str, ...]
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """A scheduled issue that has been announced and is not over. `html`, its own text, is clean."""

    id: str
    title: str
    in_progress: bool
    starts_at: int
    ends_at: int
    affects: tuple[str, ...]
    html: str
    updates: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """Is it you or is it me: the page in one sentence.

    `headline` is that sentence in a word, with the page's title. `more` is what the sentence leaves
    out. `since` is when the sentence became true, None when it always was. `changed_at` is the last
    change of anything shown, None when nothing ever changed.
    """

    shown: Shown
    headline: str
    sentence: str
    more: str | None
    since: int | None
    changed_at: int | None


@dataclass(frozen=True, slots=True)
class PageView:
    """A whole page."""

    slug: str
    title: str
    description: str
    timezone: str
    public: bool
    answer: AnswerView
    issues: tuple[IssueView, ...]
    maintenance: tuple[MaintenanceView, ...]
    groups: tuple[GroupView, ...]
