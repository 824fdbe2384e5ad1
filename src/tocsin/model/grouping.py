"""Grouping: which open incident of its channel a new alert joins."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple, assert_never

from tocsin.model.errors import invalid
from tocsin.model.incident import GroupMethod

DIMENSIONS_LIMIT: Final = 5
ALERTS_LIMIT: Final = 5_000
COMPARED: Final = ("title", "description", "labels.service", "labels.resource")
WINDOW_LIMIT: Final = 30 * 24 * 3_600
KEY_LIMIT: Final = 128

Facts = Mapping[str, str]

# How alike two texts are, 0 to 1.
Similarity = Callable[[str, str], float]


class Since(StrEnum):
    """From when a window counts."""

    TRIGGER = "trigger"
    MERGE = "merge"


@dataclass(frozen=True)
class Grouping:
    """How a channel groups. `equal` are the facts that pattern grouping compares, `threshold` how
    alike intelligent grouping wants alerts. `window_s` 0: until the incident is closed."""

    method: GroupMethod = GroupMethod.NONE
    equal: tuple[str, ...] = ()
    strict: bool = False
    threshold: float = 0.9
    window_s: int = 0
    since: Since = Since.TRIGGER


class Candidate(NamedTuple):
    """An open incident of the channel: the key it was made with, the facts of its first alert, when
    it was triggered and when an alert last joined it (Unix seconds)."""

    incident_id: str
    key: str
    facts: Facts
    triggered_at: int
    merged_at: int
    alert_cnt: int


def check(grouping: Grouping, path: str = "grouping") -> None:
    """Refuse (`invalid`, under `path`) what no channel can have."""
    names = grouping.equal
    if len(names) > DIMENSIONS_LIMIT or len(set(names)) < len(names):
        raise invalid(f"{path}.equal", f"must be at most {DIMENSIONS_LIMIT} different ones")
    if grouping.method is GroupMethod.PATTERN and not names:
        raise invalid(f"{path}.equal", "has to name what alerts have in common")
    if not all(1 <= len(name) <= KEY_LIMIT for name in names):
        raise invalid(f"{path}.equal", f"each must be 1 to {KEY_LIMIT} characters")
    if not 0.5 <= grouping.threshold <= 1:
        raise invalid(f"{path}.threshold", "must be 0.5 to 1")
    if not 0 <= grouping.window_s <= WINDOW_LIMIT:
        raise invalid(f"{path}.window_s", f"must be 0 to {WINDOW_LIMIT}")


def key(grouping: Grouping, facts: Facts) -> str:
    """32 hex digits that alerts which belong together by pattern have in common, and others have
    not; empty where nothing brings them together: another method, or a fact that is missing where
    that is strict."""
    if grouping.method is not GroupMethod.PATTERN:
        return ""
    values = [facts.get(name) for name in grouping.equal]
    if grouping.strict and not all(values):
        return ""
    common = json.dumps([grouping.equal, [value or None for value in values]])
    return sha256(common.encode()).hexdigest()[:32]


def choose(
    grouping: Grouping,
    facts: Facts,
    candidates: Iterable[Candidate],
    now: int,
    similarity: Similarity,
) -> str | None:
    """The incident that a new alert with these facts joins; None when it makes one of its own. Of
    several the most alike, then the first given."""
    within = (one for one in candidates if _takes_more(grouping, one, now))
    match grouping.method:
        case GroupMethod.NONE:
            return None
        case GroupMethod.PATTERN:
            mine = key(grouping, facts)
            return next((one.incident_id for one in within if mine and one.key == mine), None)
        case GroupMethod.INTELLIGENT:
            rated = [(likeness(facts, one.facts, similarity), one.incident_id) for one in within]
            best = max(rated, key=lambda one: one[0], default=(0.0, None))
            return best[1] if best[0] >= grouping.threshold else None
        case _:
            assert_never(grouping.method)


def likeness(one: Facts, other: Facts, similarity: Similarity) -> float:
    """How alike two alerts are, 0 to 1: the mean over the facts that either has."""
    pairs = [(one.get(name, ""), other.get(name, "")) for name in COMPARED]
    told = [similarity(*pair) for pair in pairs if any(pair)]
    return sum(told) / len(told) if told else 0.0


def _takes_more(grouping: Grouping, one: Candidate, now: int) -> bool:
    since = one.triggered_at if grouping.since is Since.TRIGGER else one.merged_at
    within = grouping.window_s == 0 or now - since < grouping.window_s
    return within and one.alert_cnt < ALERTS_LIMIT
