"""What comes about operations, in ernest's messages."""

from collections.abc import Callable, Sequence
from functools import partial

from tocsin.app import operations
from tocsin.app.operation_intake import Fate, OperationIntake, Source
from tocsin.app.operations import Applied
from tocsin.model.operation import Instruction
from tocsin.store.tx import Tx
from tocsin.wire import monit


class OperationMessages:
    """Opens, tells and ends operations; `intake` knows who waits, and keeps the account."""

    subjects = monit.SUBJECTS

    def __init__(self, intake: OperationIntake) -> None:
        self._intake = intake

    def read(self, subject: str, payload: bytes) -> Instruction:
        """What a message asks for. Raises `wire.malformed.Malformed`."""
        return monit.read(subject, payload)

    def prepare(self, asked: Sequence[Instruction]) -> Callable[[Tx], Applied]:
        """Who waits for an operation's next run is asked now: a unit of work must not look."""
        return partial(operations.apply, instructions=asked, awaited=self._intake.awaited(asked))

    def taken(self, outcome: Applied) -> None:
        """Count the messages, and wake the timers where a run is to be closed."""
        self._intake.taken(Source.NATS, outcome)

    def malformed(self) -> None:
        """Count it."""
        self._intake.count(Source.NATS, Fate.MALFORMED)
