"""Crashes: a real server is killed under load, and what its readers were told is checked.

Every acknowledged event must reach every reader once, in order, across all the deaths. SIGKILL
ends the process and not the machine: that each answer waits for fsync is the store's own test.
"""

import asyncio
import os
import random
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import machine
from bench.crash_clients import Publisher, Reader, read_pages, session
from bench.peers.tocsin import launch, ready
from bench.report import Figures, Report
from bench.scale import Scale
from bench.target import PORT
from bench.witness import History, Identity, has_all, violations

NAME = "crash"

_LONGEST_LIFE_S = 0.6
# Some deaths come while the server starts: recovery itself is interrupted.
_EARLY_DEATHS = 0.1
_CAREFUL = frozenset({"careful-1", "careful-2", "careful-3"})
_EVERYBODY = _CAREFUL | {"careless"}

# What no wait should ever reach; slow machines stretch it, as they do the tests' own limits.
_PATIENCE_S = 30 * float(os.environ.get("TOCSIN_TEST_TIMEOUT_SCALE", "1"))


@dataclass
class Outcome:
    """What a run found. `violations` is empty when every promise was kept."""

    kills: int = 0
    early_kills: int = 0
    acknowledged: dict[Identity, int] = field(default_factory=dict)
    histories: int = 0
    violations: list[str] = field(default_factory=list)


def run(scale: Scale) -> Report:
    """200 kills when at full size."""
    report = Report(NAME, 1)
    outcome = crash(scale.rounds)
    figures: Figures = {
        "kills": outcome.kills,
        "kills while starting": outcome.early_kills,
        "acknowledged events": len(outcome.acknowledged),
        "histories": outcome.histories,
        "violations": len(outcome.violations),
    }
    report.add("SIGKILL under load", "Tocsin", [figures])
    report.notes += outcome.violations[:20]
    case = f"{scale.rounds} kills under load, promises broken"
    report.at_most(case, 0, len(outcome.violations))
    return report


def crash(rounds: int, *, core: int | None = machine.SERVER_CORE) -> Outcome:
    """Kills and restarts a server `rounds` times under load, then checks all histories.

    Raises RuntimeError when the server does not come back, TimeoutError when events do not arrive.
    """
    with tempfile.TemporaryDirectory(prefix="bench-crash-") as data, ExitStack() as stack:
        victim = _Victim(Path(data), core)
        stack.callback(victim.kill)
        return asyncio.run(_crash(victim, rounds))


class _Victim:
    """The server process that dies and comes back at the same address."""

    def __init__(self, data: Path, core: int | None) -> None:
        self._data = data
        self._core = core
        self._host = machine.fresh_address()
        self._process: subprocess.Popen[str] | None = None
        self.events_url = f"http://{self._host}:{PORT}/api/v1/events"

    def launch(self) -> subprocess.Popen[str]:
        self._process = launch(self._data, host=self._host, port=PORT, core=self._core)
        return self._process

    async def start(self) -> None:
        await asyncio.to_thread(ready, self.launch())

    def kill(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()
        self._process = None


async def _crash(victim: _Victim, rounds: int) -> Outcome:
    outcome = Outcome()
    stopping = asyncio.Event()
    publishers = _publishers(victim.events_url, outcome.acknowledged, stopping)
    readers = _readers(victim.events_url)
    await victim.start()
    async with session() as http, asyncio.TaskGroup() as tasks:
        reading = [tasks.create_task(reader.run(http)) for reader in readers]
        publishing = [tasks.create_task(publisher.run(http)) for publisher in publishers]
        for _ in range(rounds):
            await _kill_and_restart(victim, outcome)
        stopping.set()
        async with asyncio.timeout(_PATIENCE_S):
            await asyncio.wait(publishing)
            await _until_all_is_read(readers, outcome.acknowledged)
        for task in reading:
            task.cancel()
        pages = History("the log in pages", _EVERYBODY, dense=True)
        await read_pages(http, victim.events_url, pages)
    _judge(publishers, [*(reader.history for reader in readers), pages], outcome)
    return outcome


def _publishers(
    url: str, acknowledged: dict[Identity, int], stopping: asyncio.Event
) -> list[Publisher]:
    return [
        Publisher(name, name in _CAREFUL, url, random.Random(), acknowledged, stopping)
        for name in sorted(_EVERYBODY)
    ]


def _readers(url: str) -> list[Reader]:
    first = min(_CAREFUL)
    return [
        Reader(History("a reader of everything", _EVERYBODY, dense=True), url, ">"),
        Reader(History("a reader of a pattern", _EVERYBODY), url, "crash/*"),
        Reader(History("a reader of one topic", frozenset({first})), url, f"crash/{first}"),
    ]


async def _kill_and_restart(victim: _Victim, outcome: Outcome) -> None:
    await asyncio.sleep(random.uniform(0, _LONGEST_LIFE_S))
    victim.kill()
    outcome.kills += 1
    while random.random() < _EARLY_DEATHS:
        victim.launch()
        await asyncio.sleep(random.uniform(0, _LONGEST_LIFE_S))
        victim.kill()
        outcome.early_kills += 1
    await victim.start()


async def _until_all_is_read(
    readers: Sequence[Reader], acknowledged: Mapping[Identity, int]
) -> None:
    for reader in readers:
        while not has_all(reader.history, acknowledged):
            await reader.more()


def _judge(publishers: Sequence[Publisher], histories: Sequence[History], outcome: Outcome) -> None:
    outcome.histories = len(histories)
    for publisher in publishers:
        outcome.violations += publisher.refusals
    for history in histories:
        outcome.violations += violations(history, outcome.acknowledged)
