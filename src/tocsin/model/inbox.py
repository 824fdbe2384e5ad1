"""Which run of an operation the request for its stream is about, and from where on (spec:
operations, "Stream").

Every stream begins with a position, so that a client which comes back can say what it has seen even
when that was nothing: a run that it waited for lies after that position, one that it has read holds
it.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from tocsin.model.operation import Run
from tocsin.model.position import Position


class Log(NamedTuple):
    """The log as it is while a request is decided: which one, and where it ends."""

    epoch: str
    head: int


@dataclass(frozen=True, slots=True)
class Wait:
    """For the next run, which will be opened after that sequence."""

    after: int


@dataclass(frozen=True, slots=True)
class Follow:
    """This run: what it has after that sequence, and what it will have until it is closed."""

    run: Run
    after: int


class Without(Enum):
    """Why there is nothing to stream."""

    REST = auto()
    """The client has everything of a run that is closed."""
    RUN = auto()
    """There is no such run."""
    RIGHT = auto()
    """A ticket is for another run."""


Place = Wait | Follow | Without


def next_or_open(last: Run | None, seen: str, log: Log) -> Place:
    """The open run, or the next, or the rest of one that was closed meanwhile. `last` is the last
    run of the operation, if it has one; `seen` is the request's Last-Event-ID, or empty."""
    if last is None:
        return Wait(log.head)
    if last.closed is not None:
        at = _sequence(seen, log)
        # What a closed run has given lies before its closing; who has seen more waits for the next.
        if not seen or (at is not None and at >= last.closed):
            return Wait(log.head)
    return one_run(last, seen, log)


def one_run(run: Run | None, seen: str, log: Log) -> Place:
    """What that run has beyond what the client has seen: all of it where that is no position, or
    none of this run."""
    if run is None:
        return Without.RUN
    after = max(run.opened, _sequence(seen, log) or 0)
    if seen and run.closed is not None and after >= (run.newest or 0):
        return Without.REST
    return Follow(run, after)


def ticketed(run: Run, since: int, seen: str, log: Log) -> Place:
    """What a ticket gives that was first used at the sequence `since`, for `run`: once that is
    closed, only the rest of it."""
    if run.closed is not None:
        at = _sequence(seen, log)
        if at is None or not since <= at < run.closed:
            return Without.RIGHT
    return one_run(run, seen, log)


def _sequence(seen: str, log: Log) -> int | None:
    """The sequence that the client has seen; None for what this log never gave."""
    position = Position.parse(seen)
    if position is None or position.epoch != log.epoch or position.sequence > log.head:
        return None
    return position.sequence
