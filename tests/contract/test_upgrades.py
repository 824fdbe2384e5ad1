"""What migrations do with what is there already, on each database."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, Text, create_engine, insert
from tests.postgres import Postgres

from tocsin.model.severity import Severity
from tocsin.model.telling import Occasion
from tocsin.store import schema, tellings


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.create("upgraded", "template1")
    return f"sqlite:///{tmp_path}/tocsin.db"


def migrate_to(conn: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


def put(conn: Connection, table: str, **given: object) -> None:
    """Insert a row into a table as it is now, with something in each column that needs it."""
    there = Table(table, MetaData(), autoload_with=conn)
    needed = (one for one in there.c if not one.nullable)
    usual = {one.name: "" if isinstance(one.type, Text) else 0 for one in needed}
    conn.execute(insert(there), {**usual, **given})


def test_what_was_to_be_told_of_incidents_still_is(empty_url: str) -> None:
    engine = create_engine(empty_url)
    with engine.begin() as conn:
        migrate_to(conn, "0003")
        put(conn, "incidents", id="f607")
        about = {"incident_id": "f607", "occasion": "new", "severity": "Critical"}
        put(conn, "tellings", id="a1", title="Fire", due_ms=5, **about)
        put(conn, "tellings", id="a2", title="Fire", result="delivered", **about)
        migrate_to(conn, "head")
        newest, due = tellings.listing(conn, "incident/f607", None, 9)
    engine.dispose()
    assert (newest.due_ms, due.due_ms) == (None, 5)
    assert (due.telling.id, due.telling.occasion) == ("a1", Occasion.NEW)
    assert (due.telling.severity, due.telling.title) == (Severity.CRITICAL, "Fire")
