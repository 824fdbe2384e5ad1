"""How much is measured: everything for figures to publish, or enough to see that it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes shared by the benchmarks."""

    runs: int
    readers: tuple[int, ...]
    seconds: float  # of each timed stretch of load
    singles: int  # single events per run
    events: int  # in a long log
    rounds: int  # kills

    @property
    def many(self) -> int:
        """The largest number of readers."""
        return max(self.readers)


FULL = Scale(runs=3, readers=(1_000, 10_000), seconds=5, singles=20, events=1_000_000, rounds=200)
QUICK = Scale(runs=1, readers=(200, 1_000), seconds=1, singles=5, events=50_000, rounds=5)
