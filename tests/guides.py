"""What the guides say, for tests that do it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.process import TOKEN, Process

_GUIDES = Path(__file__).parents[1] / "docs" / "how-to"


def blocks(guide: str, language: str) -> list[str]:
    """The examples of a guide in that language."""
    text = (_GUIDES / guide).read_text()
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
