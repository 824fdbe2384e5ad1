"""The line of one key: what a new delivery waits for, and what it takes the place of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.delivery import State
from tocsin.model.delivery_queue import Line, Queued, join
from tocsin.model.endpoint import Order

UNFINISHED = [State.PENDING, State.WAITING, State.SENDING]


def queued(sequence: int, state: State = State.PENDING, superseded: int = 0) -> Queued:
    return Queued(f"{sequence}", sequence, state, superseded)


def joined(order: Order, *line: Queued, new: Queued | None = None) -> Queued:
    new = new or queued(10)
    join(list(line), new, order)
    return new


@pytest.mark.parametrize("order", Order)
def test_the_first_of_a_key_may_be_sent(order: Order) -> None:
    assert joined(order).state is State.PENDING


@pytest.mark.parametrize("state", UNFINISHED)
def test_without_order_none_waits(state: State) -> None:
    before = queued(9, state)

    assert joined(Order.NONE, before).state is State.PENDING
    assert before.state is state


@pytest.mark.parametrize("state", UNFINISHED)
@pytest.mark.parametrize("sequence", [9, 10, 11])
def test_in_strict_order_each_waits_for_the_one_before(state: State, sequence: int) -> None:
    before = queued(sequence, state)

    assert joined(Order.STRICT, before).state is State.WAITING
    assert before.state is state


def test_in_strict_order_the_third_waits_for_the_second() -> None:
    line: Line = []
    three = [queued(number) for number in (1, 2, 3)]
    for one in three:
        join(line, one, Order.STRICT)

    assert [one.state for one in three] == [State.PENDING, State.WAITING, State.WAITING]


@pytest.mark.parametrize("state", [State.PENDING, State.WAITING])
def test_a_newer_one_takes_the_place_of_what_was_not_begun(state: State) -> None:
    before = queued(9, state, superseded=2)

    new = joined(Order.SUPERSEDE, before)

    assert (before.state, new.state, new.superseded) == (State.SUPERSEDED, State.PENDING, 3)


def test_a_newer_one_waits_for_what_is_being_sent() -> None:
    sending, waiting = queued(8, State.SENDING, superseded=5), queued(9, State.WAITING)

    new = joined(Order.SUPERSEDE, sending, waiting)

    assert sending.state is State.SENDING
    assert waiting.state is State.SUPERSEDED
    assert (new.state, new.superseded) == (State.WAITING, 1)


@pytest.mark.parametrize("state", UNFINISHED)
def test_an_older_one_that_is_told_again_gives_way(state: State) -> None:
    newer = queued(11, state)

    new = joined(Order.SUPERSEDE, newer)

    assert (newer.state, newer.superseded) == (state, 0)
    assert new.state is State.SUPERSEDED


def test_who_was_passed_over_before_is_not_counted_twice() -> None:
    """5 was superseded by 6, which failed; both are told again."""
    again = queued(6, superseded=1)

    assert joined(Order.SUPERSEDE, queued(5), new=again).superseded == 1


@given(st.lists(st.integers(1, 20), max_size=12))
def test_of_those_that_supersede_the_newest_is_sent(sequences: list[int]) -> None:
    line: Line = []
    every = [queued(sequence) for sequence in sequences]
    for one in every:
        join(line, one, Order.SUPERSEDE)

    unfinished = [one for one in every if one.state is not State.SUPERSEDED]
    assert [one.sequence for one in unfinished] == ([max(sequences)] if sequences else [])
    assert unfinished == line
