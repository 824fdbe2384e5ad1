"""What comes in about operations, as the loop sees it."""

from tocsin.app.operation_intake import Fate, OperationIntake, Source
from tocsin.app.operations import Applied
from tocsin.model.operation import End, Instruction, Open, Outcome, Tell


def intake_of(waiting: set[str], looked: list[bool]) -> OperationIntake:
    return OperationIntake(waiting.__contains__, lambda: looked.append(True))


def test_those_are_awaited_for_whom_somebody_waits_now() -> None:
    waiting = {"a", "c"}
    intake = intake_of(waiting, [])
    given: list[Instruction] = [Open("a"), Tell("a", (b"{}",)), End("b", Outcome.SUCCESS)]
    assert intake.awaited(given) == {"a"}
    waiting.clear()
    assert intake.awaited(given) == frozenset()


def test_messages_are_counted_by_where_they_came_from_and_what_became_of_them() -> None:
    intake = intake_of(set(), [])
    intake.taken(Source.NATS, Applied(accepted=5, dropped=2, plans=False))
    intake.taken(Source.NATS, Applied(accepted=1, dropped=0, plans=False))
    intake.count(Source.HTTP, Fate.MALFORMED)
    assert +intake.counts == {
        (Source.NATS, Fate.ACCEPTED): 6,
        (Source.NATS, Fate.DROPPED): 2,
        (Source.HTTP, Fate.MALFORMED): 1,
    }


def test_the_timers_look_again_when_a_closing_was_planned() -> None:
    looked: list[bool] = []
    intake = intake_of(set(), looked)
    intake.taken(Source.NATS, Applied(1, 0, plans=False))
    assert looked == []
    intake.taken(Source.NATS, Applied(0, 0, plans=True))
    assert looked == [True]
