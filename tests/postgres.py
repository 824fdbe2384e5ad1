"""A PostgreSQL server of the tests' own, on a Unix socket in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tocsin.store import schema

_TEMPLATE = "tocsin_template"
_SETTINGS = (
    "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50 "
    "-c shared_buffers=32MB -c log_min_messages=fatal"
)


class Postgres:
    """A server that can be killed and started again; databases come with Tocsin's schema."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._names = (f"test_{number}" for number in count())

    def initialise(self) -> None:
        """Make the files, and the database that all others are copied from."""
        if os.geteuid() == 0:
            shutil.chown(self._folder, self._user)
        self._run(
            "initdb", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", "-U", self._user
        )
        self.start()
        schema.migrate(self.create(_TEMPLATE, "template1"))

    def start(self) -> None:
        """Return once the server accepts connections."""
        options = f"{_SETTINGS} -k {self._folder}"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """End the server; with `immediate` as a crash does, without a word to its clients."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def create(self, name: str | None = None, template: str = _TEMPLATE) -> str:
        """The URL of a new database."""
        name = name or next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql+psycopg://{self._user}@/{name}?host={self._folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the server's superuser."""
        where = {"host": str(self._folder), "user": self._user, "dbname": database}
        with psycopg.connect(**where, autocommit=True) as conn:  # type: ignore[arg-type]
            conn.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._folder / "data", *arguments],
            user=self._user if os.geteuid() == 0 else None,
            cwd=self._folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def private_postgres() -> Iterator[Postgres]:
    """A running server, gone with all its files afterwards.

    Skips the test where PostgreSQL is not installed, unless TOCSIN_REQUIRE_SERVICES=1.
    """
    programs = _programs()
    if programs is None:
        if os.environ.get("TOCSIN_REQUIRE_SERVICES") == "1":
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    # Not pytest's folder: a socket's path has at most 107 letters, and another user must get there.
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
    server = Postgres(programs, folder)
    try:
        server.initialise()
        yield server
    finally:
        with suppress(subprocess.CalledProcessError):  # a test may have stopped it
            server.stop("immediate")
        shutil.rmtree(folder)


def _programs() -> Path | None:
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    return Path(found).parent if found else None
