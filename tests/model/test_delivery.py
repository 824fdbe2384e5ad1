"""Deliveries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.delivery import UNFINISHED, Happening, State, after, states_before

COURSE = [
    (State.PENDING, Happening.TAKEN, State.SENDING),
    (State.PENDING, Happening.PASSED_OVER, State.SUPERSEDED),
    (State.PENDING, Happening.DROPPED, State.CANCELLED),
    (State.WAITING, Happening.FREED, State.PENDING),
    (State.WAITING, Happening.PASSED_OVER, State.SUPERSEDED),
    (State.WAITING, Happening.DROPPED, State.CANCELLED),
    (State.SENDING, Happening.GIVEN_BACK, State.PENDING),
    (State.SENDING, Happening.ARRIVED, State.DELIVERED),
    (State.SENDING, Happening.DELAYED, State.PENDING),
    (State.SENDING, Happening.GIVEN_UP, State.FAILED),
]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("happening", Happening)
def test_what_can_happen_to_a_delivery_and_nothing_else(state: State, happening: Happening) -> None:
    follows = {(before, what): then for before, what, then in COURSE}
    assert after(state, happening) is follows.get((state, happening))


def test_what_is_on_its_way_is_what_something_can_still_happen_to() -> None:
    assert frozenset({State.PENDING, State.WAITING, State.SENDING}) == UNFINISHED


def test_only_what_nobody_sends_is_passed_over_or_dropped() -> None:
    assert states_before(Happening.PASSED_OVER) == {State.PENDING, State.WAITING}
    assert states_before(Happening.DROPPED) == {State.PENDING, State.WAITING}
    assert states_before(Happening.ARRIVED) == {State.SENDING}


@given(st.lists(st.sampled_from(Happening), max_size=30))
def test_what_has_ended_never_changes(happenings: list[Happening]) -> None:
    state, ended = State.WAITING, None
    for happening in happenings:
        state = after(state, happening) or state
        ended = ended or (None if state in UNFINISHED else state)
        assert ended in (None, state)
