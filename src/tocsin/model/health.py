"""How an endpoint does, and what follows: it is left alone for a while, its owner is warned, and in
the end nothing is sent to it any more (spec: webhooks, "Delivery")."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS

# So many failures in a row, within so long, and nothing is sent for a while.
FAILURES_LIMIT: Final = 10
FAILURES_WITHIN_MS: Final = 5 * _MINUTE_MS
# For how long that is; each pause is twice as long as the one before, up to the longest.
FIRST_PAUSE_MS: Final = 30_000
LONGEST_PAUSE_MS: Final = _HOUR_MS
# Who fails for so long is disabled; the owner is warned at these shares of the way, in percent.
PATIENCE_MS: Final = 5 * _DAY_MS
WARNINGS: Final = (50, 90)
# What failed before so long without an attempt tells nothing. No wait for a retry is as long.
QUIET_MS: Final = 2 * _DAY_MS


class State(StrEnum):
    """What people are told of an endpoint's health."""

    HEALTHY = "healthy"
    FAILING = "failing"  # nothing has arrived since an attempt failed
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True)
class Health:
    """How an endpoint does; times are Unix milliseconds.

    `failures` are the times of the latest failures in a row, as many as count towards a pause,
    `failing_since_ms` that of the first since the last success, or since it was quiet.
    `paused_until_ms` is the end of the last pause since then, `pauses` how many there were.
    `warned` is the share of the way to being disabled, in percent, that was last warned of.
    """

    failures: tuple[int, ...] = ()
    failing_since_ms: int | None = None
    paused_until_ms: int = 0
    pauses: int = 0
    warned: int = 0
    last_success_ms: int | None = None
    last_failure_ms: int | None = None


class Failed(NamedTuple):
    """What follows from a failure: the health with it, the share of the way to being disabled that
    the owner is to be warned of now, and whether the endpoint is to be disabled."""

    health: Health
    warn: int | None
    disable: bool


def succeeded(health: Health, at_ms: int) -> Health:
    """With an attempt that succeeded then."""
    return Health(last_success_ms=at_ms, last_failure_ms=health.last_failure_ms)


def failed(health: Health, started_ms: int, at_ms: int) -> Failed:
    """With an attempt that began and failed then.

    One that began before a pause does not lengthen it. Nobody is disabled for a few failures with
    days of silence between them: each begins anew. Nobody either who was not warned of 90 percent:
    what seldom gets anything may go from half of our patience to its end with nothing in between.
    """
    before = reset(health) if _was_quiet(health, at_ms) else health
    since = at_ms if before.failing_since_ms is None else before.failing_since_ms
    after = replace(before, failing_since_ms=since, last_failure_ms=at_ms)
    if not _is_paused(before, started_ms):
        after = _counted(after, at_ms)
    share = (at_ms - since) * 100 // PATIENCE_MS
    warn = max((one for one in WARNINGS if before.warned < one <= share), default=None)
    if warn is not None:
        return Failed(replace(after, warned=warn), warn, disable=False)
    return Failed(after, None, disable=share >= 100)


def reset(health: Health) -> Health:
    """As if nothing had gone wrong: for an endpoint that is enabled again, or is elsewhere now."""
    return Health(last_success_ms=health.last_success_ms, last_failure_ms=health.last_failure_ms)


def allowance(health: Health, now_ms: int, free: int, under_way: int) -> int:
    """How many requests may be begun where there is room for so many more, and so many are under
    way: none in a pause, after it one at a time, until one succeeds."""
    if _is_paused(health, now_ms):
        return 0
    if not health.pauses:
        return free
    return min(free, 1) if not under_way else 0


def state(health: Health, enabled: bool, now_ms: int) -> State:
    """How it does now, in one word."""
    if not enabled:
        return State.DISABLED
    if _is_paused(health, now_ms):
        return State.PAUSED
    return State.HEALTHY if health.failing_since_ms is None else State.FAILING


def _was_quiet(health: Health, at_ms: int) -> bool:
    """Whether nothing was tried for long before that time, since an attempt failed."""
    return health.last_failure_ms is not None and at_ms - health.last_failure_ms > QUIET_MS


def _is_paused(health: Health, at_ms: int) -> bool:
    """Whether that time is before the end of the pause; if by more than any pause lasts, then the
    clock was put back."""
    return 0 < health.paused_until_ms - at_ms <= LONGEST_PAUSE_MS


def _counted(health: Health, at_ms: int) -> Health:
    if health.pauses:
        return _paused(health, at_ms)
    recent = [one for one in health.failures if one > at_ms - FAILURES_WITHIN_MS]
    counted = replace(health, failures=(*recent, at_ms))
    return counted if len(counted.failures) < FAILURES_LIMIT else _paused(counted, at_ms)


def _paused(health: Health, at_ms: int) -> Health:
    length_ms = min(FIRST_PAUSE_MS << min(health.pauses, 16), LONGEST_PAUSE_MS)
    return replace(health, failures=(), paused_until_ms=at_ms + length_ms, pauses=health.pauses + 1)
