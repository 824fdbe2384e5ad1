"""The choice of the database, and what a start costs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.store import schema
from tocsin.store.engine import backend_for

START = """
import asyncio, sys
from tests.clock import HeldClock
from tocsin.store.store import open_store

async def start_and_stop():
    store = open_store(sys.argv[1], HeldClock())
    await store.start()
    await store.stop()

asyncio.run(start_and_stop())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("url", ["", "mysql://host/db", "sqlite:/tmp/x.db", "postgresql://h/d"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="begins with"):
        backend_for(url, 1)


def test_an_ordinary_start_imports_neither_alembic_nor_psycopg(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    schema.migrate(url)

    started = subprocess.run(
        [sys.executable, "-c", START, url], capture_output=True, text=True, check=True
    )

    imported = set(started.stdout.split())
    assert "sqlalchemy" in imported
    assert imported.isdisjoint({"alembic", "mako", "psycopg"})
