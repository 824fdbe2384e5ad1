"""Units of work for tests, and running them in one batch."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from tocsin.model.event import Event
from tocsin.model.topic import TopicFilter
from tocsin.store import log
from tocsin.store.store import Committed, Store
from tocsin.store.tx import Tx

EVERYTHING = TopicFilter.parse([])


def appending(*topics: str, data: bytes = b"{}") -> Callable[[Tx], int]:
    """A unit that appends one event to each topic and returns the head as it sees it then."""

    def unit(tx: Tx) -> int:
        for topic in topics:
            tx.append("com.example.happened", topic, data)
        return tx.head

    return unit


def publishing(*keys: str) -> Callable[[Tx], int]:
    """A unit that appends one event of each key and returns the head as it sees it then."""

    def unit(tx: Tx) -> int:
        for key in keys:
            tx.append("com.example.happened", "things", b"{}", key=key)
        return tx.head

    return unit


async def in_one_batch(
    store: Store, *units: Callable[[Tx], Any]
) -> list[Committed[Any] | BaseException]:
    """What came of the units, which were all queued before the first of them was run."""
    release = threading.Event()

    def hold(tx: Tx) -> None:
        release.wait()

    waiting = [asyncio.ensure_future(store.change(unit)) for unit in (hold, *units)]
    await asyncio.sleep(0)  # each of them queues its unit in its first step
    release.set()
    return (await asyncio.gather(*waiting, return_exceptions=True))[1:]


async def whole_log(store: Store) -> list[Event]:
    """Every event that is there."""
    found = await store.read(lambda conn: log.page(conn, EVERYTHING, 0, store.head, 1_000_000))
    return found.events
