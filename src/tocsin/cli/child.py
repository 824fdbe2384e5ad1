"""A command that runs as it would without us, and whose output is read along."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from subprocess import PIPE, Popen
from threading import Thread
from types import TracebackType
from typing import IO, Self

from tocsin.wire.terminal import Lines

# What the shells answer for a command that is not there, or may not be run.
_NOT_FOUND, _NOT_RUN = 127, 126

# How long the output is read on, in seconds, when the command has ended but something that it left
# running still has the output open.
_LEFT_OPEN_S = 2.0

_PIECE = 64 * 1024

_TYPED = (signal.SIGINT, signal.SIGQUIT)
_ENDING = (*_TYPED, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], object]


async def run(command: Sequence[str], say: Say) -> int:
    """Run the command on our own terminal, and `say` each line of its output as it comes.

    Returns its exit status as a shell does: 128 and the signal's number when one ended it. Signals
    that would end us go to the command instead.
    """
    with _Signals() as signals:
        try:
            process = signals.process = _start(command)
        except OSError as error:
            said = f"{command[0]}: {error.strerror}"
            say(said)
            print(f"tocsin: {said}", file=sys.stderr)
            return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
        readers = [
            _reader(pipe, own.fileno(), say)
            for pipe, own in ((process.stdout, sys.stdout), (process.stderr, sys.stderr))
            if pipe is not None
        ]
        status = await asyncio.to_thread(process.wait)
    with suppress(TimeoutError):
        async with asyncio.timeout(_LEFT_OPEN_S):
            for ended in readers:
                await ended.wait()
    return status if status >= 0 else 128 - status


def _start(command: Sequence[str]) -> Popen[bytes]:
    return Popen(command, stdout=PIPE, stderr=PIPE)


def _reader(pipe: IO[bytes], own: int, say: Say) -> asyncio.Event:
    """Read the pipe in a thread, which a terminal that is held (Ctrl-S) may stop; set at its end.

    The thread is a daemon: what the command leaves running may hold the pipe open for ever.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def tell(lines: list[str]) -> None:
        for line in lines:
            say(line)

    def read() -> None:
        lines = Lines()
        with pipe, suppress(OSError, RuntimeError):  # our own output or our loop has gone
            while piece := os.read(pipe.fileno(), _PIECE):
                loop.call_soon_threadsafe(tell, lines.feed(piece))
                _write(own, piece)
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, lines.end())
            loop.call_soon_threadsafe(ended.set)

    Thread(target=read, daemon=True).start()
    return ended


def _write(file: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(file, piece) :]


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
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
