"""What passes between the loop and the writer thread: work there, results back."""

from asyncio import Future
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.model.event import Change
from tocsin.store.tx import Tx


@dataclass(slots=True)
class Work:
    """A unit of work and who waits for it."""

    unit: Callable[[Tx], Any]
    future: Future[Any]


@dataclass(slots=True)
class Outcome:
    """What came of one unit: an error, or its value and the sequence that its answer names."""

    future: Future[Any]
    value: Any = None
    sequence: int = 0
    error: BaseException | None = None


@dataclass(slots=True)
class Handover:
    """What the writer tells the loop after one batch. A batch that failed brings outcomes alone."""

    outcomes: Sequence[Outcome]
    changes: Sequence[Change] = ()
    head: int | None = None
    first_available: int | None = None
    enlisted: bool = False
    """Whether there may be something to send that there was not before."""
