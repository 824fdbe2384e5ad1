"""Channels: where the alerts of one concern come together, and the rules by which they do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tocsin.model import assignment, custom_field, flapping, grouping, inhibition, silence, storm
from tocsin.model.assignment import Rule
from tocsin.model.custom_field import Fields
from tocsin.model.errors import invalid
from tocsin.model.flapping import Flapping
from tocsin.model.grouping import Grouping
from tocsin.model.inhibition import Inhibition
from tocsin.model.silence import Silence

SILENCES_LIMIT: Final = 100
INHIBITIONS_LIMIT: Final = 50
CLOSE_AFTER_S: Final = range(30 * 86_400 + 1)


@dataclass(frozen=True)
class Rules:
    """How a channel is called and what it does. `close_after_s` 0: incidents without new alerts are
    never closed for that; `flapping` None: nothing is told to flap. The clocks that weekly silences
    go by are those of `timezone`."""

    name: str
    timezone: str = "UTC"
    grouping: Grouping = field(default_factory=Grouping)
    storm_thresholds: tuple[int, ...] = ()
    close_on_recovery: bool = True
    close_after_s: int = 0
    assignment: tuple[Rule, ...] = ()
    silences: tuple[Silence, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    flapping: Flapping | None = field(default_factory=Flapping)
    fields: Fields = ()


@dataclass(frozen=True, kw_only=True)
class Channel(Rules):
    """A channel, by its number."""

    id: int
    created_at: int


def check(rules: Rules) -> None:
    """Refuse (`invalid`) rules that make no sense. Whether people exist is for others to know."""
    grouping.check(rules.grouping)
    storm.check(rules.storm_thresholds)
    if rules.close_after_s not in CLOSE_AFTER_S:
        raise invalid("close_after_s", f"must be 0 to {CLOSE_AFTER_S[-1]}")
    assignment.check(rules.assignment)
    _check_silences(rules)
    _check_inhibitions(rules)
    if rules.flapping is not None:
        flapping.check(rules.flapping)
    custom_field.check(rules.fields)


def person_ids(rules: Rules) -> Iterator[tuple[str, int]]:
    """Everybody whom the rules name, each with the path of the field that does."""
    for rule_at, rule in enumerate(rules.assignment):
        for level_at, level in enumerate(rule.levels):
            for at, person_id in enumerate(level.person_ids):
                yield f"assignment.{rule_at}.levels.{level_at}.person_ids.{at}", person_id


def _check_silences(rules: Rules) -> None:
    if len(rules.silences) > SILENCES_LIMIT:
        raise invalid("silences", f"must be at most {SILENCES_LIMIT}")
    for at, one in enumerate(rules.silences):
        silence.check(one, f"silences.{at}")


def _check_inhibitions(rules: Rules) -> None:
    if len(rules.inhibitions) > INHIBITIONS_LIMIT:
        raise invalid("inhibitions", f"must be at most {INHIBITIONS_LIMIT}")
    for at, one in enumerate(rules.inhibitions):
        inhibition.check(one, f"inhibitions.{at}")
