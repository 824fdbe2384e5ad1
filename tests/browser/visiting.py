"""A real service with a status page, and visits to it with a real browser."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from tests.running import Running, running


@dataclass
class Site:
    """A service with one page, which can be stopped and started again at the same address."""

    folder: Path
    stack: ExitStack = field(default_factory=ExitStack)
    service: Running | None = None
    port: int = 0

    def start(self) -> None:
        """Run it, at the address it had before if any; readers come back after 0.2 s."""
        settings: dict[str, dict[str, object]] = {
            "server": {"port": self.port},
            "push": {"drain_s": 0, "retry_min_ms": 100, "retry_max_ms": 200},
        }
        self.service = self.stack.enter_context(running(self.folder, **settings))
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """End it."""
        self.stack.close()

    @property
    def url(self) -> str:
        """Where it answers."""
        assert self.service is not None
        return self.service.url

    @property
    def now(self) -> int:
        """Its time, in Unix seconds."""
        assert self.service is not None
        return self.service.clock.now

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call of the API, which has to succeed; its answer."""
        assert self.service is not None
        with self.service.client() as client:
            answer = client.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def component(self, name: str, group: str | None = None) -> str:
        """A new component on the page; its id."""
        made = self.call("POST", "/components", {"name": name, "group": group})
        return str(made["id"])

    def state(self, component_id: str, state: str) -> None:
        """Set a component's state."""
        self.call("PUT", f"/components/{component_id}/state", {"state": state})

    def issue(self, title: str, *component_ids: str, **given: object) -> str:
        """A new issue; its id."""
        body = {"title": title, "component_ids": component_ids, **given}
        return str(self.call("POST", "/issues", body)["id"])

    def update(self, issue_id: str, **given: object) -> None:
        """Say something about an issue."""
        self.call("POST", f"/issues/{issue_id}/updates", given)


@dataclass
class Visits:
    """Opens pages in browsers of their own, in the service's time, and hears their complaints."""

    browser: Browser
    site: Site
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def context(self, **given: Any) -> BrowserContext:
        """A browser with nothing in it."""
        context = self.browser.new_context(**{"timezone_id": "UTC", **given})
        self.contexts.append(context)
        return context

    def open(self, context: BrowserContext | None = None, path: str = "/", **given: Any) -> Page:
        """The page, freshly opened."""
        page = (context or self.context(**given)).new_page()
        page.clock.set_fixed_time(self.site.now)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.hear)
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(f"{self.site.url}{path}")
        return page

    def hear(self, said: ConsoleMessage) -> None:
        """Note it if it is a complaint."""
        if said.type == "error":
            self.complaints.append(said.text)

    def live(self, context: BrowserContext | None = None, **given: Any) -> Page:
        """The page, opened and following."""
        page = self.open(context, **given)
        expect(page.locator("#connection")).to_contain_text("Live")
        return page


_DOM = """() => {
  const write = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const names = node.getAttributeNames().sort();
    const attributes = names.map((name) => ` ${name}="${node.getAttribute(name)}"`).join("");
    return `<${node.nodeName}${attributes}>${[...node.childNodes].map(write).join("")}`;
  };
  return [document.title, document.querySelector("link[rel=icon]").href,
    write(document.querySelector("meta[name=theme-color]")),
    write(document.querySelector("header")), write(document.querySelector("main")),
    write(document.querySelector("footer"))].join("\\n");
}"""


def dom(page: Page) -> str:
    """Everything that the page is, as text; the order in which attributes were set is nothing."""
    return str(page.evaluate(_DOM))


def busy(site: Site) -> dict[str, str]:
    """A page with groups, trouble, an issue with updates, and maintenance to come."""
    ids = {
        name: site.component(name, group)
        for name, group in (
            ("Website", "Customer-facing"),
            ("Checkout", "Customer-facing"),
            ("Frankfurt", "Regions"),
            ("Database", None),
        )
    }
    ids["issue"] = site.issue(
        "Checkout fails",
        ids["Checkout"],
        body="We are *looking*.",
        label="investigating",
        state_override="outage",
    )
    site.update(ids["issue"], body="Found it.", label="identified")
    start = site.now + 5 * 3_600
    ids["work"] = site.issue(
        "Switches", ids["Frankfurt"], label="maintenance", starts_at=start, ends_at=start + 3_600
    )
    return ids
