"""The one thread that writes."""

import threading
from asyncio import Future
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

from tocsin.model.clock import Clock
from tocsin.store.commit import GroupCommit
from tocsin.store.engine import Backend
from tocsin.store.handover import Handover, Work
from tocsin.store.log import LogFacts
from tocsin.store.tx import Tx

# More would make the first of a batch wait too long for the last.
MAX_UNITS = 512
# How often to look whether a COMMIT of unknown outcome has happened, in seconds.
_DOUBT_INTERVAL = 1.0


class Writer:
    """Runs units of work in the order they come, as many at a time as are waiting.

    It never waits for more: a COMMIT takes long enough for the next batch to gather.
    """

    def __init__(
        self,
        backend: Backend,
        clock: Clock,
        hand_over: Callable[[Handover], None],
        base_url: str,
    ) -> None:
        self._commit = GroupCommit(backend, clock, hand_over, base_url)
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="tocsin-writer", daemon=True)

    def start(self) -> LogFacts:
        """Open the log and begin to work. Blocks for as long as the database takes."""
        try:
            facts = self._commit.open()
        except BaseException:
            self._commit.close()
            raise
        self._thread.start()
        return facts

    def put(self, unit: Callable[[Tx], Any], future: Future[Any]) -> None:
        """Queue a unit; `future` is among the outcomes of some later handover."""
        self._queue.put(Work(unit, future))

    def stop(self) -> None:
        """Finish what is queued, then end. Blocks until then."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            try:
                first = self._queue.get(timeout=_DOUBT_INTERVAL if self._commit.in_doubt else None)
            except Empty:
                self._commit.run(iter(()))
                continue
            if first is None:
                break
            self._commit.run(self._waiting(first))
        self._commit.close()

    def _waiting(self, first: Work) -> Iterator[Work]:
        """`first` and what has queued up behind it, up to a limit or the end of all work."""
        yield first
        for _ in range(MAX_UNITS - 1):
            try:
                work = self._queue.get_nowait()
            except Empty:
                return
            if work is None:
                self._stopping = True
                return
            yield work
