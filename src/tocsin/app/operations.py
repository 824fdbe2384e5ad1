"""What can be done with operations, as units of work; what they decide is in model/operation.py."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import assert_never

from sqlalchemy import Connection

from tocsin.app.operation_course import NOTHING, Course, Said
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.operation import End, Happening, Instruction, Open, Operation, Outcome, Tell
from tocsin.store import operations
from tocsin.store.tx import Tx

# Operations that one unit of work looks after.
BATCH = 500

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Applied:
    """What came of some instructions: how many messages were taken and how many dropped, and
    whether a run is to be closed in a second (no event tells of that)."""

    accepted: int
    dropped: int
    plans: bool


@dataclass(frozen=True)
class Opened:
    """An operation that is open, and whether it was opened just now."""

    operation: Operation
    now: bool


def get(conn: Connection, operation_id: str) -> Operation:
    """The operation of that id, in its last run. Refused: not_found."""
    found = operations.find(conn, operation_id)
    if found is None:
        raise not_found("operation")
    return found


def apply(
    tx: Tx, instructions: Sequence[Instruction], awaited: Collection[str] = _NOBODY
) -> Applied:
    """Carry out the instructions, in order.

    `awaited` are the operations for whose next run somebody waits: a message then opens it, where
    the last one is closed; any other message for a closed run is dropped.
    """
    course = Course(tx, {one.operation_id for one in instructions})
    for instruction in instructions:
        _carry_out(course, instruction, awaited)
    course.save()
    return Applied(course.accepted, course.dropped, course.plans)


def _carry_out(course: Course, instruction: Instruction, awaited: Collection[str]) -> None:
    match instruction:
        case Open(operation_id, name):
            course.happens(operation_id, Happening.OPEN, Said(name=name))
        case Tell(operation_id, messages):
            if messages:
                happening = Happening.AWAITED if operation_id in awaited else Happening.MESSAGES
                course.happens(operation_id, happening, Said(messages=messages))
        case End(operation_id, outcome):
            course.happens(operation_id, Happening.END, Said(outcome=outcome))
        case _:
            assert_never(instruction)


def open_(tx: Tx, operation_id: str, name: str = "") -> Opened:
    """Open an operation, unless it is open; without a name it keeps the one it had."""
    before = tx.head
    _happens(tx, operation_id, Happening.OPEN, Said(name=name))
    return Opened(get(tx.conn, operation_id), tx.head > before)


def tell(tx: Tx, given: Tell, awaited: Collection[str] = _NOBODY) -> tuple[int, int]:
    """Put messages, of which there is at least one, into an operation, which is opened if it is not
    known; returns the sequences of the first and the last.

    Refused (operation_closed) where `apply` drops them.
    """
    if apply(tx, [given], awaited).dropped:
        raise _closed("Its last run is closed: open another one first.")
    return tx.head - len(given.messages) + 1, tx.head


def finish(tx: Tx, operation_id: str, outcome: Outcome) -> Operation:
    """Close an operation at once. Refused: not_found, and operation_closed when it has ended, or is
    about to, with another outcome."""
    found = get(tx.conn, operation_id)
    if found.last.outcome not in {None, outcome}:
        raise _closed(f"It has ended with {found.last.outcome}.")
    _happens(tx, operation_id, Happening.FINISH, Said(outcome=outcome))
    return get(tx.conn, operation_id)


def next_due_ms(conn: Connection) -> int | None:
    """When a run is due to be closed (Unix ms, maybe past); None when none is."""
    due = operations.next_due(conn)
    return due and due.at_ms


def close_due(tx: Tx) -> None:
    """Close the run that was due first, if it is due now, as of when it was planned."""
    due = operations.next_due(tx.conn)
    if due is None or due.at_ms > tx.now_ms:
        return
    _happens(tx, due.operation_id, Happening.DUE)


def note_listened(tx: Tx, ids: Collection[str], since: int) -> None:
    """Note that somebody listens to these operations, BATCH at most, where the last note is older
    than `since` (Unix seconds)."""
    operations.listened(tx.conn, ids, since, tx.now)


def remove_idle(tx: Tx, since: int) -> int:
    """Remove open operations that nobody has told or listened to since then (Unix seconds), closed
    as abandoned; returns how many, at most BATCH."""
    ids = operations.idle(tx.conn, since, BATCH)
    course = Course(tx, ids)
    for operation_id in ids:
        course.happens(operation_id, Happening.IDLE)
    course.save()
    return len(ids)


def forget_closed(tx: Tx, before: int) -> int:
    """Forget runs that were closed by then (Unix seconds), and operations that have no other;
    returns how many runs, at most BATCH. What was told in them stays in the log."""
    return operations.forget_closed(tx.conn, before, BATCH)


def _happens(tx: Tx, operation_id: str, happening: Happening, said: Said = NOTHING) -> None:
    course = Course(tx, [operation_id])
    course.happens(operation_id, happening, said)
    course.save()


def _closed(detail: str) -> Refused:
    return Refused(Code.OPERATION_CLOSED, detail)
