"""What somebody has to offer who wants what comes from the bus."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from tocsin.store.tx import Tx

Asked = TypeVar("Asked")
Outcome = TypeVar("Outcome")


class Intake(Protocol[Asked, Outcome]):
    """One taker of messages: `Asked` is what a message asks for, `Outcome` what came of several.

    All of it is called on the loop, but for the unit of work that `prepare` makes.
    """

    @property
    def subjects(self) -> Sequence[str]:
        """The subjects, or patterns of NATS, that it takes; no two intakes share one."""
        ...

    def read(self, subject: str, payload: bytes) -> Asked:
        """What a message asks for. Raises `wire.malformed.Malformed`."""
        ...

    def prepare(self, asked: Sequence[Asked]) -> Callable[[Tx], Outcome]:
        """The part of a unit of work that does it, in this order; called right before it is run."""
        ...

    def taken(self, outcome: Outcome) -> None:
        """That is on disk."""
        ...

    def malformed(self) -> None:
        """A message on one of its subjects could not be read."""
        ...
