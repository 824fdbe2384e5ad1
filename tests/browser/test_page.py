"""The status page in a browser: complete as it comes, and the same after a day of being open."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.visiting import Site, Visits, busy, dom

HOUR, DAY = 3_600, 86_400


def sentence(page: Page, text: str) -> None:
    expect(page.locator("#sentence")).to_have_text(text)


def test_it_follows_a_change_without_being_loaded_again(site: Site, visits: Visits) -> None:
    website = site.component("Website")
    page = visits.live()
    page.evaluate("window.untouched = true")
    sentence(page, "All systems operational")

    site.state(website, "outage")

    sentence(page, "Outage of Website")
    expect(page).to_have_title(re.compile("^Outage · "))
    expect(page.locator(f"#component-{website} .state")).to_contain_text("Outage")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-outage"))
    assert page.evaluate("window.untouched")
    assert visits.complaints == []


def test_it_is_complete_without_javascript(site: Site, visits: Visits) -> None:
    busy(site)
    page = visits.open(java_script_enabled=False)
    sentence(page, "Outage of Checkout")
    expect(page.locator("#connection")).to_contain_text("As of 22:13 UTC")
    expect(page.locator("#issues article")).to_contain_text("Found it.")
    expect(page.locator("#issues em")).to_have_text("looking")
    expect(page.locator("#maintenance .window")).to_contain_text("Wed 15 Nov, 03:13 to 04:13 UTC")
    expect(page.locator("#components .rows .row")).to_have_count(4)
    expect(page.get_by_role("link", name="Skip to the status")).to_have_count(1)
    expect(page.locator("#scheme")).to_be_hidden()


def test_a_page_that_was_open_equals_a_fresh_one(site: Site, visits: Visits) -> None:
    page = visits.live()
    ids = busy(site)
    site.state(ids["Website"], "degraded")
    site.update(ids["issue"], body="Watching.", label="monitoring", state_override="degraded")
    site.call("PATCH", "/pages/main", {"name": "Acme", "description": "How we are doing."})
    other = site.issue("Login is slow", ids["Website"])
    site.call("PATCH", f"/issues/{other}", {"title": "Login was slow"})
    site.update(other, label="resolved")
    site.component("API", "Regions")
    site.state(ids["Website"], "operational")

    fresh = visits.live()
    expect(page.locator("h1")).to_have_text("Acme status")
    expect(page.locator("#connection")).to_have_text(
        fresh.locator("#connection").text_content() or ""
    )
    expect(page.locator("#components .rows .row")).to_have_count(5)
    sentence(page, "Checkout is degraded")
    assert dom(page) == dom(fresh)
    assert visits.complaints == []


def test_a_schedule_takes_its_course_on_the_open_page(site: Site, visits: Visits) -> None:
    busy(site)
    page = visits.live()
    assert site.service is not None
    site.service.clock.advance(5 * HOUR)
    expect(page.locator("#maintenance .course")).to_contain_text("In progress")
    site.service.clock.advance(HOUR)
    expect(page.locator("#maintenance")).to_be_hidden()
    expect(page.locator("#connection")).to_contain_text("Live · last change")


def test_it_says_that_the_server_is_away_and_recovers(site: Site, visits: Visits) -> None:
    website = site.component("Website")
    page = visits.live()
    context = page.context
    context.set_offline(True)
    expect(page.locator("#connection")).to_have_text("Reconnecting… as of 22:13")
    sentence(page, "All systems operational")

    site.state(website, "degraded")
    context.set_offline(False)

    sentence(page, "Website is degraded")
    expect(page.locator("#connection")).to_contain_text("Live · last change 22:13")


def test_it_comes_back_by_itself_after_a_restart_of_the_server(site: Site, visits: Visits) -> None:
    website = site.component("Website")
    page = visits.live()
    page.evaluate("window.untouched = true")
    site.stop()
    expect(page.locator("#connection")).to_contain_text("Reconnecting…")
    sentence(page, "All systems operational")

    site.start()
    expect(page.locator("#connection")).to_contain_text("Live")
    site.state(website, "outage")
    sentence(page, "Outage of Website")
    assert page.evaluate("window.untouched")


def test_a_page_that_is_deleted_stays_readable(site: Site, visits: Visits) -> None:
    site.call("POST", "/pages", {"slug": "beta", "name": "Beta"})
    page = visits.live(path="/pages/beta/")
    site.call("DELETE", "/pages/beta")
    expect(page.locator("#connection")).to_contain_text("Reconnecting…")
    expect(page.locator("h1")).to_have_text("Beta status")


def test_the_tabs_of_a_browser_share_one_stream(site: Site, visits: Visits) -> None:
    website = site.component("Website")
    context = visits.context()
    first, second = visits.live(context), visits.live(context)
    assert len([url for url in visits.requests if "/page/live" in url]) == 1
    site.state(website, "outage")
    sentence(first, "Outage of Website")
    sentence(second, "Outage of Website")

    first.close()
    site.state(website, "degraded")
    sentence(second, "Website is degraded")
    assert len([url for url in visits.requests if "/page/live" in url]) == 2


def test_a_tab_that_was_served_an_older_picture_is_shown_the_current_one(
    site: Site, visits: Visits
) -> None:
    website = site.component("Website")
    context = visits.context()
    first = visits.live(context)
    kept = first.request.get(site.url).body()
    site.state(website, "outage")
    sentence(first, "Outage of Website")
    context.route(
        re.compile(r"/$"), lambda route: route.fulfill(body=kept, content_type="text/html")
    )
    second = visits.live(context)
    sentence(second, "Outage of Website")
    assert dom(first) == dom(second)


def test_times_are_the_readers(site: Site, visits: Visits) -> None:
    busy(site)
    page = visits.live(timezone_id="America/New_York")
    expect(page.locator("#answer .since")).to_have_text("since 17:13 (less than a minute)")
    window = page.locator("#maintenance .window")
    expect(window).to_contain_text("Tue 14 Nov, 22:13 to 23:13")
    expect(window.locator(".there")).to_have_text("(Wed 15 Nov, 03:13 to 04:13 UTC)")
    expect(page.locator("#zone")).to_have_text("Times are in your zone, America/New York.")

    same = visits.live(timezone_id="UTC")
    expect(same.locator("#maintenance .there")).to_be_hidden()


def test_the_script_words_times_as_the_server_does(site: Site, visits: Visits) -> None:
    assert site.service is not None
    website = site.component("Website")
    site.issue("Down", website, state_override="outage")
    start = site.now + 3 * DAY
    work = site.issue("Works", website, starts_at=start, ends_at=start + 30 * HOUR)
    for step in (0, HOUR, 5 * HOUR, DAY):
        site.service.clock.advance(step + 61)
        assert _served(visits) == _written(visits)
    site.call("POST", f"/issues/{work}/cancel", {})
    for step in (7 * DAY, 400 * DAY):
        site.service.clock.advance(step)
        assert _served(visits) == _written(visits)


def _served(visits: Visits) -> list[str]:
    """The times of the page as the server wrote them, in the page's zone and saying so."""
    page = visits.open(java_script_enabled=False)
    return [text.removesuffix(" UTC") for text in _times(page)]


def _written(visits: Visits) -> list[str]:
    """The same as the script writes them for a reader in that zone."""
    return _times(visits.live())


def _times(page: Page) -> list[str]:
    return page.locator("section time").all_text_contents()


def test_what_the_reader_opened_stays_open(site: Site, visits: Visits) -> None:
    website = site.component("Website", "Shop")
    site.component("Frankfurt", "Regions")
    page = visits.live()
    regions = page.locator("details", has_text="Regions")
    regions.locator("summary").click()
    expect(regions.get_by_text("Frankfurt")).to_be_visible()

    site.state(website, "outage")

    expect(page.locator("details", has_text="Shop")).to_have_attribute("open", "")
    expect(regions.get_by_text("Frankfurt")).to_be_visible()
    site.state(website, "operational")
    expect(page.locator("details", has_text="Shop")).not_to_have_attribute("open", "")


def test_what_is_being_read_keeps_its_place(site: Site, visits: Visits) -> None:
    website = site.component("Website")
    for number in range(60):
        site.component(f"Service {number}")
    page = visits.live(viewport={"width": 800, "height": 500})
    row = page.locator(f"#component-{website} ~ li").nth(30)
    row.scroll_into_view_if_needed()
    before = row.bounding_box()

    site.issue("Slow", website, body="Word. " * 400)

    expect(page.locator("#issues article")).to_have_count(1)
    after = row.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=1)


def test_the_choice_of_colours_is_remembered(site: Site, visits: Visits) -> None:
    context = visits.context(color_scheme="light")
    page = visits.live(context)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Dark").check()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    expect(page.get_by_label("Dark")).to_be_checked()
    page.get_by_label("Auto").check()
    assert page.evaluate(ground) == light


def test_nothing_is_asked_of_another_server(site: Site, visits: Visits) -> None:
    component = site.component("Website")
    site.issue("Odd", component, body="![x](https://elsewhere.test/x.png)")
    context, answered = visits.context(), []
    context.on("response", lambda answer: answered.append(answer.url))
    page = visits.live(context)
    expect(page.locator("#issues article")).to_have_count(1)
    assert any(url.endswith("/page.js") for url in answered)
    assert all(url.startswith(site.url) for url in answered)
    assert visits.complaints == []


def test_a_screen_reader_is_told_a_new_answer_once(site: Site, visits: Visits) -> None:
    website = site.component("Website")
    page = visits.live()
    page.evaluate(
        """() => {
          window.told = [];
          new MutationObserver(() => told.push(document.getElementById("sentence").textContent))
            .observe(document.getElementById("sentence"), { childList: true, characterData: true });
        }"""
    )
    issue = site.issue("Odd", website)
    site.update(issue, body="Still odd.")
    site.state(website, "outage")
    sentence(page, "Outage of Website")
    assert page.evaluate("told") == ["Outage of Website"]
    expect(page.locator("#sentence")).to_have_attribute("aria-live", "polite")
