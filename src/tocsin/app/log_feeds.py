"""The event API's surface: the whole log, or the topics a reader asks for, event by event."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model.event import Change, Event
from tocsin.model.resume import Outcome, Verdict
from tocsin.model.topic import TopicFilter
from tocsin.push.feed import Feed
from tocsin.push.hub import Hub
from tocsin.push.source import PAGE_BYTES, HistoryPage
from tocsin.push.subscriber import Subscriber
from tocsin.store import log
from tocsin.store.store import Store
from tocsin.wire import cloudevents, resume, sse

# Events of 300 bytes of data fill a page of PAGE_BYTES with about so many.
_PAGE_EVENTS = 250

# Filters that nobody listens to any more are looked for once there may be this many of them.
_SPARE_FILTERS = 64


class Dialect(NamedTuple):
    """How a surface of the log writes, in frames: an event, and the verdict of those for whom
    retention was faster. Both are given the log's epoch. `quiet`: it needs no heartbeats."""

    name: str
    event: Callable[[Event, str], bytes]
    verdict: Callable[[Verdict, str], bytes]
    quiet: bool = False


def _frame(event: Event, epoch: str) -> bytes:
    data = cloudevents.render(event, epoch)
    return sse.frame(data, event=event.type, id=f"{epoch}-{event.sequence}")


EVENT_API = Dialect("events", _frame, resume.frame)


class LogFeed(NamedTuple):
    """The key of a feed of the log."""

    dialect: str
    topics: TopicFilter


class LogSurface:
    """Publishes every committed event to the feeds whose readers asked for its topic."""

    def __init__(self, hub: Hub, store: Store, dialect: Dialect = EVENT_API) -> None:
        self._hub = hub
        self._store = store
        self._dialect = dialect
        self._keys: set[LogFeed] = set()
        self._exact: defaultdict[str, set[LogFeed]] = defaultdict(set)
        self._wild: set[LogFeed] = set()

    def publish(self, change: Change) -> None:
        """Give one committed change to the feeds. On the loop, in commit order, before the hub is
        advanced."""
        for event in change if self._keys else ():
            feeds = [
                feed
                for key in self._asking(event.topic)
                if (feed := self._hub.find(key)) is not None
            ]
            if feeds:
                frame = self._dialect.event(event, self._store.epoch)
                for feed in feeds:
                    feed.publish(event.sequence, frame)

    def join(self, subscriber: Subscriber, topics: TopicFilter, opening: bytes, after: int) -> None:
        """Send `opening`, then every event on `topics` after the sequence `after`."""
        self.feed(topics).join(subscriber, opening, after)

    def feed(self, topics: TopicFilter) -> Feed:
        """The feed of the events on `topics`, to be joined at once."""
        key = LogFeed(self._dialect.name, topics)
        dialect = self._dialect
        feed = self._hub.feed(
            key, lambda: _History(self._store, topics, dialect), quiet=dialect.quiet
        )
        self._remember(key)
        return feed

    def _asking(self, topic: str) -> Iterable[LogFeed]:
        named = self._exact.get(topic, set())
        return named | {key for key in self._wild if key.topics.matches(topic)}

    def _remember(self, key: LogFeed) -> None:
        if key in self._keys:
            return
        if len(self._keys) > 2 * len(self._hub.feeds) + _SPARE_FILTERS:
            self._forget_unheard()
        self._keys.add(key)
        self._index(key)

    def _index(self, key: LogFeed) -> None:
        for topic in key.topics.exact:
            self._exact[topic].add(key)
        if key.topics.wildcards:
            self._wild.add(key)

    def _forget_unheard(self) -> None:
        self._keys = {key for key in self._keys if self._hub.find(key) is not None}
        self._exact.clear()
        self._wild.clear()
        for key in self._keys:
            self._index(key)


class _History:
    """The past of a feed of the log, rendered in a reader's thread."""

    def __init__(self, store: Store, topics: TopicFilter, dialect: Dialect) -> None:
        self._store = store
        self._topics = topics
        self._dialect = dialect

    async def page(self, after: int, until: int) -> HistoryPage:
        """The next frames after one sequence and up to another."""
        return await self._store.read(lambda conn: self._read(conn, after, until))

    def _read(self, conn: Connection, after: int, until: int) -> HistoryPage:
        page = log.page(conn, self._topics, after, until, _PAGE_EVENTS)
        pieces = []
        if (missed := page.first_available - after - 1) > 0:
            verdict = Verdict(Outcome.GAP, after + missed, missed, page.first_available)
            pieces.append(self._dialect.verdict(verdict, self._store.epoch))
        room = PAGE_BYTES
        for event in page.events:
            frame = self._dialect.event(event, self._store.epoch)
            room -= len(frame)
            if room < 0 and pieces:
                return HistoryPage(b"".join(pieces), event.sequence - 1)
            pieces.append(frame)
        return HistoryPage(b"".join(pieces), page.scanned)
