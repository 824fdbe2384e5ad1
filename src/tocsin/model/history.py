"""Where an issue stands in the history that a page shows: over which time, and whether at all."""

from typing import NamedTuple

from tocsin.model.issue import Issue


class Extent(NamedTuple):
    """From `from_at` to `until_at` (Unix seconds) an issue lasted, or is planned to; `until_at` is
    None while its end is open."""

    from_at: int
    until_at: int | None


def extent(issue: Issue) -> Extent:
    """The time that it took, as far as it has begun and ended; the time that was planned for it,
    where it has not, or was called off before."""
    from_at = _first(issue.began_at, issue.starts_at, issue.created_at)
    return Extent(from_at, issue.ended_at if issue.ended_at is not None else issue.ends_at)


def is_public(issue: Issue) -> bool:
    """Whether visitors may know of it: not before a scheduled one has been announced, and never if
    it was called off before that."""
    return issue.announced or not issue.scheduled


def _first(began_at: int | None, starts_at: int | None, created_at: int) -> int:
    if began_at is not None:
        return began_at
    return created_at if starts_at is None else starts_at
