"""What an operator does now and then, on real processes."""

import sqlite3
from pathlib import Path

import pytest
from tests.process import TOKEN, Process
from tests.shell import Shell


def published(server: Process, count: int) -> str:
    """Publish so many events; the position of the last."""
    events = [{"type": "a.b", "topic": "x", "data": number} for number in range(count)]
    return server.publish(*events)[1]


def plus(position: str, count: int) -> str:
    """The position so many events later."""
    epoch, _, sequence = position.rpartition("-")
    return f"{epoch}-{int(sequence) + count}"


def numbers(server: Process) -> list[int]:
    """The numbers of the published events that are there."""
    with server.client() as api:
        found = api.get("/api/v1/events", params={"topic": "x", "limit": 1000}).json()["data"]
    return [event["data"] for event in found]


def test_check_config_prints_what_applies(tocsin: Shell, tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text('[server]\nport = 8080\n[store]\nurl = "postgresql+psycopg://u:hidden@h/d"\n')
    done = tocsin("check-config", "--config", str(file), TOCSIN_ADMIN_TOKEN="hidden")
    lines = done.stdout.splitlines()
    assert "server.port = 8080" in lines
    assert "push.heartbeat_s = 15.0" in lines
    assert 'admin_token = "***"' in lines
    assert "hidden" not in done.stdout


def test_check_config_says_what_makes_no_sense(tocsin: Shell, tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("[server]\nprot = 8080\n")
    done = tocsin("check-config", "--config", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "server.prot: there is no such setting; server.port is one" in done.stderr


def test_backup_and_restore(server: Process, tocsin: Shell, data: Path, tmp_path: Path) -> None:
    """Beside the server and without it; the restored log goes on, and old positions are `reset`.

    Each backup is two notices: that it begins, which is in the copy, and that it is done.
    """
    position = published(server, 3)
    online = tocsin("backup", str(tmp_path / "online.db"), TOCSIN_ADMIN_TOKEN=TOKEN)
    assert (online.returncode, online.stdout) == (0, plus(position, 1) + "\n"), online.stderr
    again = tocsin("backup", str(tmp_path / "online.db"))
    assert (again.returncode, "exists" in again.stderr) == (1, True)
    published(server, 2)

    refused = tocsin("restore", str(tmp_path / "online.db"))
    assert (refused.returncode, f"process {server.pid}" in refused.stderr) == (1, True)
    server.stop()
    offline = tocsin("backup", str(tmp_path / "offline.db"))
    assert offline.returncode == 0, offline.stderr
    assert offline.stdout.strip() == plus(position, 2 + 2 + 1)

    restored = tocsin("restore", str(tmp_path / "online.db"))
    assert restored.returncode == 0, restored.stderr
    assert "before" in restored.stderr
    new = restored.stdout.strip()
    assert new.rpartition("-")[2] == plus(position, 1).rpartition("-")[2]
    assert new.rpartition("-")[0] != position.rpartition("-")[0]
    server.start()
    assert numbers(server) == [0, 1, 2]


def test_a_backup_that_fails_leaves_nothing(tocsin: Shell, tmp_path: Path) -> None:
    assert tocsin("migrate").returncode == 0
    done = tocsin("backup", str(tmp_path / "missing" / "copy.db"))
    assert done.returncode == 1
    assert "copy.db" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("backup", "copy.db"), ("prune",)])
def test_a_folder_without_a_store_is_a_mistake_and_stays_so(
    command: tuple[str, ...], tocsin: Shell, data: Path, tmp_path: Path
) -> None:
    """A mistyped folder must not become a new store, whose empty copy passes for the backup."""
    target = [str(tmp_path / name) for name in command[1:]]
    done = tocsin(command[0], *target)
    assert (done.returncode, done.stdout) == (1, "")
    assert str(data / "tocsin.db") in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_prune_beside_the_server_and_without_it(tmp_path: Path, tocsin: Shell) -> None:
    with Process(tmp_path, TOCSIN_LOG__KEEP_EVENTS="4") as server:
        published(server, 10)
        first = tocsin("prune")
        assert first.stdout.endswith(" events removed\n"), first.stderr
        assert numbers(server) == [6, 7, 8, 9]
        server.stop()
        assert tocsin("prune", TOCSIN_LOG__KEEP_EVENTS="1").stdout == "3 events removed\n"


def test_migrate_makes_the_schema_and_refuses_while_it_is_in_use(
    server: Process, tocsin: Shell, tmp_path: Path
) -> None:
    refused = tocsin("migrate")
    assert (refused.returncode, f"process {server.pid}" in refused.stderr) == (1, True)
    fresh = ("migrate", "--data", str(tmp_path / "fresh"))
    assert "now" in tocsin(*fresh).stdout
    assert "already" in tocsin(*fresh).stdout


def test_doctor_finds_all_well_beside_the_server(server: Process, tocsin: Shell) -> None:
    published(server, 3)
    done = tocsin("doctor")
    assert done.returncode == 0, done.stdout
    assert f"process {server.pid}. It answers at {server.url}" in done.stdout
    assert "nothing is damaged" in done.stdout
    assert "dense from 1 to " in done.stdout


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("DELETE FROM events WHERE sequence = 2", "1 events are missing"),
        ("DELETE FROM events WHERE sequence = 1", "the log begins at 2"),
        ("UPDATE placements SET page_id = 'gone'", "refers to a missing row of pages"),
        ("UPDATE alembic_version SET version_num = '9999'", "9999"),
    ],
)
def test_doctor_finds_harm(
    server: Process, tocsin: Shell, data: Path, harm: str, found: str
) -> None:
    published(server, 3)
    with server.client() as api:
        api.post("/api/v1/components", json={"name": "Website"})
    server.stop()
    with sqlite3.connect(data / "tocsin.db") as database:
        database.execute(harm)
    done = tocsin("doctor")
    assert done.returncode == 1
    assert found in done.stdout


def test_doctor_finds_a_database_that_is_none_of_ours(tocsin: Shell, data: Path) -> None:
    data.mkdir()
    (data / "tocsin.db").touch()
    done = tocsin("doctor")
    assert done.returncode == 1
    assert "BAD  schema: none" in done.stdout
    assert "BAD  log: no such table: log\n" in done.stdout
    assert "SELECT" not in done.stdout


def test_doctor_before_the_first_start(tocsin: Shell, data: Path) -> None:
    done = tocsin("doctor")
    assert done.returncode == 1
    assert "the first start makes it" in done.stdout
    assert not data.exists()
