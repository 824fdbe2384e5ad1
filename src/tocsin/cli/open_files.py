"""The limit on open files, which is the limit on open streams."""

import resource

from tocsin.push.limits import streams_within

# Below this many streams, an operator who asked for no number of them should be told.
_FEW = 4096


def raise_limit() -> int:
    """Raise the process's soft limit to its hard one; how many files it may open now."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def complaint(limit: int, wanted: int) -> str | None:
    """What is wrong with a limit of `limit` files; None when it suffices.

    `wanted` is `push.max_connections`: 0 asks for no number in particular.
    """
    possible = streams_within(limit)
    if possible >= (wanted or _FEW):
        return None
    asked = f"push.max_connections asks for {wanted}" if wanted else f"{_FEW} should fit"
    return (
        f"The limit of {limit} open files has room for {possible} streams, but {asked}. "
        f"Raise it to {(wanted or _FEW) * 2}: LimitNOFILE= in the service's unit, or ulimit -Hn."
    )
