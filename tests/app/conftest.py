"""A fresh domain for every test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Domain]:
    """Pages, components and issues over a new store."""
    async with domain(f"sqlite:///{tmp_path}/tocsin.db", HeldClock()) as there:
        yield there
