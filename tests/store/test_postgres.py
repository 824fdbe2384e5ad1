"""PostgreSQL's faults: lost connections, COMMITs of unknown outcome, other nodes."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, insert
from sqlalchemy.exc import IntegrityError
from tests.clock import HeldClock
from tests.contract.units import appending, in_one_batch, whole_log
from tests.postgres import Postgres, private_postgres

from tocsin.model.event import Change
from tocsin.store import postgres, schema
from tocsin.store.store import Committed, Store, StoreUnavailable, open_store
from tocsin.store.tables import people
from tocsin.store.tx import Tx


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that tests may stop, if they start it again."""
    with private_postgres() as server:
        yield server


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Store]:
    store = open_store(url, HeldClock())
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


@pytest.fixture
async def store(server: Postgres) -> AsyncIterator[Store]:
    async with running(server.create()) as store:
        yield store


AtCommit = Callable[[Callable[[psycopg.Connection], None]], None]


@pytest.fixture
def at_commit() -> Iterator[AtCommit]:
    """Registers what is to happen to the driver's connection instead of the next COMMIT."""
    pending: list[Callable[[psycopg.Connection], None]] = []

    def listener(conn: Connection) -> None:
        if pending:
            pending.pop()(conn.connection.driver_connection)  # type: ignore[arg-type]

    event.listen(Engine, "commit", listener)
    yield pending.append
    event.remove(Engine, "commit", listener)


def topics_told(store: Store) -> list[str]:
    """The topics of what the store tells its listener from here on."""
    told: list[str] = []
    store.on_commit = lambda changes: told.extend(one.topic for change in changes for one in change)
    return told


async def test_a_restarted_server_is_not_noticed(store: Store, server: Postgres) -> None:
    await store.change(appending("a"))
    await whole_log(store)
    server.stop("immediate")
    server.start()

    assert [one.topic for one in await whole_log(store)] == ["a"]
    assert await store.change(appending("b")) == Committed(2, 2)


async def test_while_the_server_is_away_calls_are_refused(store: Store, server: Postgres) -> None:
    await store.change(appending("a"))
    server.stop("immediate")
    try:
        answers = await in_one_batch(store, appending("b"), appending("c"))
        assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        assert "check that the server runs" in str(answers[0])
        with pytest.raises(StoreUnavailable, match="check that the server runs"):
            await whole_log(store)
    finally:
        server.start()

    assert await store.change(appending("d")) == Committed(2, 2)
    assert [one.topic for one in await whole_log(store)] == ["a", "d"]


async def test_a_connection_lost_inside_a_unit_costs_nothing(store: Store) -> None:
    runs = []

    def lose(tx: Tx) -> int:
        runs.append(1)
        if len(runs) == 1:
            tx.conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return tx.append("com.example.x", "b", b"")

    answers = await in_one_batch(store, appending("a"), lose, appending("c"))

    assert answers == [Committed(1, 1), Committed(2, 2), Committed(3, 3)]
    assert len(runs) == 2


async def test_a_connection_that_is_always_lost_is_named(store: Store) -> None:
    def lose(tx: Tx) -> None:
        tx.conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    answers = await in_one_batch(store, appending("a"), lose)

    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    assert await store.change(appending("b")) == Committed(1, 1)


async def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    store: Store, at_commit: AtCommit
) -> None:
    def commit_unheard(driver: psycopg.Connection) -> None:
        driver.commit()
        driver.close()

    told = topics_told(store)
    at_commit(commit_unheard)

    answers = await in_one_batch(store, appending("a"), appending("b"))

    assert answers == [Committed(1, 1), Committed(2, 2)]
    assert [one.topic for one in await whole_log(store)] == ["a", "b"]
    assert told == ["a", "b"]
    assert await store.change(appending("c")) == Committed(3, 3)


async def test_a_commit_that_did_not_happen_is_done_again(
    store: Store, at_commit: AtCommit
) -> None:
    told = topics_told(store)
    at_commit(lambda driver: driver.close())

    answers = await in_one_batch(store, appending("a"), appending("b"))

    assert answers == [Committed(1, 1), Committed(2, 2)]
    assert [one.topic for one in await whole_log(store)] == ["a", "b"]
    assert told == ["a", "b"]


async def test_a_commit_of_unknown_outcome_is_told_once_it_is_known(
    store: Store, server: Postgres, at_commit: AtCommit
) -> None:
    """Without anybody calling: watchers would miss the event until the next change."""

    def commit_and_vanish(driver: psycopg.Connection) -> None:
        driver.commit()
        driver.close()
        server.stop("immediate")

    told = asyncio.Event()
    store.on_commit = lambda changes: told.set()
    at_commit(commit_and_vanish)
    try:
        with pytest.raises(StoreUnavailable):
            await store.change(appending("a"))
    finally:
        server.start()

    await told.wait()
    assert store.head == 1
    assert [one.topic for one in await whole_log(store)] == ["a"]


async def test_a_unit_that_swallows_an_error_harms_nobody(store: Store) -> None:
    """PostgreSQL ends the transaction at the error, and would take a COMMIT for a ROLLBACK."""

    def swallow(tx: Tx) -> None:
        for _ in range(2):
            with suppress(IntegrityError):
                tx.conn.execute(insert(people).values(id=1, name="Ada", created_at=0))

    before, swallowing, after = await in_one_batch(store, appending("a"), swallow, appending("b"))

    assert isinstance(swallowing, Exception)
    assert (before, after) == (Committed(1, 1), Committed(2, 2))


async def test_two_nodes_write_one_dense_log(server: Postgres) -> None:
    url = server.create()
    async with running(url) as one, running(url) as two:
        changes = [store.change(appending("a")) for store in (one, two) for _ in range(50)]
        answers = await asyncio.gather(*changes)

        assert sorted(answer.sequence for answer in answers) == [*range(1, 101)]


async def test_a_node_tells_what_others_wrote_before_it(server: Postgres) -> None:
    url = server.create()
    async with running(url) as one, running(url) as two:
        told: list[Change] = []
        two.on_commit = told.extend
        await one.change(appending("a", "b"))
        await one.change(appending("c"))

        assert await two.change(appending("d")) == Committed(4, 4)

        assert [[event.topic for event in change] for change in told] == [["a", "b"], ["c"], ["d"]]
        assert two.head == 4


async def test_a_node_that_holds_the_lock_too_long_is_named(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_WRITER", "-c lock_timeout=100ms")
    url = server.create()
    async with running(url) as one, running(url) as two:
        release, inside = threading.Event(), threading.Event()

        def hold(tx: Tx) -> None:
            inside.set()
            release.wait()

        holding = asyncio.ensure_future(one.change(hold))
        await asyncio.to_thread(inside.wait)
        try:
            with pytest.raises(StoreUnavailable, match="another node holds the writers' lock"):
                await two.change(appending("a"))
        finally:
            release.set()
        await holding

        assert await two.change(appending("b")) == Committed(1, 1)


async def test_a_database_without_the_schema_is_refused(server: Postgres) -> None:
    url = server.create("empty", "template1")

    with pytest.raises(StoreUnavailable, match=r"schema is missing.*run `tocsin migrate`"):
        await open_store(url, HeldClock()).start()

    assert schema.migrate(url) is True
    async with running(url) as store:
        assert await store.change(appending("a")) == Committed(1, 1)


async def test_a_database_that_does_not_exist_is_named(server: Postgres) -> None:
    url = server.create().replace("/test_", "/nothing_")

    with pytest.raises(StoreUnavailable, match=r'"nothing_\d+" does not exist'):
        await open_store(url, HeldClock()).start()


def test_errors_about_data_are_not_the_databases_fault(server: Postgres) -> None:
    backend = postgres.PostgresBackend(server.create(), readers=1)
    engine = create_engine(backend.writing.url)
    with engine.connect() as conn, pytest.raises(Exception, match="division") as caught:
        conn.exec_driver_sql("SELECT 1 / 0")

    assert backend.explain(caught.value) is None
    assert backend.explain(ValueError()) is None
