"""A server process, and commands on its data folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.process import Process
from tests.shell import Shell


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of `server` and of every command."""
    return tmp_path / "data"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """A fresh server, answering."""
    with Process(tmp_path) as process:
        yield process


@pytest.fixture
def tocsin(data: Path) -> Shell:
    """Runs commands."""
    return Shell(data)
