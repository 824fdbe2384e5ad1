"""A folder of backups: a file in it that bears a backup's name is a whole one."""

import os
from collections.abc import Iterable
from pathlib import Path

from tocsin.model import backup as naming
from tocsin.model.position import Position
from tocsin.store.backup import CopyFailed, backup

_PART = ".part"


class BackupFolder:
    """The folder at `path`, made with the first backup. What else is in it is left alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The names of all that is in it. Raises `CopyFailed`."""
        try:
            return os.listdir(self.path)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CopyFailed(f"{self.path}: {error.strerror}") from error

    def put(self, url: str, name: str) -> Position:
        """Copy the store into a new file of that name; see `store.backup.backup`.

        Raises `CopyFailed`, and whatever happens leaves no half of a backup under its name.
        """
        aside = self.path / (name + _PART)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._remove_parts()
            position = backup(url, aside)
            aside.replace(self.path / name)
            self._sync()
        except OSError as error:
            raise CopyFailed(f"{self.path}: {error.strerror}") from error
        return position

    def remove(self, names: Iterable[str]) -> None:
        """Remove these files. Raises `CopyFailed`."""
        for name in names:
            try:
                (self.path / name).unlink(missing_ok=True)
            except OSError as error:
                raise CopyFailed(f"{self.path / name}: {error.strerror}") from error

    def _remove_parts(self) -> None:
        """Of a process that died over them."""
        for name in self.names():
            if name.endswith(_PART) and naming.time_of(name.removesuffix(_PART)) is not None:
                (self.path / name).unlink(missing_ok=True)

    def _sync(self) -> None:
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
