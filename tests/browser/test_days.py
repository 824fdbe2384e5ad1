"""The bars of the last days: pointed at, tapped, and reached with the keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.visiting import Site, Visits, dom

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def website(site: Site) -> str:
    """A component that was degraded yesterday for an hour and two minutes, under an issue. It is
    22:13 on 23 February."""
    assert site.service is not None
    clock = site.service.clock
    website = site.component("Website")
    clock.advance(100 * DAY)
    issue = site.issue("Slow", website, state_override="degraded")
    clock.advance(HOUR + 120)
    site.update(issue, label="resolved")
    clock.advance(DAY - HOUR - 120)
    return website


def bars(page: Page) -> Locator:
    return page.locator(".bars").first


def point(page: Page, ago: int, days: int = 90) -> None:
    """Move the mouse to the middle of the bar of so many days ago."""
    bars(page).scroll_into_view_if_needed()
    box = bars(page).bounding_box()
    assert box is not None
    x = box["x"] + box["width"] * (days - ago - 0.6) / days
    page.mouse.move(x, box["y"] + box["height"] / 2)


def told(page: Page) -> list[str]:
    card = page.get_by_role("tooltip")
    expect(card).to_be_visible()
    return card.locator("b, p, li").all_inner_texts()


def test_pointing_at_a_day_tells_it(site: Site, visits: Visits, website: str) -> None:
    page = visits.live()
    point(page, 1)
    assert told(page) == ["Thu 22 Feb 2024", "Degraded for 1 hour 2 minutes", "Slow"]
    point(page, 0)
    assert told(page) == ["Fri 23 Feb 2024", "No trouble"]
    point(page, 89)
    assert told(page) == ["Sun 26 Nov 2023", "No trouble"]
    page.mouse.move(0, 0)
    expect(page.get_by_role("tooltip")).to_be_hidden()
    assert dom(page) == dom(visits.live())
    assert visits.complaints == []


def test_what_is_told_leads_to_the_issue_and_the_day(
    site: Site, visits: Visits, website: str
) -> None:
    page = visits.live()
    point(page, 1)
    page.get_by_role("tooltip").get_by_role("link", name="Slow").click()
    expect(page.locator("h1")).to_have_text("Slow")
    page.go_back()
    point(page, 1)
    page.get_by_role("tooltip").get_by_role("link", name="Thu 22 Feb 2024").click()
    expect(page.locator("h1")).to_have_text("Thu 22 Feb 2024")


def test_trouble_that_goes_on_grows(site: Site, visits: Visits, website: str) -> None:
    assert site.service is not None
    site.state(website, "outage")
    page = visits.live()
    site.service.clock.advance(23 * 60)
    page.clock.set_fixed_time(site.now)
    point(page, 0)
    assert told(page) == ["Fri 23 Feb 2024", "Outage for 23 minutes so far"]


def test_days_before_the_component_are_not_known(site: Site, visits: Visits) -> None:
    site.component("New")
    page = visits.live()
    point(page, 1)
    assert told(page)[1] == "Not on this page yet"


def test_the_arrow_keys_go_from_day_to_day(site: Site, visits: Visits, website: str) -> None:
    page = visits.live()
    slider = page.get_by_role("slider", name=re.compile("^Website, last 90 days: trouble on 1 day"))
    while not slider.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
    expect(slider).to_have_attribute("aria-valuetext", "Fri 23 Feb 2024, No trouble")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute(
        "aria-valuetext", "Thu 22 Feb 2024, Degraded for 1 hour 2 minutes, Slow"
    )
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "-89")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuenow", "-89")
    page.keyboard.press("PageDown")
    expect(slider).to_have_attribute("aria-valuenow", "-82")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Thu 22 Feb 2024")


def test_a_phone_shows_30_days_that_are_tapped(site: Site, visits: Visits, website: str) -> None:
    page = visits.live(viewport={"width": 360, "height": 740}, has_touch=True)
    expect(page.locator(".scale.few")).to_be_visible()
    expect(page.locator(".scale.few")).to_have_text("30 days ago100\u00a0%today")
    expect(page.locator(".scale.whole")).to_be_hidden()
    bars(page).scroll_into_view_if_needed()
    box = bars(page).bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 28.4 / 30, box["y"] + 10)
    assert told(page)[1:] == ["Degraded for 1 hour 2 minutes", "Slow"]
    page.touchscreen.tap(box["x"] + box["width"] * 0.4 / 30, box["y"] + 10)
    assert told(page) == ["Thu 25 Jan 2024", "No trouble"]
    page.touchscreen.tap(5, 300)
    expect(page.get_by_role("tooltip")).to_be_hidden()


def test_a_new_day_begins_on_an_open_page(site: Site, visits: Visits, website: str) -> None:
    assert site.service is not None
    page = visits.live()
    expect(page.locator("#components")).to_have_attribute("data-today", "2024-02-23")
    site.service.clock.advance(2 * HOUR)
    page.clock.set_fixed_time(site.now)
    expect(page.locator("#components")).to_have_attribute("data-today", "2024-02-24")
    point(page, 2)
    assert told(page)[0] == "Thu 22 Feb 2024"
    page.mouse.move(0, 0)
    expect(page.get_by_role("tooltip")).to_be_hidden()
    expect(page.locator("#past .quiet").first).to_have_text("No incidents 23 to 24 February")
    expect(page.locator("#answer .since")).to_contain_text("(1 day)")
    assert dom(page) == dom(visits.live())


def test_issues_that_end_stay_in_the_list_of_days(site: Site, visits: Visits, website: str) -> None:
    page = visits.live()
    issue = site.issue("Odd", website)
    entry = page.locator(f"#past-{issue}")
    expect(entry).to_contain_text("Ongoing")
    site.update(issue, label="resolved")
    expect(entry).not_to_contain_text("Ongoing")
    expect(entry).to_contain_text("Website")
    site.call("PATCH", f"/issues/{issue}", {"title": "Stranger"})
    expect(entry).to_contain_text("Stranger")
    site.call("DELETE", f"/issues/{issue}")
    expect(entry).to_have_count(0)
