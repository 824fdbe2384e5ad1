"""How many requests a second an endpoint gets at most: evenly spaced (spec: webhooks, "Delivery").

A second is cut into as many slots as the rate says, and each request takes one. Slots that passed
unused stay free for a twentieth of a second, so that who comes for several at once, a little late,
still gets them all. Where that is shorter than a slot, each request is simply a slot's time after
the one before.
"""

from typing import Final, NamedTuple

# The highest rate. Beyond it, slots would be shorter than the milliseconds that they begin at.
RATE_LIMIT: Final = 1_000

_BURSTS_PER_S: Final = 20


class Grant(NamedTuple):
    """So many requests may be begun now, and the next at `next_ms` (Unix milliseconds)."""

    number: int
    next_ms: int


def grant(next_ms: int, rate_per_s: int, now_ms: int, wanted: int) -> Grant:
    """How many of the wanted requests may be begun at a rate, 0 being no limit. `next_ms` is that
    of the last grant, 0 at first.

    In any time there are no more than the rate allows, and a twentieth of a second's worth, or one.
    """
    if not rate_per_s:
        return Grant(wanted, 0)
    if now_ms < next_ms <= now_ms + _starts_ms(1, rate_per_s):
        return Grant(0, next_ms)
    burst = burst_of(rate_per_s)
    if burst == 1:
        return Grant(min(wanted, 1), now_ms + _starts_ms(1, rate_per_s))
    # Further off it can be only after the clock was put back, or the rate raised.
    free_ms = next_ms if next_ms <= now_ms else 0
    oldest_ms = now_ms - (burst - 1) * 1_000 // rate_per_s
    slot = _slot_from(max(free_ms, oldest_ms), rate_per_s)
    number = min(wanted, _slot_from(now_ms + 1, rate_per_s) - slot)
    return Grant(number, _starts_ms(slot + number, rate_per_s))


def burst_of(rate_per_s: int) -> int:
    """How many may be begun at once after a while of none."""
    return max(1, rate_per_s // _BURSTS_PER_S)


def _slot_from(at_ms: int, rate_per_s: int) -> int:
    """The first slot that begins in that millisecond or later."""
    return (at_ms - 1) * rate_per_s // 1_000 + 1


def _starts_ms(slot: int, rate_per_s: int) -> int:
    """The first millisecond in which the slot has begun."""
    return -(-slot * 1_000 // rate_per_s)
