"""What one connection watches: classes of notices, each of them once."""

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from tocsin.model.errors import invalid

WATCHED_LIMIT = 100

# Classes that are followed together, in the order of the log.
Trail = frozenset[str]


_NOTHING: frozenset[str] = frozenset()
_NO_TRAILS: frozenset[Trail] = frozenset()


@lru_cache(maxsize=1_000)
def _shared(classes: frozenset[str]) -> frozenset[str]:
    """One object for all connections that watch the same: an empty set alone takes 216 bytes."""
    return classes


class Narrowed(NamedTuple):
    """A trail that goes on with fewer classes; without any it ends."""

    trail: Trail
    rest: Trail


class Watch:
    """The classes that are watched live, and the trails that are followed. No class is in two."""

    __slots__ = ("live", "trails")

    def __init__(self) -> None:
        self.live = _NOTHING
        self.trails = _NO_TRAILS

    def subscribe(self, classes: Collection[str]) -> frozenset[str]:
        """Watch these live, but those that are followed, and tell which are new.

        Refused (invalid) when these are too many for one connection.
        """
        new = frozenset(classes) - self.live - frozenset[str]().union(*self.trails)
        self._check(self._count + len(new))
        self.live = _shared(self.live | new)
        return new

    def follow(self, trail: Trail) -> tuple[frozenset[str], list[Narrowed]]:
        """Follow these, wherever they were watched before: tell which were live, and what becomes
        of other trails. Refused (invalid) when these are too many for one connection."""
        others = self.live.union(*self.trails) - trail
        self._check(len(others) + len(trail))
        left = self.unsubscribe(trail)
        self.trails |= {trail}
        return left

    def unsubscribe(self, classes: Collection[str]) -> tuple[frozenset[str], list[Narrowed]]:
        """Watch these no longer: tell which were live, and what becomes of the trails."""
        leaving = frozenset(classes)
        live = self.live & leaving
        narrowed = [Narrowed(trail, trail - leaving) for trail in self.trails if trail & leaving]
        self.live = _shared(self.live - live)
        if narrowed:
            kept = self.trails - {trail for trail, _ in narrowed}
            self.trails = kept | {rest for _, rest in narrowed if rest}
        return live, narrowed

    @property
    def _count(self) -> int:
        return len(self.live) + sum(map(len, self.trails))

    def _check(self, count: int) -> None:
        if count > WATCHED_LIMIT:
            raise invalid("args", f"a connection watches at most {WATCHED_LIMIT} classes")
