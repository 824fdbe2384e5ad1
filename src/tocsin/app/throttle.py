"""How often strangers may ask for something: from one address, and in all."""

from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.model.network import network

_HOUR_MS = 60 * 60 * 1_000
# Addresses that are kept in mind. When there are more, those that asked least recently are
# forgotten first; the limit in all holds whatever is forgotten.
_KNOWN_LIMIT = 10_000


class TooOften(Refused):
    """The refusal of one who may try again in `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(Code.TOO_MANY_REQUESTS, f"That was too often. Try again in {wait_s} s.")
        self.wait_s = wait_s


class Throttle:
    """Lets each network address ask `each` times an hour, and all together `together` times.

    Each has so many in hand, and gets back one after the other. Lives on the loop.
    """

    def __init__(self, clock: Clock, *, each: int, together: int) -> None:
        self._clock = clock
        self._each = each
        self._together = together
        self._used_by: dict[str, tuple[float, int]] = {}
        self._used: tuple[float, int] = (0.0, clock.now_ms())

    def check(self, address: str) -> None:
        """Use up one time of whoever asks from this address. Raises `TooOften`."""
        now_ms = self._clock.now_ms()
        key = network(address)
        in_all = _drained(self._used, self._together, now_ms)
        from_there = _drained(self._used_by.pop(key, (0.0, now_ms)), self._each, now_ms)
        wait_ms = max(_wait_ms(in_all, self._together), _wait_ms(from_there, self._each))
        if not wait_ms:
            self._used = in_all + 1, now_ms
            from_there += 1
        self._used_by[key] = from_there, now_ms
        if len(self._used_by) > _KNOWN_LIMIT:
            del self._used_by[next(iter(self._used_by))]
        if wait_ms:
            raise TooOften(-(-wait_ms // 1_000))


def _drained(used: tuple[float, int], limit: int, now_ms: int) -> float:
    number, at_ms = used
    return max(0.0, number - max(0, now_ms - at_ms) * limit / _HOUR_MS)


def _wait_ms(used: float, limit: int) -> int:
    excess = used + 1 - limit
    return max(1, round(excess * _HOUR_MS / limit)) if excess > 0 else 0
