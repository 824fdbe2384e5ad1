"""What the guides tell people to type works as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.process import TOKEN, Process

GUIDES = Path(__file__).parents[2] / "docs" / "how-to"


def blocks(guide: str, language: str) -> list[str]:
    """The examples of a guide in that language."""
    text = (GUIDES / guide).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def typed(server: Process, *command: str) -> str:
    """What a command prints, which has to succeed."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        env={"TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(server: Process, guide: str) -> str:
    """What all shell examples of a guide print, one after the other."""
    script = "".join(blocks(guide, "sh")).replace("curl -s ", "curl -sS --fail ")
    return typed(server, "bash", "-euo", "pipefail", "-c", script)


def test_notices(server: Process) -> None:
    shell(server, "notices.md")
    (program,) = blocks("notices.md", "python")
    assert typed(server, sys.executable, "-c", program).splitlines() == [
        "deploys 1 - Information Version 2.4.1 is live",
        "deploys 1 - Information Version 2.4.2 is live",
    ]


def test_watch_a_build(server: Process) -> None:
    said = shell(server, "watch-a-build.md")
    assert said.count("Compiling\nUploading\nDone\n") == 2
    assert 'data: {"body":"Uploading","level":""}' in said
    assert '"ticket":"tocsin_' in said
    (program,) = blocks("watch-a-build.md", "python")
    typed(server, sys.executable, "-c", program)
    with server.client() as api:
        runs = api.get("/api/v1/operations/website").json()["runs"]
    assert [(run["messages"], run["outcome"]) for run in runs] == [
        (3, "success"),
        (1, "success"),
        (2, "success"),
    ]
