"""The live API's surface: the board that follows the log, and its events for those who watch."""

from typing import NamedTuple

from tocsin.app import rights
from tocsin.model import event_data
from tocsin.model.board import Board
from tocsin.model.event import Change
from tocsin.model.page import Visibility
from tocsin.model.position import Position
from tocsin.push.hub import Hub
from tocsin.push.subscriber import Subscriber
from tocsin.wire import hund, sse
from tocsin.wire.hund import Frame


class LiveFeed(NamedTuple):
    """The key of a live feed: a page, or one component of it."""

    slug: str
    component_id: str | None


class LiveSurface:
    """Holds the board, and publishes each change of it to the live feeds that have readers.

    `sequence` is that of the newest event it was given, and what `board` shows.
    """

    def __init__(self, hub: Hub, board: Board, epoch: str) -> None:
        self.board = board
        self.sequence = hub.position
        self._hub = hub
        self._epoch = epoch
        self._openings: dict[LiveFeed, bytes] = {}

    def publish(self, change: Change) -> None:
        """Give one committed change to the feeds. On the loop, in commit order, before the hub is
        advanced."""
        self.sequence = change[-1].sequence
        before, self.board = self.board, self.board.apply(change)
        self._openings.clear()
        if not hund.concerns(change):
            return
        for feed in self._hub.feeds:
            if isinstance(feed.key, LiveFeed):
                slug, component_id = feed.key
                for frame in hund.frames(before, self.board, change, slug, component_id):
                    feed.publish(frame.sequence, self._encode(frame))
                if self.board.picture(slug, component_id) is None:
                    feed.close()
        self._end_lost_rights(before, change)

    def opening(self, key: LiveFeed) -> bytes:
        """The `init_event` of a feed as of now, made once for all who join before the next change.

        Refused: not_found when the page does not show the component.
        """
        opening = self._openings.get(key)
        if opening is None:
            opening = self._encode(hund.init_event(self.board, *key, self.sequence))
            self._openings[key] = opening
        return opening

    def join(self, subscriber: Subscriber, key: LiveFeed) -> None:
        """Show the subscriber the picture, and from then on every change of it.

        A stream whose component has gone meanwhile ends at once.
        """
        if self.board.picture(*key) is None:
            subscriber.end()
            return
        feed = self._hub.feed(key, lambda: _Picture(self, key))
        feed.join(subscriber, self.opening(key), self.sequence)

    def _encode(self, frame: Frame) -> bytes:
        position = Position(self._epoch, frame.sequence)
        return sse.frame(frame.data, event=frame.event, id=str(position))

    def _end_lost_rights(self, before: Board, change: Change) -> None:
        """A page that is no longer public, or has another bypass token, ends what it had opened."""
        for slug, page in before.pages.items():
            now = self.board.pages.get(slug)
            if page.visibility is Visibility.PUBLIC and page is not now:
                if now is None or now.visibility is Visibility.PRIVATE:
                    self._hub.end(rights.public(slug))
                self._hub.end(rights.ANYBODY)
        for event in change:
            if event.type == "tocsin.page.edited" and event_data.has_rotated(event.data):
                self._hub.end(rights.bypass(event_data.read_page(event.data).slug))


class _Picture:
    """How a reader of the live API that fell behind catches up: with the picture as it is now."""

    def __init__(self, surface: LiveSurface, key: LiveFeed) -> None:
        self._surface = surface
        self._key = key

    def snapshot(self) -> tuple[bytes, int]:
        """The `init_event` of now."""
        return self._surface.opening(self._key), self._surface.sequence
