"""Where an issue stands in the history that a page shows: over which time, and whether at all."""

from dataclasses import replace
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
    began_at = issue.created_at if issue.starts_at is None else issue.starts_at
    return Extent(
        began_at if issue.began_at is None else issue.began_at,
        issue.ends_at if issue.ended_at is None else issue.ended_at,
    )


def is_public(issue: Issue) -> bool:
    """Whether visitors may know of it: not before a scheduled one has been announced, and never if
    it was called off before that."""
    return issue.announced or not issue.scheduled


def as_told(issue: Issue, told: Issue | None, at: int) -> Issue:
    """`issue` as it stood at `at` (Unix seconds), when it was as `told` says. Its fields stay as
    they are now where the log no longer tells; updates are never edited."""
    said = tuple(update for update in issue.updates if update.created_at <= at)
    return replace(told or issue, updates=said)
