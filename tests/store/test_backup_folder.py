"""A file that bears a backup's name is a whole one, whatever happened meanwhile."""

import sqlite3
from pathlib import Path

import pytest

from tocsin.store.backup import CopyFailed
from tocsin.store.backup_folder import BackupFolder

NAME = "tocsin-20261118T120000Z.db"


@pytest.fixture
def url(migrated: Path) -> str:
    return f"sqlite:///{migrated}"


def test_a_backup_is_put_into_a_folder_that_is_made(url: str, tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path / "deep" / "backups")
    assert folder.names() == []
    position = folder.put(url, NAME)
    assert folder.names() == [NAME]
    with sqlite3.connect(folder.path / NAME) as copy:
        assert copy.execute("SELECT epoch FROM log").fetchone() == (position.epoch,)
    assert folder.path.stat().st_mode & 0o077 == 0
    assert (folder.path / NAME).stat().st_mode & 0o077 == 0


def test_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path / "backups")
    with pytest.raises(CopyFailed):
        folder.put(f"sqlite:///{tmp_path}/missing.db", NAME)
    assert folder.names() == []


def test_what_a_process_left_that_died_over_it_is_removed(url: str, tmp_path: Path) -> None:
    for name in (f"{NAME}.part", "mine.part", "mine.db"):
        (tmp_path / name).write_bytes(b"half")
    BackupFolder(tmp_path).put(url, "tocsin-20261119T120000Z.db")
    assert sorted(BackupFolder(tmp_path).names()) == [
        "mine.db",
        "mine.part",
        "tocsin-20261119T120000Z.db",
    ]


def test_files_are_removed_by_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    BackupFolder(tmp_path).remove(["a", "gone already"])
    assert BackupFolder(tmp_path).names() == ["b"]


def test_a_folder_that_is_none_is_named(url: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = BackupFolder(tmp_path / "file")
    with pytest.raises(CopyFailed, match="file"):
        folder.names()
    with pytest.raises(CopyFailed, match="file"):
        folder.put(url, NAME)
    (tmp_path / "sub").mkdir()
    with pytest.raises(CopyFailed, match="sub"):
        BackupFolder(tmp_path).remove(["sub"])
