"""Scheduled backups: how their files are called, when the next is due, which need not be kept."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

_NAME = re.compile(r"tocsin-(\d{8}T\d{6}Z)\.db")

# After a failure the next try does not wait for its turn when that is further away, in seconds.
_RETRY_S = 60 * 60


def name_at(time: int) -> str:
    """The file name of a backup begun at that time (Unix seconds)."""
    return f"tocsin-{datetime.fromtimestamp(time, UTC).strftime('%Y%m%dT%H%M%SZ')}.db"


def time_of(name: str) -> int | None:
    """When the backup in a file of this name was begun; None when the name is none of ours."""
    named = _NAME.fullmatch(name)
    try:
        return int(datetime.strptime(named[1], "%Y%m%dT%H%M%S%z").timestamp()) if named else None
    except ValueError:
        return None


def next_due(names: Iterable[str], every_s: int, now: int) -> int:
    """When the next backup is due (Unix seconds), maybe past, by the names of the files there.

    One that seems to lie in the future, because the clock was set back, does not hold it up.
    """
    newest = max(_times(names), default=None)
    return now if newest is None else min(newest, now) + every_s


def retry_after(every_s: int) -> int:
    """How many seconds after a failure to try again."""
    return min(every_s, _RETRY_S)


def surplus(names: Iterable[str], keep: int) -> list[str]:
    """Those of the files that are backups and not among the newest `keep`; 0 keeps all."""
    ours = sorted((name for name in names if time_of(name) is not None), reverse=True)
    return ours[keep:] if keep else []


def _times(names: Iterable[str]) -> Iterable[int]:
    return (time for name in names if (time := time_of(name)) is not None)
