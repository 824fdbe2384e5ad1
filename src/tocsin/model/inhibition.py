"""Inhibition: one alert makes others beside the point."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tocsin.model import matcher
from tocsin.model.errors import invalid
from tocsin.model.matcher import Filter

# How long a source holds its targets back, from its last event, in seconds.
WITHIN: Final = 10 * 60
EQUAL_LIMIT: Final = 10

Facts = Mapping[str, str]


@dataclass(frozen=True)
class Inhibition:
    """While there is an alert that `source` is for, those that `target` is for are kept out of
    incidents, where the facts named in `equal` agree."""

    source: Filter
    target: Filter
    equal: tuple[str, ...] = ()


class Source(NamedTuple):
    """An alert that has neither recovered nor been acknowledged, and its latest event's time."""

    facts: Facts
    last_time: int


def check(inhibition: Inhibition, path: str) -> None:
    """Refuse (`invalid`, under `path`) filters that make no sense or are for everything."""
    for name in ("source", "target"):
        filter_ = getattr(inhibition, name)
        if not filter_:
            raise invalid(f"{path}.{name}", "has to say which alerts")
        matcher.check(filter_, f"{path}.{name}")
    if len(inhibition.equal) > EQUAL_LIMIT:
        raise invalid(f"{path}.equal", f"must be at most {EQUAL_LIMIT}")


def inhibits(inhibition: Inhibition, facts: Facts, sources: Iterable[Source], now: int) -> bool:
    """Whether a new alert with these facts is held back at `now` (Unix seconds). A fact that both
    lack agrees. An alert never holds itself back: it is not among the sources."""
    if not matcher.matches(inhibition.target, facts):
        return False
    return any(_holds_back(inhibition, source, facts, now) for source in sources)


def _holds_back(inhibition: Inhibition, source: Source, facts: Facts, now: int) -> bool:
    if now - source.last_time > WITHIN:
        return False
    agree = all(source.facts.get(name) == facts.get(name) for name in inhibition.equal)
    return agree and matcher.matches(inhibition.source, source.facts)
