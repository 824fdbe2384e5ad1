"""Reading the log: pages with and without filters, times, changes."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.clock import HeldClock
from tests.contract.units import appending

from tocsin.model.topic import TopicFilter
from tocsin.store import log
from tocsin.store.log import LogPage
from tocsin.store.store import Store

TOPICS = ["a", "a/b", "a/c", "b", "b/a/c", "aXb/c", "a_b/c"]
PATTERNS = [">", "*", "a", "a/*", "a/>", "*/c", "b/*/c", "b", "aXb/>", "a_b/*", "none/>", "none"]


async def read(
    store: Store, patterns: Sequence[str] = (), after: int = 0, until: int = 99, limit: int = 100
) -> LogPage:
    """A page up to `until`, or to the head when that comes first."""
    chosen = TopicFilter.parse(patterns)
    end = min(until, store.head)
    return await store.read(lambda conn: log.page(conn, chosen, after, end, limit))


def sequences(page: LogPage) -> list[int]:
    return [event.sequence for event in page.events]


async def test_a_page_lies_between_two_sequences(store: Store) -> None:
    await store.change(appending(*"abcde"))

    page = await read(store, after=1, until=4)

    assert [event.topic for event in page.events] == ["b", "c", "d"]
    assert (page.scanned, page.first_available) == (4, 1)


async def test_a_full_page_says_how_far_it_got(store: Store) -> None:
    await store.change(appending(*"abcde"))

    page = await read(store, limit=2)

    assert (sequences(page), page.scanned) == ([1, 2], 2)


@pytest.mark.parametrize("patterns", [[], ["a"], ["a/*"]])
async def test_a_page_beyond_the_end_is_empty(store: Store, patterns: list[str]) -> None:
    await store.change(appending("a"))

    assert await read(store, patterns, after=1) == LogPage([], 1, 1)


async def test_a_new_log_has_an_empty_page(store: Store) -> None:
    assert await read(store) == LogPage([], 0, 1)


@pytest.mark.parametrize(
    ("patterns", "topics"),
    [
        (["a"], ["a"]),
        (["a", "b"], ["a", "b"]),
        (["a/*"], ["a/b", "a/c"]),
        (["*/c", "b"], ["a/c", "b", "aXb/c", "a_b/c"]),
        (["a_b/>"], ["a_b/c"]),
        (["*"], ["a", "b"]),
        (["none/*"], []),
    ],
)
async def test_a_filtered_page_has_what_its_patterns_choose(
    store: Store, patterns: list[str], topics: list[str]
) -> None:
    await store.change(appending(*TOPICS))

    page = await read(store, patterns)

    assert [event.topic for event in page.events] == topics
    assert page.scanned == len(TOPICS)


async def test_named_topics_come_in_the_logs_order(store: Store) -> None:
    await store.change(appending("b", "a", "c", "a", "b"))

    assert sequences(await read(store, ["a", "b"], limit=3)) == [1, 2, 4]


async def test_a_rare_pattern_costs_a_bounded_look_and_gets_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "SCAN_LIMIT", 4)
    await store.change(appending(*["b"] * 9, "a/b"))

    pages = [await read(store, ["a/*"], after=after) for after in (0, 4, 8)]

    assert [(sequences(page), page.scanned) for page in pages] == [([], 4), ([], 8), ([10], 10)]


@given(
    appended=st.lists(st.sampled_from(TOPICS), max_size=30),
    patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4),
    limit=st.integers(1, 5),
    scan=st.integers(1, 12),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_pages_put_together_are_the_filtered_log(
    store: Store, appended: list[str], patterns: list[str], limit: int, scan: int
) -> None:
    after, chosen = store.head, TopicFilter.parse(patterns)
    await store.change(appending(*appended))
    expected = [topic for topic in appended if chosen.matches(topic)]

    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "SCAN_LIMIT", scan)
        while after < store.head:
            page = await read(store, patterns, after, store.head, limit)
            assert after < page.scanned <= store.head
            assert len(page.events) <= limit
            found += [event.topic for event in page.events]
            after = page.scanned

    assert found == expected


async def test_a_time_is_found_by_when_events_were_recorded(store: Store, clock: HeldClock) -> None:
    start = clock.now_ms()
    for _ in range(5):
        await store.change(appending("a", "b"))
        clock.advance(10)

    async def before(time_ms: int) -> int:
        return await store.read(lambda conn: log.sequence_at(conn, time_ms))

    assert [await before(start + offset) for offset in (-1, 0, 1, 10_000, 10_001, 99_000)] == [
        0,
        0,
        2,
        2,
        4,
        10,
    ]


async def test_a_new_log_has_no_event_before_any_time(store: Store, clock: HeldClock) -> None:
    assert await store.read(lambda conn: log.sequence_at(conn, clock.now_ms())) == 0


async def test_changes_come_whole(store: Store) -> None:
    for topics in ("ab", "c" * 1_500, "d"):
        await store.change(appending(*topics))

    changes = await store.read(lambda conn: list(log.changes(conn, 2, store.head)))

    assert [(len(change), change[0].topic) for change in changes] == [(1_500, "c"), (1, "d")]


async def test_a_readers_transaction_is_one_moment(store: Store) -> None:
    """Also when something is committed between two of its statements."""
    await store.change(appending("a"))

    looked, committed = threading.Event(), threading.Event()

    def query(conn: Connection) -> tuple[int, int]:
        first = log.facts(conn).head
        looked.set()
        committed.wait()
        return first, log.facts(conn).head

    reading = asyncio.ensure_future(store.read(query))
    await asyncio.to_thread(looked.wait)
    await store.change(appending("b"))
    committed.set()

    assert await reading == (1, 1)


async def test_facts_are_those_of_the_transaction(store: Store, clock: HeldClock) -> None:
    await store.change(appending("a"))

    facts = await store.read(log.facts)

    assert facts == log.LogFacts(store.epoch, 1, 1, clock.now_ms(), endpoints=0)
    assert (await store.change(lambda tx: (tx.epoch, tx.head, tx.first_available))).value == (
        store.epoch,
        1,
        1,
    )
