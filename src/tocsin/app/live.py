"""The live API's surface: the board that follows the log, and its events for those who watch."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple, assert_never

from tocsin.app import rights
from tocsin.app.clock import AlarmClock
from tocsin.model import event_data
from tocsin.model.board import Board
from tocsin.model.errors import Refused
from tocsin.model.event import Change, Event
from tocsin.model.issue import IssueEvent
from tocsin.model.page import Visibility
from tocsin.model.position import Position
from tocsin.push.hub import Hub
from tocsin.push.subscriber import Subscriber
from tocsin.wire import hund, hund_v2, sse
from tocsin.wire.hund_frame import Frame
from tocsin.wire.hund_news import concerns

_HOUR_MS = 60 * 60 * 1_000


class Version(Enum):
    """The versions of the live API."""

    V1 = auto()
    V2 = auto()


class LiveFeed(NamedTuple):
    """The key of a live feed: a page, or one component of it, in one version."""

    version: Version
    slug: str
    component_id: str | None


class LiveSurface:
    """Holds the board, and publishes each change of it to the live feeds that have readers.

    `sequence` is that of the newest event it was given, and what `board` shows. `public_url` is the
    service's address, without final slash.
    """

    def __init__(
        self, hub: Hub, board: Board, epoch: str, clock: AlarmClock, public_url: str
    ) -> None:
        self.board = board
        self.sequence = hub.position
        self._hub = hub
        self._epoch = epoch
        self._clock = clock
        self._public_url = public_url
        self._openings: dict[LiveFeed, tuple[int, bytes]] = {}

    def publish(self, change: Change) -> None:
        """Give one committed change to the feeds. On the loop, in commit order, before the hub is
        advanced."""
        self.sequence = change[-1].sequence
        before, self.board = self.board, self.board.apply(change)
        self._openings.clear()
        if not concerns(change):
            return
        for feed in self._hub.feeds:
            if isinstance(feed.key, LiveFeed):
                for frame in self._frames(feed.key, before, change):
                    feed.publish(frame.sequence, self._encode(frame))
                if self.board.picture(feed.key.slug, feed.key.component_id) is None:
                    feed.close()
        self._end_lost_rights(before, change)

    async def run(self) -> None:
        """Tell the readers of v2 every full hour, until cancelled, of the uptime that has grown."""
        while True:
            await self._clock.until((self._clock.now_ms() // _HOUR_MS + 1) * _HOUR_MS)
            self._tell_of_growth()

    def _tell_of_growth(self) -> None:
        """Not an event of the log: it stands with the newest that every feed was given."""
        for feed in self._hub.feeds:
            if isinstance(feed.key, LiveFeed) and feed.key.version is Version.V2:
                grown = hund_v2.cache_grown(self.board, self._view(feed.key), self.sequence)
                if grown is not None:
                    feed.publish(grown.sequence, self._encode(grown))

    def opening(self, key: LiveFeed) -> bytes:
        """The `init_event` of a feed as of now, made once for all who join within a second, unless
        something changes. Refused: not_found when the page does not show the component."""
        now = self._now
        made_at, opening = self._openings.get(key, (None, b""))
        if made_at != now:
            opening = self._encode(self._init_event(key))
            self._openings[key] = now, opening
        return opening

    def join(self, subscriber: Subscriber, key: LiveFeed) -> None:
        """Show the subscriber the picture, and from then on every change of it.

        A stream whose component has gone meanwhile ends at once.
        """
        try:
            opening = self.opening(key)
        except Refused:
            subscriber.end()
            return
        feed = self._hub.feed(key, lambda: _Picture(self, key))
        feed.join(subscriber, opening, self.sequence)

    def _init_event(self, key: LiveFeed) -> Frame:
        match key.version:
            case Version.V1:
                return hund.init_event(self.board, key.slug, key.component_id, self.sequence)
            case Version.V2:
                return hund_v2.init_event(self.board, self._view(key), self.sequence)
            case _:
                assert_never(key.version)

    def _frames(self, key: LiveFeed, before: Board, change: Change) -> Sequence[Frame]:
        match key.version:
            case Version.V1:
                return hund.frames(before, self.board, change, key.slug, key.component_id)
            case Version.V2:
                return hund_v2.frames(before, self.board, change, self._view(key))
            case _:
                assert_never(key.version)

    def _view(self, key: LiveFeed) -> hund_v2.View:
        return hund_v2.View(key.slug, key.component_id, self._now, self._public_url)

    @property
    def _now(self) -> int:
        return self._clock.now_ms() // 1_000

    def _encode(self, frame: Frame) -> bytes:
        position = Position(self._epoch, frame.sequence)
        return sse.frame(frame.data, event=frame.event, id=str(position))

    def _end_lost_rights(self, before: Board, change: Change) -> None:
        """A page that is no longer public, or has another bypass token, ends what it had opened; so
        does an issue that may have left the public pages."""
        for slug, page in before.pages.items():
            now = self.board.pages.get(slug)
            if page.visibility is Visibility.PUBLIC and page is not now:
                if now is None or now.visibility is Visibility.PRIVATE:
                    self._hub.end(rights.public(slug))
                self._hub.end(rights.ANYBODY)
        for event in change:
            if event.type == "tocsin.page.edited" and event_data.has_rotated(event.data):
                self._hub.end(rights.bypass(event_data.read_page(event.data).slug))
            if event.type == IssueEvent.EDITED and _has_moved(before, event):
                self._hub.end(rights.ANYBODY)


def _has_moved(before: Board, event: Event) -> bool:
    """Whether an issue, as far as is known, was about other components before it was edited."""
    issue = event_data.read_issue(event.data).issue
    held = before.issues.get(issue.id)
    return held is None or held.component_ids != issue.component_ids


class _Picture:
    """How a reader of the live API that fell behind catches up: with the picture as it is now."""

    def __init__(self, surface: LiveSurface, key: LiveFeed) -> None:
        self._surface = surface
        self._key = key

    def snapshot(self) -> tuple[bytes, int]:
        """The `init_event` of now."""
        return self._surface.opening(self._key), self._surface.sequence
