"""The pages for those who do not see them, use no mouse, or want them on paper."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import Site, Visits, busy

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
HOUR, DAY = 3_600, 86_400


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists() and os.environ.get("TOCSIN_REQUIRE_SERVICES") != "1":
        pytest.skip("axe-core is not installed: npm install --no-package-lock in tests/browser")
    return AXE.read_text()


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found: Any = page.evaluate("axe.run()")
    return [
        f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found["violations"]
    ]


@pytest.fixture
def troubled(site: Site) -> dict[str, str]:
    """A page with a past, trouble now, and maintenance to come."""
    assert site.service is not None
    ids = busy(site)
    website = ids["Website"]
    site.state(website, "degraded")
    site.service.clock.advance(2 * HOUR)
    site.state(website, "operational")
    now = site.now
    site.issue("Before", website, began_at=now - 3 * DAY, ended_at=now - 2 * DAY)
    links = [{"name": "Acme", "url": "https://acme.test/"}]
    texts = {"text_above": "Call *us*.", "text_below": "# Who we are\n\n- Acme"}
    site.call("PATCH", "/pages/main", {"links": links, **texts})
    site.service.clock.advance(DAY)
    return ids


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_amiss(
    site: Site, visits: Visits, axe: str, troubled: dict[str, str], scheme: str
) -> None:
    history = ("/history", "/history/2023-11", "/history/2023-11-14")
    for path in ("/", *history, f"/issues/{troubled['issue']}", f"/?at={site.now - HOUR}"):
        page = visits.open(path=path, color_scheme=scheme)
        expect(page.locator("#zone")).to_contain_text("your zone")
        for details in page.locator("details:not([open]) > summary").all():
            details.click()
        assert (path, violations(page, axe)) == (path, [])
    assert visits.complaints == []


def test_axe_finds_nothing_amiss_where_there_is_nothing(
    site: Site, visits: Visits, axe: str
) -> None:
    for path in ("/", "/history", "/pages/none/"):
        assert violations(visits.open(path=path), axe) == []


def test_axe_finds_nothing_amiss_in_what_opens(
    site: Site, visits: Visits, axe: str, troubled: dict[str, str]
) -> None:
    page = visits.live()
    page.get_by_role("button", name="Subscribe").click()
    expect(page.locator("#subscribe")).to_be_visible()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.locator(".bars").first.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert violations(page, axe) == []


def test_the_keyboard_reaches_everything(site: Site, visits: Visits, troubled: object) -> None:
    page = visits.live()
    reachable = "a[href], button, summary, input, .bars"
    wanted = page.evaluate(
        f"""() => {{
          window.wanted = [...document.querySelectorAll({reachable!r})].filter(
            (one) => one.checkVisibility() && !one.matches("[type=radio]:not(:checked)"),
          );
          return wanted.length;
        }}"""
    )
    assert wanted > 15
    for number in range(wanted):
        page.keyboard.press("Tab")
        assert page.evaluate(f"document.activeElement === wanted[{number}]")
        assert page.evaluate("document.activeElement.matches(':focus-visible')")


def test_subscribing_needs_no_mouse(site: Site, visits: Visits) -> None:
    page = visits.live()
    page.get_by_role("button", name="Subscribe").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#subscribe")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#subscribe")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/subscribe")


def test_skipping_leads_to_the_answer(site: Site, visits: Visits) -> None:
    page = visits.live()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_an_issue_on_paper_is_its_story_alone(
    site: Site, visits: Visits, troubled: dict[str, str]
) -> None:
    page = visits.open(path=f"/issues/{troubled['issue']}")
    page.emulate_media(media="print")
    expect(page.locator("article")).to_contain_text("Found it.")
    for left_out in (".turn", ".back", "#scheme", "footer nav", ".button"):
        expect(page.locator(left_out).first).to_be_hidden()
