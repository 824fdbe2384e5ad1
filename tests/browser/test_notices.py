"""Notices in a browser's own WebSocket."""

from playwright.sync_api import Page
from tests.browser.visiting import Visits
from tests.running import ADMIN

WATCH = """
([url, token]) => {
  const socket = (window.socket = new WebSocket(url));
  const ask = (namespace, name, args) =>
    socket.send(JSON.stringify({ namespace, name, id: "1", args }));
  window.told = [];
  socket.onopen = () => {
    ask("rpc", "auth_token", { token });
    ask("events", "subscribe", "deploys");
  };
  socket.onmessage = ({ data }) => window.told.push(JSON.parse(data).args);
  socket.onclose = ({ code, wasClean }) => window.told.push({ code, wasClean });
}
"""


def watch(page: Page, url: str) -> None:
    """Have the page watch notices of the class `deploys`."""
    page.evaluate(WATCH, [url.replace("http://", "ws://") + "/ws", ADMIN])


def told(page: Page, number: int) -> object:
    """That one of what it was told."""
    return page.wait_for_function("number => window.told[number]", arg=number).json_value()


def test_a_page_of_ours_watches_and_learns_why_it_is_closed(visits: Visits) -> None:
    page = visits.open()
    watch(page, visits.site.url)
    assert told(page, 1) == {"subscribe": "deploys"}
    visits.site.call("POST", "/notices", {"class": "deploys", "message": "hello"})
    assert told(page, 2) == {"message": "hello"}
    page.evaluate("() => window.socket.send('x'.repeat(128_001))")
    assert told(page, 3) == {"code": 1009, "wasClean": True}


def test_a_page_of_nobodys_is_not_let_in(visits: Visits) -> None:
    page = visits.context().new_page()
    page.goto("about:blank")
    watch(page, visits.site.url)
    assert told(page, 0) == {"code": 1006, "wasClean": False}
