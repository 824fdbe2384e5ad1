"""The words of the status page in every language: a JSON file each, read into one typed table, so
that a word which is missing or unknown in any language stops the program before a reader sees it.
"""

from importlib.resources import files

import msgspec

from tocsin.model.page import Language

# For one thing, and for any other number of them.
Plural = tuple[str, str]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the table: every word is there, and no other."""


class Units(_Table, frozen=True):
    """A length of time; `moments` is one below a minute."""

    moments: str
    minutes: Plural
    hours: Plural
    days: Plural


class Times(_Table, frozen=True):
    """Of dates and spans; `off` are the units after "in" and before "ago"."""

    months: tuple[str, ...]
    months_short: tuple[str, ...]
    weekdays: tuple[str, ...]
    day: str
    date: str
    date_year: str
    on_weekday: str
    at: str
    month_year: str
    until: str
    span: Units
    off: Units
    ago: str
    ahead: str
    just_now: str
    in_your_zone: str


class Live(_Table, frozen=True):
    """What the script says of the connection."""

    live: str
    last_change: str
    reconnecting: str


class Bars(_Table, frozen=True):
    """What the script says of a day that is pointed at."""

    outage: str
    degraded: str
    so_far: str
    quiet: str
    unknown: str
    days: Plural
    open: str


class States(_Table, frozen=True):
    """How something is shown, in a word."""

    none: str
    operational: str
    maintenance: str
    degraded: str
    outage: str


class Labels(_Table, frozen=True):
    """The labels of issues and updates; `update` is for what has none."""

    assessed: str
    identified: str
    informational: str
    investigating: str
    maintenance: str
    monitoring: str
    resolved: str
    addendum: str
    cancelled: str
    update: str


class Answer(_Table, frozen=True):
    """The page in a sentence."""

    title: str
    operational: str
    maintenance: str
    none: str
    outage_of: str
    are_degraded: Plural
    maintenance_of: str
    issues_open: Plural
    since: str
    since_for: str
    as_of: str
    latest: str


class List(_Table, frozen=True):
    """Some names, and how many they are the first of."""

    two: str
    more: str


class Groups(_Table, frozen=True):
    """What of a group is not fine."""

    outages: Plural
    degraded: Plural
    maintenance: Plural


class PageWords(_Table, frozen=True):
    """Headings, captions and links of the status page."""

    skip: str
    issues: str
    maintenance: str
    components: str
    affects: str
    in_progress: str
    ends: str
    starts: str
    takes: str
    add_to_calendar: str
    days_ago: Plural
    today: str
    decimal: str
    uptime: str
    bars: Plural
    bars_trouble: Plural
    bars_quiet: str
    bars_uptime: str
    recent: Plural
    quiet_day: str
    quiet_days: str
    zone: str
    history: str
    atom: str
    calendar: str
    json: str
    colours: str
    auto: str
    light: str
    dark: str
    links: str


class Subscribe(_Table, frozen=True):
    """The ways to be told."""

    subscribe: str
    about: str
    by_email: str
    address: str
    by_webhook: str
    url: str
    send: str
    no_email: str
    by_feed: str
    atom: str
    calendar: str
    which: str
    all: str
    some: str


class Past(_Table, frozen=True):
    """The page of another time."""

    band: str
    back: str


class History(_Table, frozen=True):
    """The pages of months and days."""

    title: str
    title_of: str
    back: str
    newer: str
    older: str
    days: str
    nothing: str
    nothing_yet: str
    nothing_that_day: str
    components: str
    fine: str
    ongoing: str
    planned: str
    cancelled: str
    information: str
    lasted: str
    began: str
    day_label: str


class IssueWords(_Table, frozen=True):
    """The page of an issue."""

    standing: str
    resolved: str
    noted: str
    announced: str
    underway: str
    over: str
    cancelled: str
    planned_for: str
    timeline: str
    previous: str
    next: str


class Embed(_Table, frozen=True):
    """On other sites."""

    waiting: str


class Refusals(_Table, frozen=True):
    """Why there is no page, and what to do."""

    not_found: Plural
    unauthorized: Plural
    method_not_allowed: Plural
    invalid: Plural
    too_old: Plural
    unavailable: Plural


class Words(_Table, frozen=True):
    """All words of one language."""

    times: Times
    live: Live
    bars: Bars
    states: States
    labels: Labels
    answer: Answer
    list: List
    groups: Groups
    page: PageWords
    subscribe: Subscribe
    past: Past
    history: History
    issue: IssueWords
    embed: Embed
    refusals: Refusals


def counted(plural: Plural, number: int, **given: object) -> str:
    """The form for `number`, with it filled in as `n`."""
    return plural[number != 1].format(n=number, **given)


def _load(language: Language) -> Words:
    table = (files("tocsin.web.words") / f"{language}.json").read_bytes()
    return msgspec.json.decode(table, type=Words)


WORDS = {language: _load(language) for language in Language}
