"""How the states of components add up."""

import pytest

from tocsin.model.component import State, effective, worst

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
