"""The crash harness's witness: what readers were told against what was acknowledged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# An event as its publisher knows it: the publisher's name and its own count, from 1.
Identity = tuple[str, int]


@dataclass
class History:
    """All that one reader was told, in the order in which it came.

    `publishers` are those whose events it must get; `dense` says that it reads every topic, so that
    even the sequence may have no hole. What breaks a promise is kept in `violations`.
    """

    name: str
    publishers: frozenset[str]
    dense: bool = False
    last: int = 0
    seen: dict[Identity, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)

    def verdict(self, verdict: str) -> None:
        """What a stream began with. Nothing is trimmed here, so only these two are true."""
        if verdict not in {"live", "resumed"}:
            self._violation(f"was answered `{verdict}`")

    def position(self, sequence: int) -> None:
        """The next event's place in the log."""
        if sequence <= self.last:
            self._violation(f"was told {sequence} after {self.last}")
        elif self.dense and sequence != self.last + 1:
            self._violation(f"was told {sequence} right after {self.last}")
        self.last = sequence

    def event(self, sequence: int, identity: Identity) -> None:
        """The next event of a publisher."""
        self.position(sequence)
        publisher, count = identity
        if identity in self.seen:
            self._violation(f"got {identity} twice, at {self.seen[identity]} and {sequence}")
        elif count < self._counts.get(publisher, 0):
            self._violation(f"got {identity} after {self._counts[publisher]}")
        self._counts[publisher] = count
        self.seen[identity] = sequence

    def _violation(self, what: str) -> None:
        self.violations.append(f"{self.name} {what}")


def has_all(history: History, acknowledged: Iterable[Identity]) -> bool:
    """Whether the reader has got every acknowledged event that it must get."""
    mine = (identity for identity in acknowledged if identity[0] in history.publishers)
    return all(identity in history.seen for identity in mine)


def violations(history: History, acknowledged: Mapping[Identity, int]) -> list[str]:
    """All that is wrong with a finished history: as it came, and against what was acknowledged.

    An event that was never acknowledged may be there or not; an acknowledged one must be where its
    publisher was told.
    """
    missing = [
        f"{history.name} never got {identity}, acknowledged at {sequence}"
        for identity, sequence in acknowledged.items()
        if identity[0] in history.publishers and identity not in history.seen
    ]
    moved = [
        f"{history.name} got {identity} at {sequence}, acknowledged at {acknowledged[identity]}"
        for identity, sequence in history.seen.items()
        if acknowledged.get(identity, sequence) != sequence
    ]
    return history.violations + missing + moved
