"""The course of an operation, and its runs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.errors import Refused
from tocsin.model.operation import (
    CLOSING_MS,
    Happening,
    Operation,
    Outcome,
    Run,
    State,
    Step,
    check_id,
    id_of,
    is_id,
    steps,
    topic_of,
)

OPEN = Run(1, opened_at=100, opened=7, active_at=100)
PLANNED = OPEN.planned(Outcome.ERROR, 100_500)
CLOSED = PLANNED.ended(Outcome.ERROR, 101_500, 9)


@pytest.mark.parametrize("text", ["a", "0", "A.b_c-d:e", "x" * 128, "..", "-"])
def test_an_id_may_have_these_letters(text: str) -> None:
    assert is_id(text)
    check_id(text)


@pytest.mark.parametrize("text", ["", "x" * 129, "a/b", "a b", "ä", "a\n", "a>", "*"])
def test_an_id_may_have_no_others(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(Refused, match=r"^stream: must be 1 to 128 of") as refused:
        check_id(text, "stream")
    assert refused.value.errors[0].path == "stream"


@pytest.mark.parametrize("operation_id", ["a", "x" * 128, "operation"])
def test_a_topic_is_of_one_operation(operation_id: str) -> None:
    assert topic_of(operation_id) == f"operation/{operation_id}"
    assert id_of(topic_of(operation_id)) == operation_id


@pytest.mark.parametrize(
    ("state", "happening", "then"),
    [
        (None, Happening.OPEN, (Step.BEGIN,)),
        (None, Happening.MESSAGES, (Step.BEGIN, Step.TELL)),
        (None, Happening.END, ()),
        (State.OPEN, Happening.OPEN, ()),
        (State.OPEN, Happening.MESSAGES, (Step.TELL,)),
        (State.OPEN, Happening.END, (Step.PLAN,)),
        (State.OPEN, Happening.FINISH, (Step.CLOSE,)),
        (State.OPEN, Happening.DUE, ()),
        (State.OPEN, Happening.IDLE, (Step.CLOSE, Step.REMOVE)),
        (State.CLOSING, Happening.OPEN, (Step.CLOSE, Step.BEGIN)),
        (State.CLOSING, Happening.MESSAGES, (Step.TELL,)),
        (State.CLOSING, Happening.AWAITED, (Step.TELL,)),
        (State.CLOSING, Happening.END, ()),
        (State.CLOSING, Happening.FINISH, (Step.CLOSE,)),
        (State.CLOSING, Happening.DUE, (Step.CLOSE,)),
        (State.CLOSING, Happening.IDLE, ()),
        (State.CLOSED, Happening.OPEN, (Step.BEGIN,)),
        (State.CLOSED, Happening.MESSAGES, (Step.DROP,)),
        (State.CLOSED, Happening.AWAITED, (Step.BEGIN, Step.TELL)),
        (State.CLOSED, Happening.END, ()),
        (State.CLOSED, Happening.FINISH, ()),
        (State.CLOSED, Happening.IDLE, ()),
    ],
)
def test_what_follows_when_something_happens(
    state: State | None, happening: Happening, then: tuple[Step, ...]
) -> None:
    assert steps(state, happening) == then


def test_a_run_is_open_then_closing_then_closed() -> None:
    assert [run.state for run in (OPEN, PLANNED, CLOSED)] == [
        State.OPEN,
        State.CLOSING,
        State.CLOSED,
    ]
    assert Operation("a", "", CLOSED).state is State.CLOSED


def test_messages_are_counted_and_keep_a_run_active() -> None:
    told = OPEN.told(2, 9, 130).told(1, 12, 140)
    assert (told.messages, told.newest, told.active_at) == (3, 12, 140)
    assert (told.opened, told.opened_at, told.number) == (7, 100, 1)


def test_a_planned_closing_is_a_second_away() -> None:
    assert (PLANNED.closing_ms, PLANNED.outcome) == (100_500 + CLOSING_MS, Outcome.ERROR)
    assert PLANNED.closed_at is None


def test_a_closed_run_waits_for_nothing() -> None:
    assert (CLOSED.closed_at, CLOSED.closed, CLOSED.outcome) == (101, 9, Outcome.ERROR)
    assert (CLOSED.closing_ms, CLOSED.active_at) == (None, None)


@pytest.mark.parametrize(
    ("run", "now_ms", "closed_ms"),
    [(OPEN, 100_700, 100_700), (PLANNED, 100_700, 100_700), (PLANNED, 999_000, 101_500)],
)
def test_a_run_ends_now_or_when_that_was_planned(run: Run, now_ms: int, closed_ms: int) -> None:
    assert run.ends_ms(now_ms) == closed_ms


# What the steps do to the state.
AFTER: dict[Step, State | None] = {
    Step.BEGIN: State.OPEN,
    Step.PLAN: State.CLOSING,
    Step.CLOSE: State.CLOSED,
    Step.REMOVE: None,
}
# The states in which a step makes sense.
POSSIBLE: dict[Step, set[State | None]] = {
    Step.BEGIN: {None, State.CLOSED},
    Step.TELL: {State.OPEN, State.CLOSING},
    Step.DROP: {State.CLOSED},
    Step.PLAN: {State.OPEN},
    Step.CLOSE: {State.OPEN, State.CLOSING},
    Step.REMOVE: {State.CLOSED},
}


@given(st.lists(st.sampled_from(Happening), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_each_run_is_opened_and_closed_once(course: list[Happening]) -> None:
    state: State | None = None
    told = 0
    for happening in course:
        for step in steps(state, happening):
            assert state in POSSIBLE[step]
            state = AFTER.get(step, state)
            told += step in {Step.TELL, Step.DROP}
        if happening is Happening.OPEN:
            assert state in {State.OPEN, State.CLOSING}
    assert told == sum(one in {Happening.MESSAGES, Happening.AWAITED} for one in course)
