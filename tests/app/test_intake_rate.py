"""How many alerts an integration may bring."""

import pytest
from tests.clock import HeldClock

from tocsin.app.intake_rate import IntakeRate
from tocsin.app.throttle import TooOften


def refused(rate: IntakeRate, integration_id: str) -> int:
    """For how many seconds its next alert is refused."""
    with pytest.raises(TooOften) as refusal:
        rate.check(integration_id)
    return refusal.value.wait_s


def test_one_that_brings_too_many_is_refused_and_others_are_not() -> None:
    clock = HeldClock()
    rate = IntakeRate(clock, per_s=10)
    rate.check("a", 25)
    assert refused(rate, "a") == 2
    rate.check("b")
    clock.advance(2)
    rate.check("a")


def test_one_that_was_deleted_is_forgotten() -> None:
    rate = IntakeRate(HeldClock(), per_s=1)
    rate.check("a")
    rate.forget("a")
    rate.forget("b")
    rate.check("a")


def test_nothing_is_refused_without_a_rate() -> None:
    rate = IntakeRate(HeldClock(), per_s=0)
    for _ in range(100):
        rate.check("a", 25)
