"""How many tests run at once, and a fresh domain for every test that asks for one."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.store import schema


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: many tests wait more than they run, for processes, browsers and times."""
    return 2 * len(os.sched_getaffinity(0))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store, to be copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "tocsin.db"
    schema.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
async def there(migrated: Path, tmp_path: Path) -> AsyncIterator[Domain]:
    """Pages, components and issues over a new store."""
    async with domain(f"sqlite:///{shutil.copy(migrated, tmp_path)}", HeldClock()) as there:
        yield there
