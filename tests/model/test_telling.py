"""Who is told of what happens to an incident."""

from collections.abc import Callable

import pytest
from tests.model.incidents import ANNA, BERT, CLEO, MANUAL, RAISED, by, made, raised

from tocsin.model import telling
from tocsin.model.incident_command import (
    Decision,
    ack,
    add_responders,
    assign,
    begin,
    comment,
    create,
    recover,
    reopen,
    snooze,
    storm,
    time_out,
    wake,
)
from tocsin.model.telling import Occasion, Told


def last(decision: Decision) -> Told | None:
    """Who is told of the last event of a decision."""
    entry, incident = decision.steps[-1]
    return telling.told(entry, incident)


WORKED_ON = raised(ANNA, BERT)
CLOSED = time_out(WORKED_ON, by(None, 9)).incident
SNOOZED = snooze(WORKED_ON, 5, by(ANNA, 1)).incident


@pytest.mark.parametrize(
    ("decide", "expected"),
    [
        (lambda: create(MANUAL, (BERT,), by(ANNA)), Told(Occasion.NEW, (BERT,))),
        (lambda: create(RAISED, (), by(None)), None),
        (lambda: assign(raised(), (BERT,), by(None), level=1), Told(Occasion.NEW, (BERT,))),
        (
            lambda: assign(raised(ANNA), (BERT, CLEO), by(None), level=2),
            Told(Occasion.ESCALATED, (BERT, CLEO)),
        ),
        (lambda: assign(made(BERT), (ANNA, CLEO), by(ANNA)), Told(Occasion.ASSIGNED, (CLEO,))),
        (lambda: assign(made(BERT), (ANNA,), by(ANNA)), None),
        (
            lambda: add_responders(WORKED_ON, (BERT, CLEO), by(ANNA)),
            Told(Occasion.ASSIGNED, (CLEO,)),
        ),
        (lambda: begin(SNOOZED, by(None, 400).now_ms), Told(Occasion.AWAKE, (ANNA, BERT))),
        (lambda: storm(WORKED_ON, 50, by(None)), Told(Occasion.STORM, (ANNA, BERT))),
        (lambda: recover(WORKED_ON, by(None)), Told(Occasion.RESOLVED, (ANNA, BERT))),
        (lambda: time_out(WORKED_ON, by(BERT)), Told(Occasion.RESOLVED, (ANNA,))),
        (lambda: reopen(CLOSED, "", by(CLEO, 10)), Told(Occasion.REOPENED, (ANNA, BERT))),
        (lambda: ack(WORKED_ON, ANNA, by(ANNA)), None),
        (lambda: wake(SNOOZED, by(ANNA, 2)), None),
        (lambda: comment(WORKED_ON, "Hm", by(ANNA)), None),
    ],
)
def test_those_are_told_whom_it_concerns(
    decide: Callable[[], Decision], expected: Told | None
) -> None:
    assert last(decide()) == expected


def test_what_is_over_need_not_be_told() -> None:
    assert telling.is_moot(Occasion.NEW, CLOSED)
    assert not telling.is_moot(Occasion.NEW, WORKED_ON)
    assert telling.is_moot(Occasion.RESOLVED, WORKED_ON)
    assert not telling.is_moot(Occasion.RESOLVED, CLOSED)
