"""What runs beside the server, for as long as it does."""

from collections.abc import Awaitable, Callable

import structlog

from tocsin.app.clock import AlarmClock

_log = structlog.get_logger(__name__)

_AGAIN_MS = 60_000


async def kept_up(run: Callable[[], Awaitable[None]], clock: AlarmClock) -> None:
    """Do `run`, which ends only by being cancelled, and again a minute after it has failed.

    A bug in what runs beside the server must not take the log and its readers down with it.
    """
    while True:
        try:
            return await run()
        except Exception:
            _log.exception("work beside the server failed, and begins again", after_ms=_AGAIN_MS)
        await clock.until(clock.now_ms() + _AGAIN_MS)
