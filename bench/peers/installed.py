"""Which peers can be measured on this machine."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from bench.peers import nchan, notices, sse_starlette
from bench.target import Target

# Starts a server under the load client, stops it when left.
Server = Callable[[], AbstractContextManager[Target]]

_PEERS: dict[Server, Callable[[], str | None]] = {
    nchan.nchan: nchan.missing,
    notices.nchan_websocket: nchan.missing,
    sse_starlette.sse_starlette: sse_starlette.missing,
}


def installed(*wanted: Server) -> list[Server]:
    """Those of these peers that are installed."""
    return [server for server in wanted if _PEERS[server]() is None]


def missing(*wanted: Server) -> list[str]:
    """A line for each of these peers that is not."""
    reasons = (_PEERS[server]() for server in wanted)
    return [f"Not measured: {reason}." for reason in reasons if reason]
