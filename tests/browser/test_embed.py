"""The script for other sites, on a page of another origin."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Page, expect
from tests.browser.visiting import Site, Visits

# What a careful site has to allow.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src {0}; connect-src {0}"


@contextmanager
def foreign(html: str, policy: str) -> Iterator[str]:
    """A site elsewhere, with one page; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def embedded(visits: Visits, script: str, rest: str = "") -> Iterator[Page]:
    """A foreign page with this script element; `rest` comes after it."""
    site = visits.site
    body = f"<!doctype html><title>Shop</title>{script}{rest}"
    with foreign(body, _POLICY.format(site.url)) as address:
        page = visits.context().new_page()
        page.on("pageerror", lambda error: visits.complaints.append(str(error)))
        page.on("console", visits.hear)
        page.on("request", lambda request: visits.requests.append(request.url))
        page.goto(address)
        yield page
        page.close()


def element(site: Site, query: str = "", attributes: str = "") -> str:
    return (
        f'<p id="before"></p><script async {attributes} src="{site.url}/embed.js{query}"></script>'
    )


def test_it_shows_the_state_and_follows_it(visits: Visits) -> None:
    site = visits.site
    website = site.component("Website")
    with embedded(visits, element(site)) as page:
        answer = page.get_by_role("status")
        expect(answer).to_have_text("Status: All systems operational")
        site.state(website, "degraded")
        expect(answer).to_have_text("Status: Degraded")
        issue = site.issue("Checkout fails", website, state_override="outage")
        expect(answer).to_have_text("Status: Outage")
        link = page.get_by_role("link", name="Checkout fails")
        expect(link).to_have_attribute("href", f"{site.url}/pages/main/issues/{issue}")
        site.update(issue, label="resolved")
        expect(link).to_have_count(0)
        expect(answer).to_have_text("Status: Degraded")
        assert visits.complaints == []


def test_it_asks_nobody_else_and_leaves_nothing(visits: Visits) -> None:
    site = visits.site
    with embedded(visits, element(site)) as page:
        expect(page.get_by_role("status")).to_contain_text("operational")
        asked = {url for url in visits.requests if not url.startswith("http://localhost")}
        assert asked == {f"{site.url}/embed.js", f"{site.url}/live"}
        assert page.context.cookies() == []
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_the_sites_styles_and_its_own_do_not_meet(visits: Visits) -> None:
    style = "<style>a, li { color: rgb(255, 0, 0) !important; font-size: 3em !important }</style>"
    site = visits.site
    with embedded(visits, element(site), style + "<a id=theirs>theirs</a>") as page:
        link = page.get_by_role("status").get_by_role("link")
        expect(link).to_be_visible()
        expect(link).to_have_css("color", "rgb(0, 0, 0)")
        expect(page.locator("#theirs")).to_have_css("color", "rgb(255, 0, 0)")


def test_it_can_be_about_one_component(visits: Visits) -> None:
    site = visits.site
    site.component("Website")
    checkout = site.component("Checkout")
    with embedded(visits, element(site, f"?component={checkout}")) as page:
        answer = page.get_by_role("status")
        expect(answer).to_have_text("Checkout: Operational")
        site.state(checkout, "outage")
        expect(answer).to_have_text("Checkout: Outage")


def test_it_stands_where_it_is_asked_to(visits: Visits) -> None:
    site = visits.site
    here = '<footer id="here"></footer>'
    with embedded(visits, element(site, attributes='data-target="#here"'), here) as page:
        expect(page.locator("#here").get_by_role("status")).to_be_visible()
    with embedded(visits, f"<head>{element(site)}</head>", "<main>Shop</main>") as page:
        expect(page.locator("body").get_by_role("status")).to_be_visible()


def test_a_private_page_needs_its_token(visits: Visits) -> None:
    site = visits.site
    token = site.call("PATCH", "/pages/main", {"visibility": "private"})["bypass_token"]
    with embedded(visits, element(site, f"?bt={token}")) as page:
        expect(page.get_by_role("status")).to_have_text("Status: All systems operational")


def test_a_maintenance_is_told_from_when_it_begins(visits: Visits) -> None:
    site = visits.site
    website = site.component("Website")
    with embedded(visits, element(site)) as page:
        expect(page.get_by_role("status")).to_contain_text("operational")
        work = site.issue("Upgrade", website, starts_at=site.now + 60, ends_at=site.now + 120)
        site.state(website, "degraded")
        expect(page.get_by_role("status")).to_contain_text("Degraded")
        link = page.get_by_role("link", name="Upgrade")
        expect(link).to_have_count(0)
        assert site.service is not None
        site.service.clock.advance(60)
        expect(link).to_have_attribute("href", f"{site.url}/pages/main/issues/{work}")
        site.service.clock.advance(60)
        expect(link).to_have_count(0)


def test_it_comes_back_after_an_outage_of_its_own(visits: Visits) -> None:
    site = visits.site
    website = site.component("Website")
    with embedded(visits, element(site)) as page:
        answer = page.get_by_role("status")
        expect(answer).to_have_text("Status: All systems operational")
        site.stop()
        expect(page.get_by_title("Waiting for the status")).to_be_visible()
        expect(answer).to_have_text("Status: All systems operational")
        site.start()
        site.state(website, "outage")
        expect(answer).to_have_text("Status: Outage")
        expect(page.get_by_title("Waiting for the status")).to_have_count(0)


def test_a_tab_that_nobody_sees_gives_its_connection_back(visits: Visits) -> None:
    site = visits.site
    website = site.component("Website")
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with embedded(visits, element(site)) as page:
        answer = page.get_by_role("status")
        expect(answer).to_have_text("Status: All systems operational")
        with page.expect_event("requestfailed", lambda gone: gone.url.endswith("/live")):
            page.evaluate(hide, True)
        site.state(website, "outage")
        with page.expect_request("**/live"):
            page.evaluate(hide, False)
        expect(answer).to_have_text("Status: Outage")
