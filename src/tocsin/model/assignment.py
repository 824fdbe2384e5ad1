"""Assignment: to whom a channel gives its incidents, and to whom next if nobody takes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tocsin.model import matcher
from tocsin.model.errors import invalid
from tocsin.model.incident import Incident, Progress
from tocsin.model.matcher import Filter

RULES_LIMIT: Final = 50
LEVELS_LIMIT: Final = 6
PEOPLE_LIMIT: Final = 50
DELAY_LIMIT: Final = 3_600
MINUTES: Final = range(1, 1_441)


@dataclass(frozen=True)
class Level:
    """Some people, and after how many minutes without an ack the next level's are asked."""

    person_ids: tuple[int, ...]
    after_minutes: int = 30


@dataclass(frozen=True)
class Rule:
    """The people of the first level are asked `delay_s` after the incident began."""

    filter: Filter
    levels: tuple[Level, ...]
    delay_s: int = 0


@dataclass(frozen=True)
class Escalation:
    """How far asking has come: the levels still to be asked, which of all the first of them is
    (from 1), how long that one waits, in seconds, and when it is due (Unix seconds); 0 while asking
    rests."""

    levels: tuple[Level, ...]
    number: int
    wait_s: int
    due_at: int


def check(rules: tuple[Rule, ...], path: str = "assignment") -> None:
    """Refuse (`invalid`, under `path`) too much of anything, and levels without people."""
    if len(rules) > RULES_LIMIT:
        raise invalid(path, f"at most {RULES_LIMIT} rules")
    for at, rule in enumerate(rules):
        _check(rule, f"{path}.{at}")


def begin(rules: Iterable[Rule], facts: Mapping[str, str], now: int) -> Escalation | None:
    """What happens to a new incident with these facts: the first rule that is for it; None when
    nobody is asked."""
    for rule in rules:
        if matcher.matches(rule.filter, facts):
            return Escalation(rule.levels, 1, rule.delay_s, now + rule.delay_s)
    return None


def facts(incident: Incident) -> dict[str, str]:
    """What rules see of an incident that people made: of an alert they see more."""
    return {
        "severity": incident.severity.value,
        "status": incident.status.value,
        "title": incident.title,
        "description": incident.description,
    }


def ask(escalation: Escalation, now: int) -> tuple[Level, Escalation | None]:
    """The level that is due, and what comes after it; None when it was the last."""
    level, *rest = escalation.levels
    if not rest:
        return level, None
    wait_s = 60 * level.after_minutes
    return level, Escalation(tuple(rest), escalation.number + 1, wait_s, now + wait_s)


def waits(incident: Incident) -> bool:
    """Whether the next people are to be asked in their time: nobody has acknowledged, snoozed or
    closed the incident."""
    return incident.progress is Progress.TRIGGERED


def follow(escalation: Escalation, incident: Incident, now: int) -> Escalation:
    """Asking rests while somebody works on the incident, or it is closed. If it is left alone
    again, the next people are asked after as long a wait as they had before them."""
    if not waits(incident):
        return replace(escalation, due_at=0)
    return replace(escalation, due_at=escalation.due_at or now + escalation.wait_s)


def _check(rule: Rule, path: str) -> None:
    matcher.check(rule.filter, f"{path}.filter")
    if not 0 <= rule.delay_s <= DELAY_LIMIT:
        raise invalid(f"{path}.delay_s", f"must be 0 to {DELAY_LIMIT}")
    if not 1 <= len(rule.levels) <= LEVELS_LIMIT:
        raise invalid(f"{path}.levels", f"must be 1 to {LEVELS_LIMIT}")
    for at, level in enumerate(rule.levels):
        _check_level(level, f"{path}.levels.{at}")


def _check_level(level: Level, path: str) -> None:
    count = len(level.person_ids)
    if not 1 <= count <= PEOPLE_LIMIT or len(set(level.person_ids)) < count:
        raise invalid(f"{path}.person_ids", f"must be 1 to {PEOPLE_LIMIT} different people")
    if level.after_minutes not in MINUTES:
        raise invalid(f"{path}.after_minutes", f"must be {MINUTES[0]} to {MINUTES[-1]}")
