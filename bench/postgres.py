"""A private PostgreSQL with fsync on, beside the load on its core, gone afterwards."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import machine
from bench.machine import LOAD_CORE

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def missing() -> str | None:
    """Why PostgreSQL cannot be measured here, or None."""
    return None if _BINARIES else "PostgreSQL is not installed"


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a fresh, empty database."""
    # PostgreSQL refuses to run as root; its own user must be able to enter the folder.
    user = "postgres" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="bench-postgres-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        if user:
            for path in (folder, data):
                subprocess.run(["chown", user, path], check=True)
        binaries = _BINARIES[-1]
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "tocsin", "-A", "trust"]
        subprocess.run(initdb, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", f"{folder}/log"]
        server = machine.pinned(LOAD_CORE, [*control, "-o", options, "start"])
        subprocess.run(server, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")
        try:
            yield f"postgresql+psycopg://tocsin@/postgres?host={folder}"
        finally:
            stop = [*control, "-m", "immediate", "stop"]
            subprocess.run(stop, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")
