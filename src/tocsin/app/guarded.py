"""Connections that other people's libraries open: none of them leads into our own network either.

What such a library connects with is not ours to choose, so that the interpreter itself is asked to
tell of every connection (PEP 578), with the very address that is about to be called.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from tocsin.app.refused_address import RefusedAddress, check
from tocsin.model.reach import Network


@dataclass
class Guard:
    """What may be called all the same, and whether something was refused."""

    allowed: Sequence[Network]
    refused: bool = False


_GUARD: ContextVar[Guard | None] = ContextVar("guard", default=None)


@contextmanager
def guarded(allowed: Sequence[Network]) -> Iterator[Guard]:
    """Whatever this thread calls in here is refused (`RefusedAddress`) unless it is public, or in
    the networks `allowed`."""
    _watch()
    guard = Guard(allowed)
    token = _GUARD.set(guard)
    try:
        yield guard
    finally:
        _GUARD.reset(token)


@cache
def _watch() -> None:
    """Once: it cannot be undone, and costs little."""
    sys.addaudithook(_on_event)


def _on_event(event: str, args: tuple[object, ...]) -> None:
    if event not in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        return
    guard = _GUARD.get()
    if guard is not None:
        _check(guard, args[1])


def _check(guard: Guard, address: object) -> None:
    """A name is refused: where it leads is not known here. So is what is no network address."""
    try:
        host = address[0] if isinstance(address, tuple) else ""
        check(str(host), guard.allowed)
    except (RefusedAddress, ValueError) as refusal:
        guard.refused = True
        raise RefusedAddress(f"{address!r} must not be called") from refusal
