"""The server: uvicorn, whose stop lets the streams go first."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from uvicorn import Config
from uvicorn import Server as UvicornServer

from tocsin.push.hub import Hub

_STOPPING = (signal.SIGINT, signal.SIGTERM)

# How often, in seconds, a drain looks whether somebody has become impatient.
_GLANCE = 0.1


class Server(UvicornServer):
    """Serves until told to stop; then the listeners close, the hub drains, and uvicorn stops.

    The drain must come first: uvicorn has forgotten the sockets that streams took, and newer
    versions of asyncio wait for every accepted socket before the rest of the stop. `config` has
    `http=HttpProtocol` for streams to take their sockets at all, and a `timeout_graceful_shutdown`.
    """

    def __init__(
        self, config: Config, hub: Hub, drain_s: float, on_started: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._hub = hub
        self._drain_s = drain_s
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal and be done with it: uvicorn raises it once more afterwards, which would
        end the process before the store is closed, and as if it had failed. Signals reach the main
        thread alone; on another one there are none to capture.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. A second interrupt cuts the drain short."""
        for server in self.servers:
            server.close()
        drain = asyncio.ensure_future(self._hub.drain(self._drain_s))
        while not drain.done() and not self.force_exit:
            await asyncio.wait((drain,), timeout=_GLANCE)
        drain.cancel()
        await asyncio.wait((drain,))
        await super().shutdown(sockets)
