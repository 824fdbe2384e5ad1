"""A command that runs as it would without us, and whose output is read along."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from select import select
from subprocess import PIPE, Popen
from threading import Thread
from types import TracebackType
from typing import IO, Self, TextIO

from tocsin.wire.terminal import Lines

# What the shells answer for a command that is not there, or may not be run.
_NOT_FOUND, _NOT_RUN = 127, 126

# How long the output may be silent, in seconds, when the command has ended but something that it
# left running still has the output open.
_LEFT_OPEN_S = 2.0

_PIECE = 64 * 1024

_TYPED = (signal.SIGINT, signal.SIGQUIT)
_ENDING = (*_TYPED, signal.SIGTERM, signal.SIGHUP)

# Is given lines, and takes as long as their reader needs before the next.
Tell = Callable[[list[str]], Coroutine[object, object, None]]


async def run(command: Sequence[str], tell: Tell) -> int:
    """Run the command on our own terminal, and `tell` the lines of its output as they come.

    Returns its exit status as a shell does: 128 and the signal's number when one ended it. Signals
    that would end us go to the command instead.
    """
    with _Signals() as signals:
        try:
            process = signals.process = _start(command)
        except OSError as error:
            said = f"{command[0]}: {error.strerror}"
            await tell([said])
            print(f"tocsin: {said}", file=sys.stderr)
            return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
        readers = [
            _reader(process, pipe, own, tell)
            for pipe, own in ((process.stdout, sys.stdout), (process.stderr, sys.stderr))
            if pipe is not None
        ]
        status = await asyncio.to_thread(process.wait)
    for ended in readers:
        await ended.wait()
    return status if status >= 0 else 128 - status


def _start(command: Sequence[str]) -> Popen[bytes]:
    return Popen(command, stdout=PIPE, stderr=PIPE)


def _reader(
    process: Popen[bytes], pipe: IO[bytes], own: TextIO | None, tell: Tell
) -> asyncio.Event:
    """Read the pipe in a thread, for a terminal that is held (Ctrl-S) stops it; set at its end."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        lines = Lines()
        with pipe, suppress(OSError):  # our own output has gone
            while _goes_on(process, pipe) and (piece := os.read(pipe.fileno(), _PIECE)):
                _write(own, piece)
                asyncio.run_coroutine_threadsafe(tell(lines.feed(piece)), loop).result()
        asyncio.run_coroutine_threadsafe(tell(lines.end()), loop).result()
        loop.call_soon_threadsafe(ended.set)

    Thread(target=read, daemon=True).start()
    return ended


def _goes_on(process: Popen[bytes], pipe: IO[bytes]) -> bool:
    """Wait for more output, or its end. What the command has left running is not waited for."""
    while True:
        over = process.poll() is not None
        if select([pipe], [], [], _LEFT_OPEN_S)[0]:
            return True
        if over:
            return False


def _write(own: TextIO | None, piece: bytes) -> None:
    """To our own output, unless it was closed before we began.

    Whoever shares our terminal or pipe (node does) may have made it one that does not wait.
    """
    while own and piece:
        try:
            piece = piece[os.write(own.fileno(), piece) :]
        except BlockingIOError:
            select([], [own], [])


class _Signals:
    """Passes what asks us to end on to the command, from before it begins: none ends us alone.

    A terminal's own keys are for both, and have reached the command already.
    """

    def __init__(self) -> None:
        self.process: Popen[bytes] | None = None
        self._loop = asyncio.get_running_loop()
        self._terminal = _has_terminal()

    def __enter__(self) -> Self:
        for number in _ENDING:
            self._loop.add_signal_handler(number, self._take, number)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number in _ENDING:
            self._loop.remove_signal_handler(number)

    def _take(self, number: signal.Signals) -> None:
        if self.process is not None and not (self._terminal and number in _TYPED):
            self.process.send_signal(number)


def _has_terminal() -> bool:
    """Whether a terminal sends its signals to us and the command alike."""
    try:
        return bool(sys.stdin) and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
