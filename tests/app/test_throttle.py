"""How often strangers may ask, from one address and in all."""

import pytest
from tests.clock import HeldClock

from tocsin.app import throttle
from tocsin.app.throttle import Throttle, TooOften
from tocsin.model.errors import Code


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


def refused(gate: Throttle, address: str) -> int:
    """For how long the address is refused, in seconds."""
    with pytest.raises(TooOften) as refusal:
        gate.check(address)
    assert refusal.value.code is Code.TOO_MANY_REQUESTS
    return refusal.value.wait_s


def test_one_address_is_refused_after_its_share_and_others_are_not(clock: HeldClock) -> None:
    gate = Throttle(clock, each=3, together=100)
    for _ in range(3):
        gate.check("192.0.2.1")
    assert refused(gate, "192.0.2.1") == 1_200
    gate.check("192.0.2.2")


def test_the_share_comes_back_bit_by_bit(clock: HeldClock) -> None:
    gate = Throttle(clock, each=2, together=100)
    for _ in range(2):
        gate.check("192.0.2.1")
    clock.advance(1_799)
    assert refused(gate, "192.0.2.1") == 1
    clock.advance(1)
    gate.check("192.0.2.1")
    assert refused(gate, "192.0.2.1") == 1_800
    clock.advance(3_600)
    for _ in range(2):
        gate.check("192.0.2.1")
    assert refused(gate, "192.0.2.1") > 0


def test_all_together_have_a_limit_of_their_own(clock: HeldClock) -> None:
    gate = Throttle(clock, each=2, together=4)
    for last in range(4):
        gate.check(f"192.0.2.{last}")
    assert refused(gate, "192.0.2.9") == 900
    clock.advance(900)
    gate.check("192.0.2.9")


def test_asking_in_vain_does_not_put_it_off(clock: HeldClock) -> None:
    gate = Throttle(clock, each=1, together=100)
    gate.check("192.0.2.1")
    for _ in range(10):
        clock.advance(100)
        refused(gate, "192.0.2.1")
    clock.advance(2_600)
    gate.check("192.0.2.1")


def test_a_network_of_one_customer_counts_as_one_address(clock: HeldClock) -> None:
    gate = Throttle(clock, each=1, together=100)
    gate.check("2001:db8:1:2::1")
    refused(gate, "2001:db8:1:2:ffff::2%eth0")
    gate.check("2001:db8:1:3::1")
    gate.check("192.0.2.1")
    refused(gate, "::ffff:192.0.2.1")


def test_what_is_no_address_counts_as_it_is_written(clock: HeldClock) -> None:
    gate = Throttle(clock, each=1, together=100)
    gate.check("")
    refused(gate, "")


def test_a_clock_that_is_set_back_refuses_nobody_for_longer(clock: HeldClock) -> None:
    gate = Throttle(clock, each=1, together=100)
    gate.check("192.0.2.1")
    clock.advance(-100_000)
    assert refused(gate, "192.0.2.1") == 3_600


def test_only_so_many_addresses_are_kept_in_mind(
    clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "_KNOWN_LIMIT", 2)
    gate = Throttle(clock, each=1, together=100)
    for last in (1, 2, 3):
        gate.check(f"192.0.2.{last}")
    refused(gate, "192.0.2.2")
    gate.check("192.0.2.1")
