"""The demo: a page that lives, and nothing left of it afterwards."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import httpx
from httpx_sse import connect_sse
from tests.waiting import SCALE


def test_a_newcomer_sees_a_living_page(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", "demo", "--port", "0"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        look_around(welcome(process.stdout))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60 * SCALE)
    assert process.returncode == 0
    assert list(tmp_path.glob("tocsin-demo-*")) == []


def welcome(stdout: IO[str]) -> str:
    """All that is said up to the line about how to end it."""
    lines = []
    for line in stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(lines)


def look_around(said: str) -> None:
    """What the welcome promises is there."""
    url = found(r"page +(\S+)/$", said)
    assert re.search(r"sign-in +demo@localhost +\S+$", said, re.MULTILINE)
    token = found(r"token +(\S+)$", said)
    head = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=head, timeout=60 * SCALE) as api:
        page = api.get("/").text
        for shown in ("Harbour", "Website", "Behind it", "Reports take longer", "Database upgrade"):
            assert shown in page
        issues = api.get("/api/v1/issues").json()["data"]
        assert issues[0]["created_at"] - issues[-1]["created_at"] > 30 * 86_400
        with connect_sse(api, "GET", "/api/v1/events?topic=deploy/*&topic=build/*") as stream:
            types = (event.event for event in stream.iter_sse())
            assert next(each for each in types if each.startswith("com.example."))
        with connect_sse(api, "GET", "/events?stream=build-dashboard") as stream:
            assert any("dependencies" in event.data for event in stream.iter_sse())


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, text
    return match[1]
