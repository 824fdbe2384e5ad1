"""The states of components and pages, and how they add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.severity import Severity


class State(StrEnum):
    """How well something works. Declared from best to worst."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    OUTAGE = "outage"


_BADNESS = {state: badness for badness, state in enumerate(State)}


def worst(states: Iterable[State]) -> State:
    """The worst of `states`; operational without any."""
    return max(states, key=_BADNESS.__getitem__, default=State.OPERATIONAL)


@dataclass(frozen=True)
class Component:
    """Something that works more or less well. `state` is the effective one."""

    id: str
    name: str
    description: str
    state: State
    manual_state: State
    follow_incidents: bool
    created_at: int


_OF_SEVERITY = {
    Severity.CRITICAL: State.OUTAGE,
    Severity.WARNING: State.DEGRADED,
    Severity.INFO: State.OPERATIONAL,
}


def of_severity(severity: Severity) -> State:
    """What an open incident makes of a component that follows it."""
    return _OF_SEVERITY[severity]


def effective(
    manual: State, overrides: Iterable[State], followed: Iterable[Severity] = ()
) -> State:
    """A component's state: the worst override of its standing issues, else the worst of the manual
    one and of the open incidents that it follows."""
    given = list(overrides)
    return worst(given) if given else worst([manual, *map(of_severity, followed)])
