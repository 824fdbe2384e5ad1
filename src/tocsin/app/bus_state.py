"""How reading the message bus goes, as probes and metrics tell it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class Fate(StrEnum):
    """What became of a frame, where `wire.malformed.Reason` does not say it."""

    TAKEN = "taken"
    REFUSED = "refused"  # it could be read, and may not be done
    FAILED = "failed"  # a fault of ours
    LOST = "lost"  # there was no room for it, or another node had taken over


class Phase(StrEnum):
    """What this node is doing."""

    WAITING = "waiting for its turn"  # while another node reads
    AWAY = "not connected"
    READING = "reading"


@dataclass
class BusState:
    """This node's reading of the bus. Times are Unix milliseconds.

    `frames` counts by subject (as it was subscribed) and by what became of them. `gap` is the last
    time in which nobody was reading and things were missed, from when to when; `reason` says why
    this node is away.
    """

    phase: Phase = Phase.WAITING
    since_ms: int | None = None
    reason: str = ""
    gap: tuple[int, int] | None = None
    frames: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def reading(self) -> bool:
        """Whether this node reads."""
        return self.phase is Phase.READING

    def enter(self, phase: Phase, since_ms: int | None, reason: str = "") -> None:
        """From now on it is doing that."""
        self.phase, self.since_ms, self.reason = phase, since_ms, reason

    def describe(self) -> str:
        """One line for people."""
        said = self.phase.value
        if self.since_ms is not None:
            said += f" since {written(self.since_ms)}"
        if self.reason:
            said += f": {self.reason}"
        if self.gap:
            said += f"; nobody was reading from {written(self.gap[0])} to {written(self.gap[1])}"
        return f"nats: {said}"


def written(time_ms: int) -> str:
    """A time as RFC 3339 writes it, in UTC, to the second."""
    return datetime.fromtimestamp(time_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
