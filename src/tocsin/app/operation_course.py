"""What happens to operations within one unit of work."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import assert_never

from tocsin.model import operation_data
from tocsin.model.operation import (
    Happening,
    Operation,
    OperationEvent,
    Outcome,
    Run,
    Step,
    steps,
    topic_of,
)
from tocsin.store import operations
from tocsin.store.operations import RunKey
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a happening: the operation's name, messages, how it ended."""

    name: str = ""
    messages: tuple[bytes, ...] = ()
    outcome: Outcome = Outcome.ABANDONED


# What comes with what just happens.
NOTHING = Said()


class Course:
    """The course of some operations, which are loaded once, worked on in order and saved once.

    `accepted` and `dropped` count messages; `plans` says whether a run is to be closed later.
    """

    def __init__(self, tx: Tx, ids: Collection[str]) -> None:
        self.accepted = 0
        self.dropped = 0
        self.plans = False
        self._tx = tx
        self._before = operations.load(tx.conn, ids)
        self._now = dict(self._before)
        self._changed: dict[RunKey, Run] = {}
        self._removed: list[str] = []

    def happens(self, operation_id: str, happening: Happening, said: Said = NOTHING) -> None:
        """Do what follows when that happens to one of the operations."""
        known = self._now.get(operation_id)
        for step in steps(known.state if known else None, happening):
            self._take(step, operation_id, said)

    def save(self) -> None:
        """Write down what has changed."""
        conn = self._tx.conn
        operations.save(conn, self._before, self._now.values(), self._changed)
        for operation_id in self._removed:
            operations.remove(conn, operation_id)

    def _take(self, step: Step, operation_id: str, said: Said) -> None:
        match step:
            case Step.BEGIN:
                self._begin(operation_id, said.name)
            case Step.TELL:
                self._tell(self._now[operation_id], said.messages)
            case Step.DROP:
                self.dropped += len(said.messages)
            case Step.PLAN:
                self._plan(self._now[operation_id], said.outcome)
            case Step.CLOSE:
                self._close(self._now[operation_id], said.outcome)
            case Step.REMOVE:
                self._removed.append(operation_id)
            case _:
                assert_never(step)

    def _begin(self, operation_id: str, name: str) -> None:
        tx, known = self._tx, self._now.get(operation_id)
        number = known.last.number + 1 if known else 1
        run = Run(number, opened_at=tx.now, opened=tx.head + 1, active_at=tx.now)
        operation = Operation(operation_id, name or (known.name if known else ""), run)
        self._keep(operation)
        self._append(OperationEvent.OPENED, operation, tx.now_ms)

    def _tell(self, operation: Operation, messages: tuple[bytes, ...]) -> None:
        tx, run = self._tx, operation.last
        topic = topic_of(operation.id)
        for message in messages:
            data = operation_data.of_message(run.number, message)
            tx.append(OperationEvent.MESSAGE, topic, data)
        self.accepted += len(messages)
        self._keep(replace(operation, last=run.told(len(messages), tx.head, tx.now)))

    def _plan(self, operation: Operation, outcome: Outcome) -> None:
        self.plans = True
        self._keep(replace(operation, last=operation.last.planned(outcome, self._tx.now_ms)))

    def _close(self, operation: Operation, outcome: Outcome) -> None:
        """With the outcome that was reported first, and when that was planned."""
        tx, run = self._tx, operation.last
        closed_ms = run.ends_ms(tx.now_ms)
        ended = run.ended(run.outcome or outcome, closed_ms, tx.head + 1)
        operation = replace(operation, last=ended)
        self._keep(operation)
        self._append(OperationEvent.CLOSED, operation, closed_ms)

    def _keep(self, operation: Operation) -> None:
        self._now[operation.id] = operation
        self._changed[operation.id, operation.last.number] = operation.last

    def _append(self, event: OperationEvent, operation: Operation, time_ms: int) -> None:
        data = operation_data.of_run(operation)
        self._tx.append(event, topic_of(operation.id), data, time_ms=time_ms)
