"""The witness of deliveries sees every broken promise, and no other."""

import pytest
from tests.delivery_witness import Evidence, Row, Seen, violations

from tocsin.model.delivery import State
from tocsin.model.endpoint import Order

# One key, whose events are called by their places.


def seen(ordinal: int, *, life: int = 0, final: bool = True, superseded: int = 0) -> Seen:
    previous = str(ordinal - 1) if ordinal > 1 else None
    return Seen(life, "k", str(ordinal), ordinal, previous, superseded, final)


def life(*states: State) -> list[Row]:
    """What was written down of the events from the first on."""
    return [Row("k", str(at), at, state) for at, state in enumerate(states, 1)]


DONE, FAILED = State.DELIVERED, State.FAILED
PASSED, CANCELLED = State.SUPERSEDED, State.CANCELLED
PENDING, SENDING = State.PENDING, State.SENDING
STRICT, SUPERSEDE, NONE = Order.STRICT, Order.SUPERSEDE, Order.NONE


@pytest.mark.parametrize(
    ("order", "told", "lives"),
    [
        (STRICT, [seen(1), seen(2)], [life(DONE, FAILED)]),
        (STRICT, [seen(1, final=False), seen(1), seen(2)], [life(DONE, DONE)]),
        (
            STRICT,
            [seen(1), seen(1, life=1), seen(2, life=1)],
            [life(SENDING, PENDING), life(DONE, DONE)],
        ),
        (STRICT, [seen(1), seen(1, life=2)], [life(SENDING), life(PENDING), life(DONE)]),
        (NONE, [seen(2), seen(1)], [life(DONE, DONE)]),
        (SUPERSEDE, [seen(1), seen(3, superseded=1)], [life(DONE, PASSED, DONE)]),
        (SUPERSEDE, [seen(1, final=False), seen(2, superseded=1)], [life(PASSED, DONE)]),
        (
            SUPERSEDE,
            [seen(1), seen(2, life=1, superseded=1)],
            [life(SENDING, PENDING), life(PASSED, DONE)],
        ),
    ],
)
def test_it_accepts_what_was_promised(
    order: Order, told: list[Seen], lives: list[list[Row]]
) -> None:
    assert violations(Evidence(order, told, lives)) == []


@pytest.mark.parametrize(
    ("order", "told", "lives", "what"),
    [
        (STRICT, [seen(1)], [life(PENDING)], "ended as pending"),
        (STRICT, [seen(1)], [life(CANCELLED)], "ended as cancelled"),
        (NONE, [seen(1)], [life(PASSED)], "ended as superseded"),
        (NONE, [seen(1), seen(1)], [life(DONE)], "came again in one life"),
        (NONE, [seen(1), seen(1, life=1)], [life(DONE), life(DONE)], "not in flight"),
        (NONE, [seen(1), seen(1, life=1)], [life(PENDING), life(DONE)], "not in flight"),
        (
            NONE,
            [seen(1), seen(1, life=2)],
            [life(SENDING), life(DONE), life(DONE)],
            "after it was settled",
        ),
        (NONE, [seen(2)], [life(DONE, DONE)], "1 is missing"),
        (NONE, [seen(1, final=False)], [life(DONE)], "1 is missing"),
        (NONE, [seen(1), seen(2)], [life(DONE)], "but is None"),
        (NONE, [seen(1)._replace(ordinal=2)], [life(DONE)], "said it was 2"),
        (NONE, [seen(1)._replace(previous_id="0")], [life(DONE)], "came after 0"),
        (
            NONE,
            [seen(1), seen(2)._replace(previous_id=None)],
            [life(DONE, DONE)],
            "came after None",
        ),
        (NONE, [seen(2)], [[Row("k", "2", 2, DONE)]], "has the places [2]"),
        (STRICT, [seen(2), seen(1)], [life(DONE, DONE)], "2 came when 0 was the last"),
        (STRICT, [seen(1, final=False), seen(2), seen(1)], [life(DONE, DONE)], "2 came when 0"),
        (SUPERSEDE, [seen(2), seen(1)], [life(DONE, DONE)], "1 came after 2"),
        (
            SUPERSEDE,
            [seen(2, superseded=1), seen(1, final=False)],
            [life(PASSED, DONE)],
            "1 came after 2",
        ),
        (SUPERSEDE, [seen(1)], [life(DONE, PASSED)], "ended with 1 instead of 2"),
        (
            SUPERSEDE,
            [seen(3, superseded=1)],
            [life(PASSED, PASSED, DONE)],
            "3 said 1 were passed over since 0",
        ),
        (
            SUPERSEDE,
            [seen(1), seen(2, superseded=1)],
            [life(DONE, DONE)],
            "2 said 1 were passed over",
        ),
        (SUPERSEDE, [seen(2)], [life(DONE, DONE)], "1 never came"),
        (
            SUPERSEDE,
            [seen(1), seen(2, superseded=1)],
            [life(PASSED, DONE)],
            "counts as passed over",
        ),
    ],
)
def test_it_sees_what_was_not(
    order: Order, told: list[Seen], lives: list[list[Row]], what: str
) -> None:
    assert any(what in one for one in violations(Evidence(order, told, lives)))
