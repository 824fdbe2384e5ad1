"""How streams are ended: in slices, spread over a time, and none outstays its grace."""

import asyncio
from collections.abc import Sequence
from math import ceil

from tocsin.push.subscriber import Subscriber

# Streams ended per turn of the event loop when it need not take any time.
_CHUNK = 64

# The shortest time between two slices, in seconds.
_TICK = 0.02


async def end(streams: Sequence[Subscriber], over: float, grace: float, last: bytes = b"") -> None:
    """End `streams`, evenly over the time `over`, and abort those still open `grace` after that.

    Seconds both. The grace is for what is buffered: a client that does not read would hold its
    stream for good. Cancelling aborts what is open.
    """
    try:
        size = max(1, ceil(len(streams) * _TICK / over)) if over else _CHUNK
        pause = over * size / max(1, len(streams))
        for start in range(0, len(streams), size):
            for stream in streams[start : start + size]:
                stream.end(last)
            await asyncio.sleep(pause)
        await _gone(streams, grace)
    finally:
        for stream in streams:
            stream.transport.abort()


async def _gone(streams: Sequence[Subscriber], grace: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + grace
    for stream in streams:
        while stream.connected and loop.time() < deadline:  # noqa: ASYNC110 - no event of its own
            await asyncio.sleep(_TICK)
