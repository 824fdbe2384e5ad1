"""A server process for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.process import Process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """A fresh server, answering."""
    with Process(tmp_path) as process:
        yield process
