"""The ways in which receivers of webhooks misbehave."""

import asyncio
import socket
import struct
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

# Longer than the 2 s that FlashDuty's profile gives a receiver.
SLOW_S: Final = 3.0

_PATIENCE_S: Final = 5


class Fault(StrEnum):
    """How a receiver misbehaves."""

    SLOW = "slow"  # takes what comes, and answers late
    ERROR = "500"
    RESET = "reset"  # breaks the connection off
    TRICKLE = "trickle"  # answers a byte a second, without an end
    TIMEOUT = "timeout"  # never answers
    GONE = "410"
    BUSY = "429"  # asks for patience


async def play(fault: Fault, request: "web.Request") -> "web.StreamResponse":
    """Answer so, or not. What never ends is cancelled when the caller gives up. All but SLOW,
    which is an answer like others."""
    from aiohttp import web

    if fault is Fault.TIMEOUT:
        await asyncio.Future()
    if fault is Fault.TRICKLE:
        return await _trickle(request)
    if fault is Fault.RESET:
        _reset(request)
        return web.Response()
    patience = {"Retry-After": str(_PATIENCE_S)} if fault is Fault.BUSY else {}
    return web.Response(status=int(fault.value), headers=patience)


async def _trickle(request: "web.Request") -> "web.StreamResponse":
    from aiohttp import web

    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b".")
        await asyncio.sleep(1)


def _reset(request: "web.Request") -> None:
    transport = request.transport
    assert transport is not None  # it is there until the request was answered
    # Without lingering the close is a reset, as that of a process that is killed.
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
