"""The surface of operations: what is told in each run, for those who listen to it."""

from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.app import inbox_places
from tocsin.app.inbox_places import Asked
from tocsin.model import operation_data
from tocsin.model.event import Change, Event
from tocsin.model.inbox import Follow, Place, Wait
from tocsin.model.operation import OperationEvent, Run, id_of, topic_of
from tocsin.model.topic import TopicFilter
from tocsin.push.feed import Feed
from tocsin.push.hub import Hub
from tocsin.push.source import PAGE_BYTES, HistoryPage
from tocsin.push.subscriber import Subscriber
from tocsin.store import log
from tocsin.store.store import Store
from tocsin.wire import monit

# Messages of a line of text fill a page of PAGE_BYTES with about so many.
_PAGE_EVENTS = 500

# What an inbox holds of the newest of it: there are thousands, most with one listener, and who
# missed more reads the log.
_KEEP_BYTES = 4 * 1024


class InboxFeed(NamedTuple):
    """The key of an inbox: a run, by the sequence at which it was opened, or the next run."""

    operation_id: str
    opened: int | None


class Inboxes:
    """Publishes what is told in each run to the feed of that run.

    Knows which runs are open as of the newest change that it was given: that is what the hub's
    feeds are about. The database, where a request's place is found, may be ahead of it.
    """

    def __init__(self, hub: Hub, store: Store, open_runs: dict[str, Run]) -> None:
        self._hub = hub
        self._store = store
        self._open = open_runs

    def publish(self, change: Change) -> None:
        """Give one committed change to the feeds. On the loop, in commit order, before the hub is
        advanced."""
        for event in change:
            match event.type:
                case OperationEvent.MESSAGE:
                    self._tell(event)
                case OperationEvent.OPENED:
                    self._begin(event)
                case OperationEvent.CLOSED:
                    self._finish(event)

    def waits(self, operation_id: str) -> bool:
        """Whether somebody here listens for the next run of this operation."""
        return self._hub.find(InboxFeed(operation_id, None)) is not None

    def listened(self) -> set[str]:
        """The operations in whose open or next run somebody here listens."""
        return {
            feed.key.operation_id
            for feed in self._hub.feeds
            if isinstance(feed.key, InboxFeed) and not self._is_over(feed.key)
        }

    async def place(self, asked: Asked) -> Place:
        """Which run a request is about, and from where on."""
        return await self._store.read(
            lambda conn: inbox_places.find(conn, asked, inbox_places.end_of_log(conn))
        )

    async def caught_up(self, place: Wait | Follow) -> None:
        """Return once the feeds know of the run that this place is in, or waits after.

        Before that, who waits would be taken for a listener of the run that was closed before.
        """
        await self._hub.reach(place.run.opened if isinstance(place, Follow) else place.after)

    def join(self, subscriber: Subscriber, operation_id: str, place: Wait | Follow) -> None:
        """Send the position of the place, then every message from there on, until the run's end.

        The first block has the position alone; `retry:` follows as a block of its own. The feeds
        have to have `caught_up`.
        """
        key = InboxFeed(operation_id, self._opened(operation_id, place))
        feed = self._hub.feed(key, lambda: self._history(key, place), keep=_KEEP_BYTES)
        subscriber.begin(monit.beginning(self._store.position(place.after)))
        feed.join(subscriber, b"\n", place.after)
        if self._is_over(key):
            feed.finish()

    def _opened(self, operation_id: str, place: Wait | Follow) -> int | None:
        """Where the run of that place was opened; None when it has yet to be."""
        match place:
            case Follow(run):
                return run.opened
            case Wait(after):
                last = self._open.get(operation_id)
                return last.opened if last is not None and last.opened > after else None

    def _is_over(self, key: InboxFeed) -> bool:
        """Whether everything of a run has been published."""
        if key.opened is None:
            return False
        run = self._open.get(key.operation_id)
        return run is None or run.opened != key.opened

    def _history(self, key: InboxFeed, place: Wait | Follow) -> "_Messages":
        if key.opened is None:
            return _Messages(self._store, key.operation_id)
        run = place.run if isinstance(place, Follow) else self._open[key.operation_id]
        return _Messages(self._store, key.operation_id, run)

    def _tell(self, event: Event) -> None:
        feed = self._of_open_run(id_of(event.topic))
        if feed is not None:
            feed.publish(event.sequence, monit.frame(event, self._store.epoch))

    def _begin(self, event: Event) -> None:
        """Those who wait are in the run from now on."""
        operation_id = id_of(event.topic)
        told = operation_data.read_run(event.data)
        run = Run(number=told.run, opened_at=told.opened_at, opened=event.sequence)
        self._open[operation_id] = run
        feed = self._hub.find(InboxFeed(operation_id, None))
        if feed is not None:
            _messages(feed).run = run
            self._hub.rename(feed, InboxFeed(operation_id, run.opened))

    def _finish(self, event: Event) -> None:
        operation_id = id_of(event.topic)
        feed = self._of_open_run(operation_id)
        self._open.pop(operation_id, None)
        if feed is not None:
            feed.finish()

    def _of_open_run(self, operation_id: str) -> Feed | None:
        """The feed of the run that is open, if somebody listens."""
        run = self._open.get(operation_id)
        return None if run is None else self._hub.find(InboxFeed(operation_id, run.opened))


class _Messages:
    """The past of an inbox: what was told in its run, and nothing before there is one."""

    def __init__(self, store: Store, operation_id: str, run: Run | None = None) -> None:
        self.run = run
        self._store = store
        self._topic = TopicFilter.parse([topic_of(operation_id)])

    async def page(self, after: int, until: int) -> HistoryPage:
        """The next messages after one sequence and up to another."""
        run = self.run
        last = until if run is None or run.closed is None else min(until, run.closed)
        if run is None or after >= last:
            return HistoryPage(b"", until)
        return await self._store.read(partial(self._read, run=run, after=after, until=last))

    def _read(self, conn: Connection, run: Run, after: int, until: int) -> HistoryPage:
        page = log.page(conn, self._topic, after, until, _PAGE_EVENTS)
        frames: list[bytes] = []
        room = PAGE_BYTES
        for event in page.events:
            if not _is_told_in(event, run):
                continue
            frame = monit.frame(event, self._store.epoch)
            room -= len(frame)
            if room < 0 and frames:
                return HistoryPage(b"".join(frames), event.sequence - 1)
            frames.append(frame)
        return HistoryPage(b"".join(frames), page.scanned)


def _is_told_in(event: Event, run: Run) -> bool:
    return (
        event.type == OperationEvent.MESSAGE
        and operation_data.read_message(event.data).run == run.number
    )


def _messages(feed: Feed) -> _Messages:
    assert isinstance(feed.source, _Messages)
    return feed.source
