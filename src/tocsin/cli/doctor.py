"""What the doctor looks at. Reads only, so that it may run beside the server."""

import os
import resource
import shutil
import stat
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from tocsin.cli.open_files import complaint
from tocsin.config import Settings
from tocsin.folder import DataFolder, FolderOwned, FolderUnusable
from tocsin.push.limits import streams_within
from tocsin.store import inspection, log, schema
from tocsin.store.engine import Backend, backend_for

_LITTLE_ROOM = 1024**3


class Finding(NamedTuple):
    """What was looked at, whether it is well, and what was seen."""

    about: str
    well: bool
    said: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, as it is made; the slow ones come last."""
    yield Finding("settings", True, "they make sense")
    yield _open_files(settings)
    yield from _folder(settings)
    yield from _store(settings)


def _open_files(settings: Settings) -> Finding:
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    wrong = complaint(limit, settings.push.max_connections)
    return Finding("open files", not wrong, wrong or f"room for {streams_within(limit)} streams")


def _folder(settings: Settings) -> Iterator[Finding]:
    path = settings.store.data
    if not path.is_dir():
        yield Finding("data folder", False, f"{path} is not there: the first start makes it")
        return
    folder = DataFolder(path)
    yield _owner(folder)
    free = shutil.disk_usage(path).free
    yield Finding("disk", free >= _LITTLE_ROOM, f"{free / 1024**3:.1f} GB free at {path}")
    token = folder.admin_token_file
    if token.exists():
        mode = stat.S_IMODE(token.stat().st_mode)
        yield Finding(
            "admin token", mode & 0o077 == 0, f"{token} has mode {mode:04o}, 0600 is right"
        )


def _owner(folder: DataFolder) -> Finding:
    try:
        with folder.own():
            return Finding("data folder", True, f"{folder.path} is not in use")
    except FolderOwned as owner:
        return Finding("data folder", True, f"{owner} It answers at {folder.address()}.")
    except FolderUnusable as error:
        return Finding("data folder", False, str(error))


def _store(settings: Settings) -> Iterator[Finding]:
    backend = backend_for(settings.store_url, 1)
    database = backend.reading.url.database
    if backend.reading.dialect.name == "sqlite" and not os.path.exists(database or ""):
        yield Finding("store", False, f"{database} is not there: the first start makes it")
        return
    for about, look in _LOOKS:
        yield _look(backend, about, look)
    backend.reading.dispose()


def _look(backend: Backend, about: str, look: Callable[[Connection], tuple[bool, str]]) -> Finding:
    try:
        with backend.reading.begin() as conn:
            return Finding(about, *look(conn))
    except SQLAlchemyError as error:
        said = backend.explain(error) or getattr(error, "orig", None) or error
        return Finding(about, False, str(said))


def _schema(conn: Connection) -> tuple[bool, str]:
    found = schema.found_revision(conn)
    return (
        found == schema.REVISION,
        f"{found or 'none'}; this version of Tocsin has {schema.REVISION}",
    )


def _integrity(conn: Connection) -> tuple[bool, str]:
    found = inspection.damage(conn)
    return not found, "; ".join(found) or "nothing is damaged"


def _density(conn: Connection) -> tuple[bool, str]:
    found = inspection.holes(conn)
    facts = log.facts(conn)
    whole = f"dense from {facts.first_available} to {facts.head}, epoch {facts.epoch}"
    return not found, "; ".join(found) or whole


_LOOKS = (("schema", _schema), ("integrity", _integrity), ("log", _density))
