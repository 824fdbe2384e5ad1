"""What a stream answers when the service itself fails."""

import sqlite3
from pathlib import Path

import httpx
import pytest
from tests.running import running

STREAM = {"Accept": "text/event-stream", "Authorization": "Bearer seen-for-the-first-time"}


@pytest.mark.parametrize(
    ("path", "origin"), [("/api/v1/events", None), ("/pages/secret/live", "*")]
)
def test_a_failure_is_a_problem_with_a_reference(
    path: str, origin: str | None, tmp_path: Path
) -> None:
    with running(tmp_path) as service, service.client() as api:
        secret = {"slug": "secret", "name": "Secret", "visibility": "private"}
        assert api.post("/api/v1/pages", json=secret).status_code == 201
        with sqlite3.connect(tmp_path / "tocsin.db") as database:
            database.execute("ALTER TABLE tokens RENAME TO gone")
        answer = httpx.get(service.url + path, headers=STREAM)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("access-control-allow-origin") == origin
    assert (answer.json()["code"], len(answer.json()["reference"])) == ("internal", 16)
