"""Rates."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.rate import Spent, spend


def test_a_seconds_worth_may_come_at_once() -> None:
    spent, refused = Spent(at_ms=5_000), []
    for _ in range(11):
        spent, wait_ms = spend(spent, 1, 10, 5_000)
        refused.append(wait_ms)
    assert refused == [0] * 10 + [1]
    assert spent == Spent(10_000, 5_000)


def test_what_is_spent_comes_back_bit_by_bit() -> None:
    assert spend(Spent(10_000, 0), 1, 10, 50) == (Spent(10_500, 50), 0)
    assert spend(Spent(10_500, 50), 1, 10, 100) == (Spent(10_000, 100), 1)
    assert spend(Spent(10_500, 50), 1, 10, 101) == (Spent(10_990, 101), 0)
    assert spend(Spent(10_000, 0), 3, 10, 60_000) == (Spent(3_000, 60_000), 0)


def test_one_large_piece_is_let_in_and_owed() -> None:
    spent, wait_ms = spend(Spent(9_000, 0), 25, 10, 0)
    assert (spent, wait_ms) == (Spent(34_000, 0), 0)
    assert spend(spent, 1, 10, 400) == (Spent(30_000, 400), 2_001)
    assert spend(spent, 1, 10, 2_401)[1] == 0


def test_a_clock_that_is_put_back_gives_nothing_back() -> None:
    assert spend(Spent(10_000, 9_000), 1, 10, 0) == (Spent(10_000, 0), 1)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 2_000)), max_size=50), st.integers(1, 20)
)
def test_in_the_long_run_no_more_than_the_rate_is_let_in(
    pieces: list[tuple[int, int]], per_s: int
) -> None:
    spent, now_ms, taken, largest = Spent(), 0, 0, 0
    for amount, later_ms in pieces:
        now_ms += later_ms
        spent, wait_ms = spend(spent, amount, per_s, now_ms)
        if not wait_ms:
            taken, largest = taken + amount, max(largest, amount)
        assert wait_ms == 0 or spend(spent, 1, per_s, now_ms + wait_ms)[1] == 0
        assert taken < per_s * (1 + now_ms / 1_000) + largest
