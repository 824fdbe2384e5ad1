"""How many streams may be open: in all, and from one address."""

import resource
from collections import Counter
from dataclasses import dataclass

from tocsin.model.errors import Code, Refused

# How long, in seconds, a refused reader should wait; for the `Retry-After` of 429 and 503.
RETRY_AFTER_S = 30

# File descriptors kept back for the database, listeners, ordinary requests and outgoing calls.
_KEPT_BACK = 256


def file_limit() -> int:
    """How many files this process may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def streams_within(files: int) -> int:
    """How many streams a file limit leaves room for; a quarter of a small one is kept back."""
    return files - min(_KEPT_BACK, files // 4)


@dataclass(frozen=True)
class Limits:
    """`total` 0 means what the file limit allows; `per_address` 0 means no limit."""

    total: int = 0
    per_address: int = 2000


class Gate:
    """Counts open streams, and refuses one more above the limits or once it is shut."""

    def __init__(self, limits: Limits) -> None:
        self.total = limits.total or streams_within(file_limit())
        self._per_address = limits.per_address
        self._by_address: Counter[str] = Counter()
        self._open = 0
        self.shut = False
        self.refused: Counter[Code] = Counter()

    @property
    def addresses(self) -> int:
        """From how many addresses streams are open."""
        return len(self._by_address)

    def check(self, address: str) -> None:
        """Raise `Refused` when no stream may be opened from `address` now."""
        refusal = self._refusal(address)
        if refusal is not None:
            self.refused[refusal.code] += 1
            raise refusal

    def _refusal(self, address: str) -> Refused | None:
        if self.shut:
            return Refused(Code.UNAVAILABLE, "The server is shutting down.")
        if self._open >= self.total:
            return Refused(Code.UNAVAILABLE, f"All {self.total} streams of this server are in use.")
        if 0 < self._per_address <= self._by_address[address]:
            return Refused(
                Code.TOO_MANY_CONNECTIONS,
                f"At most {self._per_address} streams may be open from one address.",
            )
        return None

    def enter(self, address: str) -> None:
        """A stream from `address` has been opened."""
        self._open += 1
        self._by_address[address] += 1

    def leave(self, address: str) -> None:
        """It is over."""
        self._open -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]
