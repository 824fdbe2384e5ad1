"""Every test of the contract runs unchanged on each database there is."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, delete, text, update
from tests.clock import HeldClock
from tests.postgres import Postgres, private_postgres

from tocsin.store import schema
from tocsin.store.store import Store, open_store
from tocsin.store.tables import log, metadata


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for all tests of the contract."""
    with private_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_engine(postgres: Postgres) -> Iterator[Engine]:
    """Leads to the one database that all tests of the contract use, one after the other."""
    engine = create_engine(postgres.create())
    yield engine
    engine.dispose()


def _empty(engine: Engine) -> str:
    with engine.begin() as conn:
        for table in reversed(metadata.sorted_tables):
            if table is not log:
                conn.execute(delete(table))
        conn.execute(update(log).values(trimmed=0, endpoints=0))
        conn.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": schema.REVISION})
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new SQLite store, to be copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("template") / "tocsin.db"
    schema.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own, with the schema and nothing else in it."""
    if request.param == "postgresql":
        return _empty(request.getfixturevalue("postgres_engine"))
    template: Path = request.getfixturevalue("sqlite_template")
    return f"sqlite:///{shutil.copy(template, tmp_path)}"


@pytest.fixture
def clock() -> HeldClock:
    """The time as the test says."""
    return HeldClock()


@pytest.fixture
async def store(url: str, clock: HeldClock) -> AsyncIterator[Store]:
    """A store that runs."""
    store = open_store(url, clock)
    await store.start()
    yield store
    await store.stop()
