"""What a status page shows, as plain values: no board, no clock, no HTML.

Two views are equal exactly when their pages are, apart from times relative to now.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tocsin.model.page import Language, Link


class Shown(StrEnum):
    """How something is shown: an icon, a word, a set of colours. Declared from calm to alarming."""

    NONE = "none"
    OPERATIONAL = "operational"
    MAINTENANCE = "maintenance"
    DEGRADED = "degraded"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class DayView:
    """One of a component's days of which there is something to say. `ago` counts back from today.

    `shown` is the worst of it, `down` and `degraded` are the seconds spent so; to which those are
    to be added of what goes on `since` (Unix seconds), if anything does. `issues` are places in the
    page's `day_issues`.
    """

    ago: int
    shown: Shown
    down: int
    degraded: int
    goes_on: Shown
    since: int | None
    issues: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BarsView:
    """A component's days. All that are not in `days`, oldest first, were quiet, except for those
    before the last `known` ones. `uptime` is the share of all and of the last 30 days without
    outage, in percent; None where the page does not tell."""

    known: int
    days: tuple[DayView, ...]
    uptime: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component's row. `since` is when it got into its state (Unix seconds), None when fine.
    `bars` are None where the page draws none."""

    id: str
    name: str
    description: str
    shown: Shown
    since: int | None
    bars: BarsView | None = None


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
class PastIssueView:
    """An issue in a list, in short. `note` says what its times do not, such as that it was
    cancelled; `until_at` is None while its end is open."""

    id: str
    title: str
    shown: Shown
    note: str | None
    from_at: int
    until_at: int | None
    affects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TroubleView:
    """A component that was not fine on some day without any issue that says so: for `seconds`, and
    what passed `since` then if that is still so."""

    name: str
    shown: Shown
    seconds: int
    since: int | None


@dataclass(frozen=True, slots=True)
class PastDayView:
    """A day on which something happened, the newest first; or, without, a run of quiet days from
    `first` to `last`."""

    first: date
    last: date
    issues: tuple[PastIssueView, ...]
    troubles: tuple[TroubleView, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened."""
        return not self.issues and not self.troubles


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
class Look:
    """What is the same on all of a page's documents. `logo` is the digest of one; `listed`: search
    engines may list them. `text_above` and `text_below` are clean HTML."""

    slug: str
    title: str
    name: str
    description: str
    timezone: str
    language: Language
    public: bool
    listed: bool
    logo: str | None
    accent: str | None
    links: tuple[Link, ...]
    text_above: str
    text_below: str


@dataclass(frozen=True, slots=True)
class PageView:
    """The status page of the day `today`. `bar_days` are the days that its bars show; `day_issues`
    the id and title of each issue that they tell of."""

    look: Look
    today: date
    bar_days: int
    answer: AnswerView
    issues: tuple[IssueView, ...]
    maintenance: tuple[MaintenanceView, ...]
    groups: tuple[GroupView, ...]
    day_issues: tuple[tuple[str, str], ...]
    past: tuple[PastDayView, ...]
