"""The machine underneath: which core does what, addresses, file limits, what a process uses."""

import os
import platform
import random
import resource
from collections.abc import Iterable, Sequence
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1

_PAGE = os.sysconf("SC_PAGE_SIZE")


def pinned(core: int, argv: Sequence[str]) -> list[str]:
    """`argv` as a command that runs with all its threads and children on one core."""
    return ["taskset", "-c", str(core), *argv]


def fresh_address() -> str:
    """A loopback address nobody has connected to yet.

    Thousands of closed connections to one address stay behind in TIME_WAIT, and the next connects
    to it search for a free port: every accept figure after the first would be the client's own.
    """
    return f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"


def raise_file_limit() -> int:
    """Raises the soft limit of open files to the hard one, for every process started from here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def family(pid: int) -> tuple[int, ...]:
    """A process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (pid, *(member for child in children for member in family(int(child))))


def rss(pids: Iterable[int]) -> int:
    """Resident memory of these processes together, in bytes."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE for pid in pids)


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time these processes have used so far, all living threads, in seconds."""
    # schedstat counts nanoseconds; the ticks of stat are too coarse for a burst of 20 ms.
    tasks = (task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def forget_peak(pid: int) -> None:
    """Starts a new peak of resident memory for `peak_rss` (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_rss(pid: int) -> int:
    """The most resident memory since the start or `forget_peak`, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024


def description() -> dict[str, str | float]:
    """What a figure cannot be read without."""
    model = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return {
        "cpu": model[0].partition(":")[2].strip() if model else platform.processor(),
        "cores": os.cpu_count() or 0,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }
