"""Commands as a shell runs them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.waiting import SCALE


class Shell:
    """Runs `tocsin` on one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def __call__(
        self, *arguments: str, typed: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command until it ends; `typed` is what it reads from stdin."""
        return subprocess.run(
            [sys.executable, "-m", "tocsin", *arguments],
            env={**os.environ, "TOCSIN_STORE__DATA": str(self._data), **environment},
            input=typed,
            capture_output=True,
            text=True,
            timeout=60 * SCALE,
            check=False,
        )
