"""The states of components and pages, and how they add up."""

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """How well something works. Declared from best to worst."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    OUTAGE = "outage"


_BADNESS = {state: badness for badness, state in enumerate(State)}


def worst(states: Iterable[State]) -> State:
    """The worst of `states`; operational without any."""
    return max(states, key=_BADNESS.__getitem__, default=State.OPERATIONAL)


def effective(manual: State, overrides: Iterable[State]) -> State:
    """A component's state: the worst override of its standing issues if any, else the manual one."""
    given = list(overrides)
    return worst(given) if given else manual
