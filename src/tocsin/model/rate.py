"""Rates: so much a second, of which a second's worth may come at once."""

from typing import NamedTuple


class Spent(NamedTuple):
    """What was spent of a rate and has not come back at `at_ms` (Unix milliseconds), in
    thousandths."""

    thousandths: int = 0
    at_ms: int = 0


def spend(spent: Spent, amount: int, per_s: int, now_ms: int) -> tuple[Spent, int]:
    """What is spent after `amount` more, and for how many milliseconds that is refused, by which
    nothing is spent.

    It is let in while there is anything left, however much it is, and the rest is owed: what comes
    in one piece larger than the rate would never be let in otherwise.
    """
    back = max(0, now_ms - spent.at_ms) * per_s
    owed = max(0, spent.thousandths - back)
    excess = owed - per_s * 1_000
    if excess >= 0:
        return Spent(owed, now_ms), excess // per_s + 1
    return Spent(owed + amount * 1_000, now_ms), 0
