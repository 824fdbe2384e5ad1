"""Backups that the server makes by itself, as an operator finds them."""

from pathlib import Path

from tests.process import Process
from tests.shell import Shell
from tests.waiting import eventually


def test_a_backup_is_there_to_be_restored_and_restarts_make_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    settings = {"TOCSIN_BACKUP__EVERY_S": "86400", "TOCSIN_BACKUP__FOLDER": str(folder)}
    with Process(tmp_path, **settings) as server:
        eventually(lambda: any(folder.glob("*.db")))
        (made,) = folder.iterdir()
        server.kill()
        server.start()
        position = server.publish({"type": "a.b", "topic": "x"})[0]
        with server.client() as api:
            told = api.get("/api/v1/events", params={"topic": "notice/life-preserver"}).json()
        server.stop()
        messages = [event["data"]["notice"]["args"]["message"] for event in told["data"]]
        assert messages[0] == f"Backup begins: {made}"
        assert len(messages) <= 2
        assert [each.name for each in folder.iterdir()] == [made.name]

        restored = Shell(tmp_path / "data")("restore", str(made))
        assert restored.returncode == 0, restored.stderr
        server.start()
        with server.client() as api:
            head = api.get("/api/v1/events").json()["head"]
    assert head.rpartition("-")[0] != position.rpartition("-")[0]
