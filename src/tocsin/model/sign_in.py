"""When an address has failed to sign in so often that it is refused for a while."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """The failure number `max_failures` blocks an address for `block_s` seconds; 0 is no limit.

    Failures are forgotten `forget_s` seconds after the last one.
    """

    max_failures: int
    block_s: int
    forget_s: int


@dataclass(frozen=True)
class Failures:
    """How often one address failed, last at `last_at`. Times are Unix seconds."""

    count: int
    last_at: int
    blocked_until: int | None = None

    def wait_s(self, now: int) -> int:
        """For how many seconds the address is still refused; 0 when it is not."""
        return max(0, (self.blocked_until or 0) - now)


def failed(before: Failures | None, now: int, limit: Limit) -> Failures:
    """What is known of an address that has just failed. A block that stands stays as it is: an
    attempt begun before it does not begin the counting anew."""
    if before is not None and before.wait_s(now):
        return before
    if before is None or before.blocked_until is not None or now - before.last_at >= limit.forget_s:
        count = 1
    else:
        count = before.count + 1
    blocked = 0 < limit.max_failures <= count
    return Failures(count, now, now + limit.block_s if blocked else None)
