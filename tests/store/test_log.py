"""What reading the log costs SQLite, in steps of its virtual machine, however long the log is."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine
from tests.clock import HeldClock
from tests.contract.units import appending

from tocsin.model.topic import TopicFilter
from tocsin.store import log
from tocsin.store.store import open_store

LENGTH = 40_000
RARE = 20_000


async def fill(url: str) -> None:
    clock = HeldClock()
    store = open_store(url, clock)
    await store.start()
    for number in range(0, LENGTH, 1_000):
        clock.advance(1)
        await store.change(appending(*["many/a"] * 999, "rare/a" if number == RARE else "many/b"))
    await store.stop()


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A long log in which one topic is rare."""
    folder: Path = tmp_path_factory.mktemp("long")
    url = f"sqlite:///{folder / 'tocsin.db'}"
    asyncio.run(fill(url))
    engine = create_engine(url)
    with engine.connect() as conn:
        yield conn
    engine.dispose()


def steps(conn: Connection, query: Callable[[Connection], Any]) -> int:
    """How many hundreds of instructions `query` takes."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    driver: Any = conn.connection.driver_connection
    driver.set_progress_handler(count, 100)
    try:
        query(conn)
    finally:
        driver.set_progress_handler(None, 0)
    return taken


def paging(*patterns: str, after: int = 0) -> Callable[[Connection], Any]:
    chosen = TopicFilter.parse(patterns)
    return lambda conn: log.page(conn, chosen, after, LENGTH, 100)


@pytest.mark.parametrize(
    "query",
    [
        log.facts,
        lambda conn: log.sequence_at(conn, HeldClock().now_ms() + 20_000),
        paging(after=30_000),
        paging("rare/a"),
        paging("rare/a", "many/a", after=9_000),
        paging("many/*", after=30_000),
    ],
    ids=["facts", "time", "page", "rare topic", "topics", "pattern that chooses most"],
)
def test_no_more_than_what_is_asked_for_is_looked_at(
    conn: Connection, query: Callable[[Connection], Any]
) -> None:
    assert steps(conn, query) < 100


def test_a_pattern_that_chooses_little_looks_at_a_part_of_the_log(conn: Connection) -> None:
    assert steps(conn, paging("rare/*")) < log.SCAN_LIMIT * 20 // 100
