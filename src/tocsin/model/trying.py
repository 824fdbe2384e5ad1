"""One try to deliver something, what it came to, and what follows from that."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

from tocsin.model.exchange import Response

# Seconds from one try to the next; after the last one it is given up.
Schedule = tuple[int, ...]

_MINUTE, _HOUR = 60, 3_600

# Two days, as mail is used to.
MAIL: Schedule = (
    *(30, _MINUTE, 5 * _MINUTE, 15 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR, 20 * _HOUR),
)
# Three days: 10 retries.
WEBHOOK: Schedule = (
    *(5, 30, 2 * _MINUTE, 10 * _MINUTE),
    *(_HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR, 30 * _HOUR),
)

# How far each wait is stretched or shortened, so that what failed together returns apart.
_JITTER = 0.2
# The longest wait that a receiver can ask for, in seconds.
_LONGEST_WISH = _HOUR

_WORTH_RETRYING = frozenset({408, 425, 429, *range(500, 600)})


class Result(StrEnum):
    """What a try came to."""

    DELIVERED = "delivered"
    FAILED = "failed"  # this time: to be tried again
    REFUSED = "refused"  # for good
    UNWANTED = "unwanted"  # the receiver wants no more of anything


@dataclass(frozen=True)
class Tried:
    """What one try came to. `reason` says in few words why it failed; `wait_s` is how long the
    receiver asked to wait for the next."""

    result: Result
    reason: str = ""
    wait_s: int | None = None


def answered(response: Response, at: int) -> Tried:
    """A try that was answered at that time (Unix seconds); redirects are not followed, so they
    refuse."""
    status = response.status
    if 200 <= status < 300:
        return Tried(Result.DELIVERED)
    reason = f"answered {status}"
    if status == HTTPStatus.GONE:
        return Tried(Result.UNWANTED, reason)
    if status in _WORTH_RETRYING:
        return Tried(Result.FAILED, reason, _asked_s(response, at))
    return Tried(Result.REFUSED, reason)


def wait_s(tried: Tried, tries: int, schedule: Schedule, chance: float) -> float | None:
    """How long to wait for the next try after `tries` that failed; None: it is given up.

    `chance` is a random number from 0 to 1.
    """
    if tries > len(schedule):
        return None
    jittered = schedule[tries - 1] * (1 + _JITTER * (2 * chance - 1))
    return max(jittered, tried.wait_s or 0)


def _asked_s(response: Response, at: int) -> int | None:
    """The wait that is asked for, in seconds or as a date (RFC 9110, section 10.2.3), as far as it
    is heeded."""
    header = response.headers.get("retry-after", "")
    asked = int(header[:9]) if _is_number(header) else _until(header, at)
    return None if asked is None else min(max(0, asked), _LONGEST_WISH)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _until(date: str, at: int) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp()) - at
    except (ValueError, OverflowError):
        return None
