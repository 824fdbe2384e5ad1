"""Which event loops the tests of a file run on."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvloop
from tests.push.held_loop import HeldLoop

_REAL = {"test_stream.py", "test_handoff.py", "test_server.py", "test_websocket.py"}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], Any]]:
    """Real sockets on both loops; everything else on the one that holds the time."""
    if item.path.name in _REAL:
        return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
    return {"held": HeldLoop}
