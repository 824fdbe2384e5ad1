"""The data folder: one owner, freed by death, and what it leaves for others to find."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.folder import DataFolder, FolderOwned, FolderUnusable

HOLD = """
import sys
from pathlib import Path
from tocsin.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
with folder.own():
    folder.leave_address("http://127.0.0.1:1")
    print("owned", flush=True)
    sys.stdin.read()
"""


def test_a_second_owner_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with folder.own(), pytest.raises(FolderOwned) as refused, folder.own():
        pass
    assert refused.value.pid == os.getpid()
    assert str(os.getpid()) in str(refused.value)
    with folder.own():
        pass


def test_what_cannot_be_written_is_named_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "admin-token").mkdir()
    with pytest.raises(FolderUnusable, match="admin-token cannot be written: Is a directory"):
        DataFolder(tmp_path).keep_admin_token("secret")
    assert [entry.name for entry in tmp_path.iterdir()] == ["admin-token"]


def test_death_of_any_kind_frees_it_and_its_address_is_not_believed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"owned\n"
        with pytest.raises(FolderOwned) as refused, folder.own():
            pass
        assert refused.value.pid == owner.pid
        assert folder.address() == "http://127.0.0.1:1"
        owner.kill()
        owner.wait()
    with folder.own():
        assert folder.address() is None


def test_an_owner_that_has_not_said_its_pid_is_another_process(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.own():
        (tmp_path / "lock").write_text("")
        with pytest.raises(FolderOwned, match="another process") as refused, folder.own():
            pass
    assert refused.value.pid is None


def test_the_address_is_there_while_it_is_owned(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.own():
        assert folder.address() is None
        folder.leave_address("http://127.0.0.1:7070")
        assert folder.address() == "http://127.0.0.1:7070"
    assert folder.address() is None


def test_the_admin_token_is_for_the_owner_of_the_file_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert folder.admin_token() is None
    folder.keep_admin_token("secret")
    assert folder.admin_token() == "secret"
    assert stat.S_IMODE((tmp_path / "admin-token").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(FolderUnusable, match=r"Not a directory|File exists"),
        DataFolder(tmp_path / "file").own(),
    ):
        pass
