"""Waiting for what must come true, without saying how long it takes."""

import os
import time
from collections.abc import Callable

SCALE = float(os.environ.get("TOCSIN_TEST_TIMEOUT_SCALE", "1"))


def eventually(condition: Callable[[], bool], within: float = 10) -> None:
    """Return once `condition` holds; fail when it does not `within` so many (scaled) seconds."""
    until = time.monotonic() + within * SCALE
    while not condition():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.005)
