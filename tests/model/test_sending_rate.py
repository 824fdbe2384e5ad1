"""How many requests a second an endpoint gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.sending_rate import RATE_LIMIT, Grant, burst_of, grant

T = 1_700_000_000_000
RATES = st.integers(1, RATE_LIMIT)


def polled(rate: int, times: list[tuple[int, int]], start: int = T) -> list[tuple[int, int]]:
    """How many were granted when, of so many wanted each so much later."""
    next_ms, now, granted = 0, start, list[tuple[int, int]]()
    for later_ms, wanted in times:
        now += later_ms
        number, next_ms = grant(next_ms, rate, now, wanted)
        granted.append((now, number))
    return granted


def test_no_limit_grants_everything() -> None:
    assert grant(0, 0, T, 8) == Grant(8, 0)


def test_a_slow_one_gets_one_at_a_time() -> None:
    assert grant(0, 2, T, 8) == Grant(1, T + 500)
    assert grant(T + 500, 2, T + 499, 8) == Grant(0, T + 500)
    assert grant(T + 500, 2, T + 500, 8) == Grant(1, T + 1_000)


def test_a_fast_one_gets_a_twentieth_of_a_second_at_once() -> None:
    assert grant(0, 100, T, 8) == Grant(5, T + 10)
    assert grant(0, 100, T, 3) == Grant(3, T - 10)
    assert grant(T - 10, 100, T, 8) == Grant(2, T + 10)
    assert grant(T + 10, 100, T + 35, 8) == Grant(3, T + 40)
    assert grant(T + 10, 100, T + 5_000, 8) == Grant(5, T + 5_010)


def test_slots_that_are_no_whole_milliseconds_do_not_drift() -> None:
    starts = [grant(0, 300, T, 0).next_ms]
    for _ in range(300):
        starts.append(grant(starts[-1], 300, starts[-1], 1).next_ms)
    assert starts[-1] - starts[0] == 1_000


@pytest.mark.parametrize("rate", [1, 3, 7, 39, 40, 60, 99, 300, 333, 700, 999, 1_000])
@pytest.mark.parametrize("poll_ms", [1, 7])
def test_who_always_wants_more_gets_the_whole_rate(rate: int, poll_ms: int) -> None:
    lasting_ms = 2_000
    polls = [(poll_ms, 100)] * (lasting_ms // poll_ms)
    total = sum(number for _, number in polled(rate, polls))
    late = poll_ms if burst_of(rate) == 1 else 0  # one at a time, none can be made up for
    slot_ms = -(-1_000 // rate) if late else 1_000 / rate
    assert total >= lasting_ms / (slot_ms + late) - 1


@given(RATES, st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 100)), max_size=30))
def test_in_no_time_are_there_more_than_the_rate_and_a_burst(
    rate: int, times: list[tuple[int, int]]
) -> None:
    granted = polled(rate, times)
    for first, (start, _) in enumerate(granted):
        total = 0
        for now, number in granted[first:]:
            total += number
            # Times are whole milliseconds: what is granted in one may belong to the end of it.
            assert total <= rate * (now + 1 - start) / 1_000 + burst_of(rate)


@given(RATES, st.integers(0, 60_000), st.integers(1, 100))
def test_at_the_time_that_is_given_there_is_one_more(rate: int, later: int, wanted: int) -> None:
    _, next_ms = grant(0, rate, T, wanted)
    for _ in range(3):
        number, next_ms = grant(next_ms, rate, max(next_ms, T + later), wanted)
        assert number >= 1


@given(RATES, st.integers(1, 10**9))
def test_a_clock_put_back_stops_it_for_one_slot(rate: int, back_ms: int) -> None:
    _, next_ms = grant(0, rate, T, 100)
    slot_ms = -(-1_000 // rate)
    _, next_ms = grant(next_ms, rate, T - back_ms, 1)
    assert next_ms <= T - back_ms + slot_ms
    assert grant(next_ms, rate, next_ms, 1).number == 1


def test_a_raised_rate_holds_at_once() -> None:
    _, next_ms = grant(0, 1, T, 1)
    assert grant(next_ms, 100, T + 50, 8).number == 5
