"""The data folder: one process owns it at a time, and says how it can be reached."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


class FolderUnusable(Exception):  # noqa: N818 - the operator's to mend, not a failure of ours
    """The folder cannot be made or written. The text says why."""


class FolderOwned(Exception):  # noqa: N818 - an ordinary answer
    """Another process owns the folder: `pid`, None when it has not said so yet."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = f"the running process {pid}" if pid else "another process"
        super().__init__(f"{path} is in use by {who}.")
        self.pid = pid


@dataclass(frozen=True)
class DataFolder:
    """`<data>`, with `lock` (the owner's pid), `address` (its base URL) and `admin-token` in it."""

    path: Path

    @contextmanager
    def own(self) -> Iterator[None]:
        """Be its only owner while the block runs; the folder is made when missing.

        The lock is the kernel's, so it is freed by death of whatever kind and never left behind.
        Raises `FolderOwned` and `FolderUnusable`.
        """
        lock = self._open_lock()
        try:
            self._take(lock)
            self._sign(lock)
            try:
                yield
            finally:
                self._address.unlink(missing_ok=True)
        finally:
            os.close(lock)

    def _open_lock(self) -> int:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise FolderUnusable(
                f"The data folder {self.path} cannot be written: {error.strerror}."
            ) from error

    def _take(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EAGAIN}:
                raise FolderUnusable(f"{self.path} cannot be locked: {error.strerror}.") from error
            text = os.pread(lock, 20, 0).strip()
            raise FolderOwned(self.path, int(text) if text.isdigit() else None) from error

    def _sign(self, lock: int) -> None:
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            self._address.unlink(missing_ok=True)
        except OSError as error:
            raise FolderUnusable(
                f"The data folder {self.path} cannot be written: {error.strerror}."
            ) from error

    @property
    def _address(self) -> Path:
        return self.path / "address"

    @property
    def admin_token_file(self) -> Path:
        """Where the first start leaves its admin token."""
        return self.path / "admin-token"

    def leave_address(self, url: str) -> None:
        """Say where the owner answers. Gone again when it no longer owns the folder.

        Raises `FolderUnusable`.
        """
        _write(self._address, url)

    def address(self) -> str | None:
        """Where the owner answers, if it says so. To be believed only while the folder is owned."""
        return _read(self._address)

    def keep_admin_token(self, secret: str) -> None:
        """Keep the first start's admin token, readable by its owner alone.

        Raises `FolderUnusable`.
        """
        _write(self.admin_token_file, secret)

    def admin_token(self) -> str | None:
        """The admin token of the first start, if it was kept and may be read."""
        return _read(self.admin_token_file)


def _write(file: Path, text: str) -> None:
    """Whole or not at all, and private from the first moment."""
    new = file.with_name(file.name + ".new")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(handle)
        new.replace(file)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise FolderUnusable(f"{file} cannot be written: {error.strerror}.") from error


def _read(file: Path) -> str | None:
    try:
        return file.read_text().strip() or None
    except OSError:
        return None
