"""How a subscriber that is behind catches up: by a new picture, or by the history it missed."""

from typing import NamedTuple, Protocol, runtime_checkable


@runtime_checkable
class Snapshot(Protocol):
    """A feed whose readers need the present, not the past (the live API, a page)."""

    def snapshot(self) -> tuple[bytes, int]:
        """The frames that replace all a reader knows, and the sequence as of which they are true.

        On the loop, at once; the sequence is not below the hub's position.
        """
        ...


class HistoryPage(NamedTuple):
    """Frames of the log, and the sequence up to which a reader of them has everything."""

    data: bytes
    after: int


class History(Protocol):
    """A feed whose readers must have every event (the event API, an inbox)."""

    async def page(self, after: int, until: int) -> HistoryPage:
        """Frames of the events in `(after, until]`, oldest first, as many as fit in `PAGE_BYTES`.

        The returned `after` is above the given one: a page without frames still gets on. When
        retention has removed part, the frames begin with the one that says so.
        """
        ...


Source = Snapshot | History

# What may be given to one socket at a time: a flush, a page, the frames of a ring. With the
# high-water mark below it bounds what a reader that stops reading can hold: 384 KiB, or the
# high-water mark and one frame that is larger.
PAGE_BYTES = 128 * 1024
HIGH_WATER = 256 * 1024
