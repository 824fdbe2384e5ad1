"""A service in the process for every test of the API."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.in_process import InProcess, in_process


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a service that was started and stopped: hashing a password takes its time."""
    folder = tmp_path_factory.mktemp("first-start")

    async def start_and_stop() -> None:
        async with in_process(folder):
            pass

    asyncio.run(start_and_stop())
    return folder


@pytest.fixture
async def service(tmp_path: Path, first_start: Path) -> AsyncIterator[InProcess]:
    """A service whose log has nothing but the first start in it."""
    shutil.copytree(first_start, tmp_path, dirs_exist_ok=True)
    async with in_process(tmp_path) as service:
        yield service


@pytest.fixture
async def client(service: InProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may do everything."""
    async with service.client() as client:
        yield client
