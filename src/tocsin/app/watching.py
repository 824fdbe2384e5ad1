"""What one connection watches, done: its places in the feeds of notices follow its requests."""

from collections.abc import Iterable

from tocsin.app.notice_feeds import NoticeFeeds, trail_topics
from tocsin.model import resume
from tocsin.model.notice import FORGOTTEN_CLASS
from tocsin.model.resume import Moment, Verdict
from tocsin.model.watch import Narrowed, Watch
from tocsin.push.websocket import Connection
from tocsin.store import log
from tocsin.store.store import Store
from tocsin.wire import sysadm_session
from tocsin.wire.sysadm import Request
from tocsin.wire.sysadm_calls import Follow, Subscribe, Unsubscribe, WatchAction


class Watching:
    """Subscribes one connection to classes of notices. All that a request changes is changed
    without an await, so that its answer stands where the change does."""

    __slots__ = ("_connection", "_feeds", "_store", "_watch")

    def __init__(self, connection: Connection, feeds: NoticeFeeds, store: Store) -> None:
        self._connection = connection
        self._feeds = feeds
        self._store = store
        self._watch = Watch()

    async def do(self, request: Request, action: WatchAction) -> None:
        """Do what is asked for, and answer. Raises Refused (invalid) and StoreUnavailable."""
        match action:
            case Subscribe():
                await self._feeds.last.learn(_remembered(action))
                self._subscribe(request, action)
            case Follow():
                self._follow(request, action, await self._verdict(action))
            case Unsubscribe():
                self._leave(*self._watch.unsubscribe(action.classes))
                self._connection.send(sysadm_session.subscribed(request, action))

    def _subscribe(self, request: Request, action: Subscribe) -> None:
        """The last notices come before the answer, as sysadm has it, and new ones after it."""
        new, connection = self._watch.subscribe(action.classes), self._connection
        connection.write(b"".join(map(self._feeds.last.get, _remembered(action))))
        connection.send(sysadm_session.subscribed(request, action))
        for class_ in new if connection.open else ():
            connection.join(self._feeds.live(class_), connection.hub.position)

    def _follow(self, request: Request, action: Follow, verdict: Verdict) -> None:
        """The answer, which says from where, comes before everything that follows."""
        trail = frozenset(action.classes)
        trail_topics(trail)
        self._leave(*self._watch.follow(trail))
        answer = sysadm_session.followed(request, action, verdict, self._store.epoch)
        self._connection.send(answer)
        self._join_trail(trail, verdict.after)

    def _leave(self, live: Iterable[str], narrowed: Iterable[Narrowed]) -> None:
        for class_ in live:
            self._connection.leave(self._feeds.live_key(class_))
        for trail, rest in narrowed:
            place = self._connection.leave(self._feeds.trail_key(trail))
            if place is not None:
                self._join_trail(rest, place)

    def _join_trail(self, trail: frozenset[str], after: int) -> None:
        if trail and self._connection.open:
            self._connection.join(self._feeds.trail(trail), after)

    async def _verdict(self, action: Follow) -> Verdict:
        store, since = self._store, action.since
        if isinstance(since, Moment):
            time_ms = since.time_ms
            sequence = await store.read(lambda conn: log.sequence_at(conn, time_ms))
            since = store.position(min(sequence, store.head))
        return resume.verdict(since, store.epoch, store.head, store.first_available)


def _remembered(action: Subscribe) -> list[str]:
    """Those of the classes whose last notice is told."""
    return [class_ for class_ in action.classes if class_ != FORGOTTEN_CLASS]
