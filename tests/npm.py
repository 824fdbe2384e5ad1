"""Clients from npm, which tests run with node."""

import os
import shutil
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent / "scenario" / "clients"


def needs_npm(package: str) -> None:
    """Skip the test where the package is not installed; fail it where everything has to be."""
    wanted = (
        ("node", shutil.which("node") is not None),
        (f"{CLIENTS}/node_modules/{package}", (CLIENTS / "node_modules" / package).is_dir()),
    )
    missing = [name for name, there in wanted if not there]
    if missing and os.environ.get("TOCSIN_REQUIRE_SERVICES") == "1":
        pytest.fail(f"not there: {missing}")
    if missing:
        pytest.skip(f"not there: {missing}; npm install --no-package-lock in {CLIENTS}")
