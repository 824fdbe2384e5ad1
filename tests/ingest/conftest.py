"""A NATS server for each test, and a reader of it over a real store."""

from collections.abc import Iterator

import pytest
from tests.nats_server import Nats, private_nats


@pytest.fixture
def bus() -> Iterator[Nats]:
    """A running server."""
    with private_nats() as server:
        yield server
