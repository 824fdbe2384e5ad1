"""Flapping: what recovers and comes back again and again is marked, and told of no more."""

from dataclasses import dataclass
from typing import Final

from tocsin.model.errors import invalid

CHANGES: Final = range(2, 101)
MINUTES: Final = range(1, 1_441)

# When something changed between well and not (Unix seconds), oldest first.
Changes = tuple[int, ...]


@dataclass(frozen=True)
class Flapping:
    """So many changes within so many minutes are flapping."""

    changes: int = 4
    minutes: int = 60


def check(flapping: Flapping, path: str = "flapping") -> None:
    """Refuse (`invalid`, under `path`) numbers out of range."""
    if flapping.changes not in CHANGES:
        raise invalid(f"{path}.changes", f"must be {CHANGES[0]} to {CHANGES[-1]}")
    if flapping.minutes not in MINUTES:
        raise invalid(f"{path}.minutes", f"must be {MINUTES[0]} to {MINUTES[-1]}")


def changed(flapping: Flapping, changes: Changes, now: int) -> Changes:
    """With one more change, and without those that no longer count."""
    return (*_counting(flapping, changes, now), now)[-flapping.changes :]


def is_flapping(flapping: Flapping, changes: Changes, now: int) -> bool:
    """Whether the changes up to `now` are flapping."""
    return len(_counting(flapping, changes, now)) >= flapping.changes


def _counting(flapping: Flapping, changes: Changes, now: int) -> Changes:
    return tuple(one for one in changes if one > now - 60 * flapping.minutes)
