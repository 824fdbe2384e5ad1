"""Looking up where names lead to."""

import socket
from typing import Any

from tocsin.app.own_thread import in_own_thread

# Of a socket, as `socket.getaddrinfo` has it: family, kind, protocol, name and address.
Info = tuple[Any, Any, int, str, tuple[Any, ...]]


async def look_up(host: str, port: int | None, family: int = 0, flags: int = 0) -> list[Info]:
    """Where a name leads to. Raises socket.gaierror.

    In a thread of its own: loops have few for all names, and four that are not answered would hold
    up every other.
    """

    def ask() -> list[Info]:
        kind = socket.SOCK_STREAM
        return socket.getaddrinfo(host, port, family=family, type=kind, flags=flags)

    try:
        return await in_own_thread("tocsin-lookup", ask)
    except UnicodeError as error:  # no name of a host
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
