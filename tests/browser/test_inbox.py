"""An operation watched by a browser's own EventSource."""

import json

from playwright.sync_api import Page, expect
from tests.browser.visiting import Site, Visits

_STREAM = "deploy-web"

# What a page of somebody's deploy tool does: it lists what it is told; its title says how it goes.
_WATCH = """([address]) => {
  document.body.innerHTML = '<ol></ol>';
  const source = new EventSource(address);
  source.onmessage = (event) => {
    const line = document.createElement('li');
    line.textContent = JSON.parse(event.data).body;
    document.querySelector('ol').append(line);
  };
  source.onopen = () => { document.title = 'open'; };
  source.onerror = () => { document.title = ['connecting', 'open', 'closed'][source.readyState]; };
}"""


def _watching(visits: Visits, site: Site, stream: str = _STREAM) -> Page:
    """A page that watches with a ticket, for an EventSource cannot send a token."""
    ticket = site.call("POST", "/tickets", {"stream": stream})["ticket"]
    page = visits.open(path="/healthz")
    page.evaluate(_WATCH, [f"/events?stream={stream}&ticket={ticket}"])
    expect(page).to_have_title("open")
    return page


def _tell(site: Site, *bodies: str) -> None:
    messages = [{"body": body} for body in bodies]
    site.call("POST", f"/operations/{_STREAM}/messages", {"messages": messages})


def _finish(site: Site) -> None:
    site.call("POST", f"/operations/{_STREAM}/finish", {"outcome": "success"})


def test_an_event_source_reads_a_run_once_and_stops_at_its_end(visits: Visits, site: Site) -> None:
    page = _watching(visits, site)

    _tell(site, "one", "two")
    expect(page.locator("li")).to_have_text(["one", "two"])
    _tell(site, "three")
    _finish(site)

    expect(page).to_have_title("closed")  # it came back with the last id, and was answered 204
    expect(page.locator("li")).to_have_text(["one", "two", "three"])


def test_an_event_source_goes_on_where_it_was_when_the_server_was_away(
    visits: Visits, site: Site
) -> None:
    page = _watching(visits, site)
    _tell(site, "before")
    expect(page.locator("li")).to_have_text(["before"])

    site.stop()
    expect(page).to_have_title("connecting")
    site.start()
    _tell(site, "after")

    expect(page.locator("li")).to_have_text(["before", "after"])
    _finish(site)
    expect(page).to_have_title("closed")


def test_an_event_source_that_waited_through_a_restart_sees_the_run_begin(
    visits: Visits, site: Site
) -> None:
    page = _watching(visits, site)

    site.stop()
    expect(page).to_have_title("connecting")
    site.start()
    expect(page).to_have_title("open")
    _tell(site, json.dumps({"id:": "a text that looks like a field"}))

    expect(page.locator("li")).to_have_text(['{"id:": "a text that looks like a field"}'])
