"""What comes in about operations, as the event loop sees it: who waits, and what is counted."""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum

from tocsin.app.operations import Applied
from tocsin.model.operation import Instruction


class Source(StrEnum):
    """Where messages come from."""

    HTTP = "http"
    NATS = "nats"


class Fate(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"
    MALFORMED = "malformed"


class OperationIntake:
    """Asked before instructions are applied and told after. Lives on the loop.

    `waits` says whether somebody waits for an operation's next run, `look_again` wakes the timers.
    """

    def __init__(self, waits: Callable[[str], bool], look_again: Callable[[], None]) -> None:
        self.counts: Counter[tuple[Source, Fate]] = Counter()
        self._waits = waits
        self._look_again = look_again

    def awaited(self, instructions: Iterable[Instruction]) -> frozenset[str]:
        """Those of the operations for whose next run somebody waits at this moment: for `apply`."""
        ids = {one.operation_id for one in instructions}
        return frozenset(filter(self._waits, ids))

    def taken(self, source: Source, applied: Applied) -> None:
        """Note what came of instructions, now that it is committed."""
        self.count(source, Fate.ACCEPTED, applied.accepted)
        self.count(source, Fate.DROPPED, applied.dropped)
        if applied.plans:
            self._look_again()

    def count(self, source: Source, fate: Fate, messages: int = 1) -> None:
        """Count what became of so many messages."""
        self.counts[source, fate] += messages
