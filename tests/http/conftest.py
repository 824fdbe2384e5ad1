"""A service in the process for every test of the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.in_process import InProcess, in_process


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[InProcess]:
    """A fresh service."""
    async with in_process(tmp_path) as service:
        yield service


@pytest.fixture
async def client(service: InProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may do everything."""
    async with service.client() as client:
        yield client
