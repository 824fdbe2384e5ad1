"""The surface of notices: a feed for each class, and one for each set that is followed."""

from collections.abc import Collection
from dataclasses import dataclass

from tocsin.app.last_notices import LastNotices
from tocsin.app.log_feeds import Dialect, LogFeed, LogSurface
from tocsin.model import notice
from tocsin.model.event import Change, Event
from tocsin.model.resume import Verdict
from tocsin.model.topic import TopicFilter
from tocsin.push.feed import Feed
from tocsin.push.hub import Hub
from tocsin.store.store import Store
from tocsin.wire import sysadm, sysadm_session, websocket

_TRAIL = "trail"


@dataclass(frozen=True, slots=True)
class NoticeFeed:
    """The key of the feed of a class that is watched live."""

    class_: str


def trail_topics(classes: Collection[str]) -> TopicFilter:
    """The topics of the events that are notices of these classes. Refused (invalid) when these are
    too many to follow together."""
    return TopicFilter.parse(pattern for one in classes for pattern in notice.patterns_of(one))


class NoticeFeeds:
    """Publishes every event that is a notice to those who watch its class, as one ready frame.

    `event_id` is the `id` that notices have.
    """

    def __init__(self, hub: Hub, store: Store, event_id: str) -> None:
        self._hub = hub
        self._epoch = store.epoch
        self._event_id = event_id
        self.last = LastNotices(hub, store, self._frame, self._is_watched)
        trails = Dialect(_TRAIL, self._placed_frame, _gap_frame, quiet=True)
        self._trails = LogSurface(hub, store, trails)

    def publish(self, change: Change) -> None:
        """Give one committed change to the feeds. On the loop, in commit order, before the hub is
        advanced."""
        for event in change:
            class_ = notice.class_of(event.topic)
            if class_ is not None:
                self._tell(class_, event)
        self._trails.publish(change)

    def live(self, class_: str) -> Feed:
        """The feed of one class from now on, to be joined at once. Who cannot keep up leaves it."""
        return self._hub.feed(self.live_key(class_), lambda: None, quiet=True)

    def trail(self, classes: Collection[str]) -> Feed:
        """The feed of several classes in the order of the log, each with its position, to be joined
        at once from anywhere."""
        return self._trails.feed(trail_topics(classes))

    def live_key(self, class_: str) -> NoticeFeed:
        """The key of `live`."""
        return NoticeFeed(class_)

    def trail_key(self, classes: Collection[str]) -> LogFeed:
        """The key of `trail`."""
        return LogFeed(_TRAIL, trail_topics(classes))

    def _tell(self, class_: str, event: Event) -> None:
        feed = self._hub.find(NoticeFeed(class_))
        if feed is None and class_ not in self.last:
            return
        frame = self._frame(event)
        if class_ in self.last:
            self.last.put(class_, frame)
        if feed is not None:
            feed.publish(event.sequence, frame)

    def _is_watched(self, class_: str) -> bool:
        return self._hub.find(NoticeFeed(class_)) is not None

    def _frame(self, event: Event) -> bytes:
        return websocket.text(sysadm.event(event, self._epoch, self._event_id))

    def _placed_frame(self, event: Event, epoch: str) -> bytes:
        return websocket.text(sysadm.event(event, epoch, self._event_id, with_position=True))


def _gap_frame(verdict: Verdict, epoch: str) -> bytes:
    return websocket.text(sysadm_session.gap(verdict, epoch))
