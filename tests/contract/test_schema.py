"""The schema: made by migrations alone, exactly as the tables say, checked at every start."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from tests.clock import HeldClock
from tests.contract.units import appending

from tocsin.store import schema
from tocsin.store.store import Store, StoreUnavailable, open_store
from tocsin.store.tables import metadata


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    """A connection that knows nothing of the store."""
    engine = create_engine(url)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def test_the_migrations_make_exactly_the_tables(conn: Connection) -> None:
    context = MigrationContext.configure(conn, opts={"compare_type": True})

    assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_the_start_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == [schema.REVISION]


def test_migrating_what_is_up_to_date_changes_nothing(url: str) -> None:
    assert schema.migrate(url) is False


async def test_a_schema_from_the_future_is_refused(
    url: str, conn: Connection, clock: HeldClock
) -> None:
    conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    conn.commit()

    with pytest.raises(StoreUnavailable, match=r"9999"):
        await open_store(url, clock).start()
    with pytest.raises(StoreUnavailable, match=r"9999"):
        schema.migrate(url)


async def test_readers_cannot_write(store: Store) -> None:
    await store.change(appending("a"))

    with pytest.raises(StoreUnavailable):
        await store.read(lambda conn: conn.execute(text("DELETE FROM events")))

    assert await store.read(lambda conn: conn.execute(text("SELECT 1 FROM events")).scalar()) == 1
