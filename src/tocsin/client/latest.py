"""Taking only news of what webhooks tell: each event once, and none after a newer one."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from tocsin.client.pushed import Place, Pushed


class Latest:
    """What was taken last of each key (incident). Every webhook is told at least once, and one that
    is retried may come after newer ones (seeds/flashduty-incident-webhook.txt, section 3).

    It remembers the latest `room` ids and keys, in memory: what is older, or was before a restart,
    is taken again when it is sent again. Any thread may call it.
    """

    def __init__(self, room: int = 10_000) -> None:
        self._room = room
        self._lock = Lock()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._places: OrderedDict[str, Place] = OrderedDict()

    @contextmanager
    def taking(self, event: Pushed) -> Iterator[bool]:
        """Whether the event is news, to be acted on in the block. One whose block fails is
        forgotten, so that it is news again when it is sent again."""
        with self._lock:
            is_news = self._is_news(event)
            before = self._remember(event) if is_news else None
        try:
            yield is_news
        except BaseException:
            if is_news:
                with self._lock:
                    self._forget(event, before)
            raise

    def _is_news(self, event: Pushed) -> bool:
        if event.id in self._ids:
            self._ids.move_to_end(event.id)
            return False
        if event.place is None:
            return True
        newest = self._places.get(event.place.key)
        return newest is None or _rank(event.place) > _rank(newest)

    def _remember(self, event: Pushed) -> Place | None:
        """Returns the place that was the newest before."""
        self._ids[event.id] = None
        if len(self._ids) > self._room:
            self._ids.popitem(last=False)
        if event.place is None:
            return None
        before = self._places.pop(event.place.key, None)
        self._places[event.place.key] = event.place
        if len(self._places) > self._room:
            self._places.popitem(last=False)
        return before

    def _forget(self, event: Pushed, before: Place | None) -> None:
        self._ids.pop(event.id, None)
        if event.place is None or self._places.get(event.place.key) is not event.place:
            return
        del self._places[event.place.key]
        if before is not None:
            self._places[event.place.key] = before


def _rank(place: Place) -> tuple[str, int]:
    """A server that was restored goes on in another log, whose name sorts after the one before."""
    return place.log, place.number
