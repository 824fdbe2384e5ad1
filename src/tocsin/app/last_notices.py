"""The last notice of each class, for those who begin to watch it."""

from collections import Counter
from collections.abc import Callable, Collection

from sqlalchemy import Connection

from tocsin.model.event import Event
from tocsin.push.hub import Hub
from tocsin.store import notices
from tocsin.store.notices import Stretch
from tocsin.store.store import Store

# Last notices of classes that nobody watches are let go of once there are more than so many.
_SPARE = 100


class LastNotices:
    """Remembers the last frame of the classes that were asked for. Lives on the loop.

    `watched` says whether somebody watches a class now, `render` makes a frame.
    """

    def __init__(
        self,
        hub: Hub,
        store: Store,
        render: Callable[[Event], bytes],
        watched: Callable[[str], bool],
    ) -> None:
        self._hub = hub
        self._store = store
        self._render = render
        self._watched = watched
        self._known: dict[str, bytes] = {}
        self._reading: Counter[str] = Counter()

    def __contains__(self, class_: str) -> bool:
        """Whether a new notice of the class has to be put here."""
        return class_ in self._known or class_ in self._reading

    def put(self, class_: str, frame: bytes) -> None:
        """The class has a new notice."""
        self._known[class_] = frame

    def get(self, class_: str) -> bytes:
        """The last frame of a class that was learnt just now; nothing when there is none."""
        return self._known.get(class_, b"")

    async def learn(self, classes: Collection[str]) -> None:
        """Make sure that `get` knows these. Raises StoreUnavailable.

        What is published while the log is read is newer than what is found there.
        """
        self._make_room()
        missing = [one for one in classes if one not in self._known]
        if not missing:
            return
        stretch = Stretch(0, self._hub.position)
        self._reading.update(missing)
        try:
            found = await self._store.read(lambda conn: _newest(conn, missing, stretch))
        finally:
            self._reading -= Counter(missing)
        for class_, event in found.items():
            self._known.setdefault(class_, self._render(event) if event else b"")

    def _make_room(self) -> None:
        if len(self._known) > _SPARE:
            self._known = {
                class_: frame
                for class_, frame in self._known.items()
                if class_ in self._reading or self._watched(class_)
            }


def _newest(
    conn: Connection, classes: Collection[str], stretch: Stretch
) -> dict[str, Event | None]:
    found = {class_: notices.newest(conn, class_, stretch, 1) for class_ in classes}
    return {class_: events[0] if events else None for class_, events in found.items()}
