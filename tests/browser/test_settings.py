"""A page's settings, on open pages at once; private pages; the page of another time."""

import base64

from playwright.sync_api import Page, expect
from tests.browser.visiting import Site, Visits, busy, dom
from tests.waiting import eventually

HOUR, DAY = 3_600, 86_400
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="32"><circle r="16"/></svg>'


def accent(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.querySelector('#subscribe a')).color"))


def test_an_open_page_takes_on_every_setting(site: Site, visits: Visits) -> None:
    busy(site)
    page = visits.live()
    assert accent(page) != "rgb(122, 31, 92)"
    settings = {
        "name": "Beispiel",
        "language": "de",
        "timezone": "Europe/Berlin",
        "accent": "#7a1f5c",
        "links": [{"name": "Impressum", "url": "https://beispiel.test/impressum"}],
        "text_above": "Rufen Sie *uns* an.",
        "text_below": "Bis bald.",
        "history_days": 7,
        "show_uptime": False,
    }
    site.call("PATCH", "/pages/main", settings)
    picture = {"type": "image/svg+xml", "data": base64.b64encode(LOGO).decode()}
    site.call("PUT", "/pages/main/logo", picture)

    expect(page.get_by_role("img", name="Status von Beispiel")).to_be_visible()
    expect(page).to_have_title("Ausfall · Status von Beispiel")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#sentence")).to_have_text("Ausfall: Checkout")
    expect(page.locator("#connection")).to_contain_text("Live · letzte Änderung")
    expect(page.locator("#above em")).to_have_text("uns")
    expect(page.locator("#below")).to_have_text("Bis bald.")
    expect(page.get_by_role("link", name="Impressum")).to_be_visible()
    expect(page.locator(".scale.whole").first).to_have_text("vor 7 Tagenheute")
    expect(page.locator("#zone")).to_have_text("Zeiten in Ihrer Zeitzone, UTC.")
    expect(page.locator("#maintenance .course")).to_contain_text("Beginnt in 5 Stunden")
    assert accent(page) == "rgb(122, 31, 92)"
    assert dom(page) == dom(visits.live())

    site.call("PATCH", "/pages/main", {"accent": None, "show_bars": False, "language": "en"})
    site.call("DELETE", "/pages/main/logo")
    expect(page.locator(".bars")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Beispiel status")
    assert accent(page) != "rgb(122, 31, 92)"
    assert dom(page) == dom(visits.live())
    assert visits.complaints == []


def _served(visits: Visits) -> list[str]:
    texts = visits.open(java_script_enabled=False).locator("section time").all_inner_texts()
    return [text.removesuffix(" UTC") for text in texts]


def _written(visits: Visits) -> list[str]:
    return visits.live().locator("section time").all_inner_texts()


def test_german_is_spoken_by_the_script_as_by_the_server(site: Site, visits: Visits) -> None:
    assert site.service is not None
    busy(site)
    site.call("PATCH", "/pages/main", {"language": "de"})
    for step in (61, 5 * HOUR, 3 * DAY):
        site.service.clock.advance(step)
        # What the clock has made due happens a moment later, perhaps between the two.
        eventually(lambda: _served(visits) == _written(visits))


def test_every_link_of_a_private_page_lets_its_reader_in(site: Site, visits: Visits) -> None:
    ids = busy(site)
    page_object = site.call("PATCH", "/pages/main", {"visibility": "private"})
    query = f"?bt={page_object['bypass_token']}"
    for script in (True, False):
        page = visits.open(path=f"/{query}", java_script_enabled=script)
        expect(page.locator("#sentence")).to_have_text("Outage of Checkout")
        hrefs = page.locator("a[href]:not([href^='#'])").evaluate_all(
            "links => links.map((link) => link.href)"
        )
        for href in hrefs:
            assert page.request.get(href).status == 200, href

    live = visits.live(path=f"/{query}")
    live.evaluate("window.untouched = true")
    issue = site.issue("Odd", ids["Website"], body="[Ours](//elsewhere.test/x)")
    elsewhere = live.get_by_role("link", name="Ours")
    expect(elsewhere).to_have_attribute("href", "//elsewhere.test/x")
    live.locator(f"#issue-{issue} h3 a").click()
    expect(live.locator("h1")).to_have_text("Odd")
    live.get_by_role("link", name="Back to the status").click()
    expect(live.locator("#sentence")).to_have_text("Outage of Checkout")


def test_a_page_of_another_time_says_so_and_stays(site: Site, visits: Visits) -> None:
    assert site.service is not None
    website = site.component("Website")
    then = site.now
    site.service.clock.advance(HOUR)
    site.state(website, "outage")
    page = visits.open(path=f"/?at={then}")
    expect(page.locator("#sentence")).to_have_text("All systems operational")
    expect(page.locator(".past")).to_contain_text("as it stood on Tue 14 Nov 2023, 22:13:20")
    expect(page.locator("#connection")).to_be_hidden()
    assert not any("/page/live" in url for url in visits.requests)
    page.get_by_role("link", name="See it as it is now").click()
    expect(page.locator("#sentence")).to_have_text("Outage of Website")
    expect(page.locator("#connection")).to_contain_text("Live")


def test_nothing_is_wider_than_the_window(site: Site, visits: Visits) -> None:
    ids = busy(site)
    site.call("PATCH", f"/components/{ids['Website']}", {"name": "x" * 120})
    site.call("PATCH", f"/issues/{ids['issue']}", {"title": "t" * 200})
    site.update(ids["issue"], body="`" + "y" * 300 + "`\n\n```\n" + "z" * 300 + "\n```")
    for width in (320, 360, 768, 1600):
        context = visits.context(viewport={"width": width, "height": 800})
        for path in ("/", "/history", "/history/2023-11-14", f"/issues/{ids['issue']}"):
            page = visits.open(context, path)
            expect(page.locator("#zone")).to_contain_text("your zone")
            assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)
            page.get_by_role("button", name="Subscribe").click()
            box = page.locator("#subscribe").bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            page.close()
