"""Compiles the programs in C when their sources are newer than what was built."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE / "build"
_CC = ["cc", "-std=c11", "-O2", "-Wall", "-Wextra"]


def program(name: str, sources: Sequence[Path]) -> Path:
    """The executable `name` made of these sources. Raises CalledProcessError: no compiler."""
    built = BUILD / name
    headers = {header for source in sources for header in source.parent.glob("*.h")}
    newest = max(path.stat().st_mtime for path in (*sources, *headers))
    if not built.exists() or built.stat().st_mtime < newest:
        BUILD.mkdir(exist_ok=True)
        subprocess.run([*_CC, "-o", built, *sources, "-lm"], check=True)
    return built
