"""A command is read along without being changed by it."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.cli import child


class Told(list[str]):
    """The lines that were told; the first may be waited for, and the next be held up."""

    def __init__(self) -> None:
        self.some = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()

    async def tell(self, lines: list[str]) -> None:
        self.extend(lines)
        if lines:
            self.some.set()
        await self.room.wait()


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a job of CI, wherever the tests are run."""
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        yield


async def test_the_output_goes_to_us_unchanged_and_is_told_by_lines(
    capfd: pytest.CaptureFixture[str],
) -> None:
    told = Told()
    script = r"printf '10 %%\r\033[32mdone\033[0m\n'; printf 'no end'"
    assert await child.run(["sh", "-c", script], told.tell) == 0
    assert told == ["done", "no end"]
    assert capfd.readouterr() == ("10 %\r\x1b[32mdone\x1b[0m\nno end", "")


async def test_both_outputs_are_told_and_stay_apart(capfd: pytest.CaptureFixture[str]) -> None:
    told = Told()
    assert await child.run(["sh", "-c", "echo out; echo err >&2"], told.tell) == 0
    assert sorted(told) == ["err", "out"]
    assert capfd.readouterr() == ("out\n", "err\n")


async def test_much_output_is_told_whole_and_in_order() -> None:
    told = Told()
    assert await child.run(["seq", "50000"], told.tell) == 0
    assert told == [str(number) for number in range(1, 50_001)]


async def test_who_is_told_more_than_they_can_take_holds_it_up() -> None:
    told = Told()
    told.room.clear()
    running = asyncio.create_task(child.run(["seq", "200000"], told.tell))
    await told.some.wait()
    assert len(told) < 20_000
    assert not running.done()
    told.room.set()
    assert await running == 0
    assert told == [str(number) for number in range(1, 200_001)]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["false"], 1),
        (["sh", "-c", "exit 42"], 42),
        (["sh", "-c", "kill -KILL $$"], 128 + 9),
        (["/no/such/command"], 127),
        ([os.devnull], 126),
    ],
)
async def test_its_status_is_what_a_shell_would_give(command: list[str], status: int) -> None:
    assert await child.run(command, Told().tell) == status


async def test_a_command_that_is_not_there_is_told() -> None:
    told = Told()
    await child.run(["/no/such/command"], told.tell)
    assert told == ["/no/such/command: No such file or directory"]


async def test_a_command_needs_none_of_our_own_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for closed in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, closed, None)
    told = Told()
    assert await child.run(["sh", "-c", "echo out; exit 3"], told.tell) == 3
    assert told == ["out"]


async def test_an_output_that_does_not_wait_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with open(reading, "rb") as read, open(writing, "wb", buffering=0) as own:
        monkeypatch.setattr(sys, "stdout", own)
        whole = asyncio.create_task(asyncio.to_thread(read.read, 588_895))
        assert await child.run(["seq", "100000"], Told().tell) == 0
        assert (await whole).endswith(b"\n100000\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signals_are_for_the_command(number: signal.Signals) -> None:
    told = Told()
    name = number.name.removeprefix("SIG")
    script = f"trap 'echo got it; exit 7' {name}; echo ready; while :; do sleep 0.01; done"
    running = asyncio.create_task(child.run(["sh", "-c", script], told.tell))
    await told.some.wait()
    os.kill(os.getpid(), number)
    assert await running == 7
    assert told == ["ready", "got it"]


async def test_what_a_command_leaves_running_does_not_hold_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child, "_LEFT_OPEN_S", 0)
    told = Told()
    assert await child.run(["sh", "-c", "sleep 60 & echo $!"], told.tell) == 0
    await told.some.wait()
    os.kill(int(told[0]), signal.SIGKILL)
