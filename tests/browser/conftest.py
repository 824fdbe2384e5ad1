"""The browser, and what it visits."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.browser.visiting import Site, Visits

CHROMIUM = shutil.which("chromium") or ""
_SCALE = float(os.environ.get("TOCSIN_TEST_TIMEOUT_SCALE", "1"))

expect.set_options(timeout=15_000 * _SCALE)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.start()
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Until the end of the module: while it runs, no other event loop can run in this thread."""
    if not CHROMIUM and os.environ.get("TOCSIN_REQUIRE_SERVICES") != "1":
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visits(chromium: Browser, site: Site) -> Iterator[Visits]:
    visits = Visits(chromium, site)
    yield visits
    for context in visits.contexts:
        context.close()
