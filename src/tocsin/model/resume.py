"""Going on where a reader left off: what it asks for, and what the log can still give it."""

from enum import StrEnum
from typing import NamedTuple

from tocsin.model import rfc3339
from tocsin.model.errors import invalid
from tocsin.model.position import Position


class Anchor(StrEnum):
    """A place in the log that is no position. `foreign`: an event id that no log of ours gave."""

    EARLIEST = "earliest"
    LATEST = "latest"
    FOREIGN = "foreign"


class Moment(NamedTuple):
    """A place in the log by time (Unix ms): before the first event recorded then or later."""

    time_ms: int


class Outcome(StrEnum):
    """What becomes of a reader's wish to go on."""

    LIVE = "live"
    RESUMED = "resumed"
    GAP = "gap"
    RESET = "reset"


class Verdict(NamedTuple):
    """How a reader goes on: it gets every event after the sequence `after`.

    `missed` is how many events it will never see, because retention removed them; None when that
    cannot be known. `first_available` is the sequence of the oldest event that is still there.
    """

    outcome: Outcome
    after: int
    missed: int | None
    first_available: int


def parse_since(text: str) -> Position | Anchor | Moment:
    """What `since` says: `earliest`, `latest`, a position, or an RFC 3339 time with its zone.
    Refuses (`invalid`, field `since`) anything else."""
    if text in (Anchor.EARLIEST, Anchor.LATEST):
        return Anchor(text)
    return Position.parse(text) or _moment(text)


def _moment(text: str) -> Moment:
    time_ms = rfc3339.milliseconds(text)
    if time_ms is None:
        allowed = "must be earliest, latest, a position or an RFC 3339 time with its zone"
        raise invalid("since", allowed)
    return Moment(time_ms)


def parse_event_id(text: str) -> Position | Anchor:
    """What a `Last-Event-ID` says; one that no log of ours gave is answered with `reset`."""
    return Position.parse(text) or Anchor.FOREIGN


def verdict(asked: Position | Anchor, epoch: str, head: int, first_available: int) -> Verdict:
    """How a reader who asks for this goes on in the log of `epoch`, which ends at `head`.

    `first_available` is `head + 1` when the log is empty. For a `Moment`, ask for the position of
    the newest event recorded before it.
    """
    if asked is Anchor.LATEST:
        return Verdict(Outcome.LIVE, head, 0, first_available)
    everything = first_available - 1
    if asked is Anchor.EARLIEST:
        return Verdict(Outcome.RESUMED, everything, 0, first_available)
    if isinstance(asked, Anchor) or asked.epoch != epoch or asked.sequence > head:
        return Verdict(Outcome.RESET, everything, None, first_available)
    missed = max(everything - asked.sequence, 0)
    outcome = Outcome.GAP if missed else Outcome.RESUMED
    return Verdict(outcome, asked.sequence + missed, missed, first_available)
