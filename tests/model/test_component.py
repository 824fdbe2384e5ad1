"""How the states of components add up."""

import pytest

from tocsin.model.component import State, effective, worst
from tocsin.model.severity import Severity

OPERATIONAL, DEGRADED, OUTAGE = State


def test_the_worst_wins() -> None:
    assert worst([DEGRADED, OUTAGE, OPERATIONAL]) is OUTAGE
    assert worst([OPERATIONAL, DEGRADED]) is DEGRADED


def test_nothing_is_operational() -> None:
    assert worst([]) is OPERATIONAL


@pytest.mark.parametrize(
    ("manual", "overrides", "state"),
    [
        (OUTAGE, [], OUTAGE),
        (OUTAGE, [OPERATIONAL], OPERATIONAL),
        (OPERATIONAL, [DEGRADED, OUTAGE, OPERATIONAL], OUTAGE),
    ],
)
def test_overrides_replace_the_manual_state(
    manual: State, overrides: list[State], state: State
) -> None:
    assert effective(manual, iter(overrides)) is state


@pytest.mark.parametrize(
    ("manual", "followed", "state"),
    [
        (OPERATIONAL, [Severity.INFO], OPERATIONAL),
        (OPERATIONAL, [Severity.WARNING, Severity.INFO], DEGRADED),
        (DEGRADED, [Severity.WARNING, Severity.CRITICAL], OUTAGE),
        (OUTAGE, [Severity.WARNING], OUTAGE),
    ],
)
def test_incidents_make_the_manual_state_worse(
    manual: State, followed: list[Severity], state: State
) -> None:
    assert effective(manual, [], iter(followed)) is state


def test_overrides_hide_incidents() -> None:
    assert effective(OPERATIONAL, [DEGRADED], [Severity.CRITICAL]) is DEGRADED
