"""Several pages on one running service: which one answers, and who is let in."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from tests.running import Running, running

SECRET = "Reactor"

# Every address below a page that shows something of it.
BELOW = (
    *("", "/live", "/live/{component}", "/live/v2/status_page", "/live/v2/component/{component}"),
    *("/page/live", "/history", "/history/2023-11", "/history/2023-11-14", "/issues/{issue}"),
    *("/feed.atom", "/calendar.ics", "/badge.svg"),
    *("/badge.svg?component={component}", "/api/v2/summary.json", "/api/v2/status.json"),
    *("/api/v2/components.json", "/api/v2/incidents.json", "/api/v2/incidents/unresolved.json"),
    *("/api/v2/scheduled-maintenances.json", "/api/v2/scheduled-maintenances/upcoming.json"),
    "/api/v2/scheduled-maintenances/active.json",
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as service:
        yield service


@pytest.fixture
def api(service: Running) -> Iterator[httpx.Client]:
    with service.client() as api:
        yield api


def make(api: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    answer = api.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def change(api: httpx.Client, slug: str, **body: object) -> dict[str, Any]:
    answer = api.patch(f"/api/v1/pages/{slug}", json=body)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def asked(service: Running, *hosts: str, target: str = "/", version: str = "1.1") -> bytes:
    """The answer to a request whose Host headers are written by hand."""
    url = urlsplit(service.url)
    head = "".join(f"Host: {host}\r\n" for host in hosts)
    request = f"GET {target} HTTP/{version}\r\n{head}Connection: close\r\n\r\n"
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(request.encode("latin-1"))
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.fixture
def shop(api: httpx.Client) -> None:
    """A page with hosts of its own, beside `main`."""
    change(api, "main", name="Everything")
    hosts = ["status.shop.example", "[2001:db8::1]", "192.0.2.7"]
    make(api, "pages", slug="shop", name="The shop", hosts=hosts)


@pytest.mark.usefixtures("shop")
def test_a_page_answers_for_its_hosts_however_they_are_written(service: Running) -> None:
    for host in (
        "status.shop.example",
        "status.shop.example:8443",
        "STATUS.Shop.Example",
        "status.shop.example.",
        "status.shop.example.:80",
        "[2001:db8::1]",
        "[2001:DB8::1]:7070",
        "[2001:0db8:0:0::1]",
        "192.0.2.7:80",
    ):
        assert b"<title>The shop" in _titled(asked(service, host)), host


@pytest.mark.usefixtures("shop")
def test_every_other_host_gets_main(service: Running) -> None:
    for host in (
        "",
        "localhost",
        "shop.example",
        "x.status.shop.example",
        "status.shop.example.evil.example",
        "status.shop.example..",
        "status.shop.example@evil.example",
        "evil.example/status.shop.example",
        "[2001:db8::2]",
        "[2001:db8::1",
        "2001:db8::1",
        "[]",
        "[:::]:1",
        ":80",
        "*",
        "\xff\xfe",
        "a" * 5_000,
    ):
        answer = asked(service, host)
        assert answer.startswith(b"HTTP/1.1 200"), host
        assert b"<title>Everything" in _titled(answer), host
    assert b"<title>Everything" in _titled(asked(service, version="1.0"))


@pytest.mark.usefixtures("shop")
def test_nothing_but_the_host_chooses_the_page(service: Running) -> None:
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"):
        value = "host=status.shop.example" if name == "Forwarded" else "status.shop.example"
        assert "<title>Everything" in _title(httpx.get(service.url, headers={name: value}).text)


@pytest.mark.usefixtures("shop")
def test_a_request_with_two_hosts_is_refused(service: Running) -> None:
    for hosts in (("localhost", "status.shop.example"), ("status.shop.example",) * 2):
        assert asked(service, *hosts).startswith(b"HTTP/1.1 400")


def _titled(answer: bytes) -> bytes:
    return _title(answer.decode("latin-1")).encode("latin-1")


def _title(html: str) -> str:
    """The title without the state that stands in front of it."""
    _, _, rest = html.partition("<title>")
    return "<title>" + rest.partition("</title>")[0].rpartition("· ")[2]


class Private:
    """A private page with a component and an issue that nobody else may know of, and a component
    that stands on `main` too."""

    def __init__(self, api: httpx.Client) -> None:
        self.page = make(api, "pages", slug="inner", name=SECRET, visibility="private")
        self.component = make(api, "components", name=f"{SECRET} core", page="inner")["id"]
        self.shared = make(api, "components", name="Website")["id"]
        groups = [{"name": f"{SECRET} group", "component_ids": [self.component, self.shared]}]
        change(api, "inner", groups=groups)
        issue = {"title": f"{SECRET} melts", "component_ids": [self.component]}
        self.issue = make(api, "issues", state_override="outage", **issue)["id"]

    @property
    def token(self) -> str:
        return str(self.page["bypass_token"])

    def addresses(self) -> list[str]:
        names = {"component": self.component, "issue": self.issue}
        return ["/pages/inner" + path.format(**names) for path in BELOW]


@pytest.fixture
def private(api: httpx.Client) -> Private:
    return Private(api)


def opened(service: Running, path: str, **headers: str) -> tuple[int, str]:
    """Status and what there is at once of an answer, which may be a stream."""
    with httpx.stream(
        "GET", service.url + path, headers=headers, timeout=30, follow_redirects=True
    ) as answer:
        streams = answer.headers["content-type"].startswith("text/event-stream")
        return answer.status_code, next(answer.iter_text()) if streams else answer.read().decode()


def with_query(address: str, query: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{query}"


def test_a_private_page_shows_nothing_to_those_without_a_right(
    service: Running, private: Private
) -> None:
    for address in private.addresses():
        for query in ("", "at=1700000000", "bt="):
            status, text = opened(service, with_query(address, query))
            assert (status, SECRET in text) == (401, False), address


def test_a_private_page_opens_to_its_bypass_token_and_to_those_who_may_read(
    service: Running, api: httpx.Client, private: Private
) -> None:
    reader = make(api, "tokens", name="reader", scopes=["read"])["secret"]
    for address in private.addresses():
        for status, text in (
            opened(service, with_query(address, f"bt={private.token}")),
            opened(service, address, Authorization=f"Bearer {reader}"),
            opened(service, address, **{"X-Auth-Token": reader}),
        ):
            assert (status, SECRET in text) == (200, True), address


def test_no_other_token_opens_a_private_page(
    service: Running, api: httpx.Client, private: Private
) -> None:
    other = make(api, "pages", slug="other", name="Other", visibility="private")["bypass_token"]
    publisher = make(api, "tokens", name="publisher", scopes=["events:publish"])["secret"]
    half = private.token[: len(private.token) // 2]
    for wrong in ("", other, half, private.token + "x", private.token.upper(), "\0", "%", "é"):
        for address in ("/pages/inner", "/pages/inner/live"):
            status, text = opened(service, f"{address}?bt={quote(wrong)}")
            assert (status, SECRET in text) == (401, False), wrong
    for address in ("/pages/inner?bt=%FF%ED%A0%80", f"/pages/inner?bt=x&bt={private.token}"):
        assert opened(service, address)[0] == 401
    assert opened(service, "/pages/inner", Authorization=f"Bearer {publisher}")[0] == 401
    assert opened(service, "/pages/inner", Authorization=f"Bearer {private.token}")[0] == 401


def test_a_private_page_is_kept_by_no_shared_cache(service: Running, private: Private) -> None:
    answer = httpx.get(f"{service.url}/pages/inner/?bt={private.token}")
    assert answer.headers["cache-control"] == "private, no-cache"
    tag = {"If-None-Match": answer.headers["etag"]}
    refused = httpx.get(f"{service.url}/pages/inner/", headers=tag)
    assert (refused.status_code, refused.headers["cache-control"]) == (401, "no-store")
    for address in private.addresses():
        if "live" not in address:
            kept = httpx.get(
                service.url + with_query(address, f"bt={private.token}"), follow_redirects=True
            )
            assert kept.headers["cache-control"].startswith(("private", "no-store")), address


def test_a_public_page_tells_nothing_of_what_stands_on_private_ones(
    service: Running, api: httpx.Client, private: Private
) -> None:
    both = [private.component, private.shared]
    issue = make(api, "issues", title="Slow", component_ids=both, state_override="degraded")["id"]
    for path in BELOW:
        named = path.format(component=private.shared, issue=issue)
        for address in (named or "/", f"/pages/main{named}"):
            status, text = opened(service, address)
            assert (status, SECRET in text) == (200, False), address
            assert private.component not in text, address
            assert "inner" not in text.replace("innerHTML", ""), address
    for path in ("/live/{component}", "/live/v2/component/{component}", "/issues/{issue}"):
        named = path.format(component=private.component, issue=private.issue)
        assert opened(service, named)[0] == 404
        assert opened(service, f"/pages/main{named}")[0] == 404


def test_events_of_private_things_are_for_those_who_may_read(
    service: Running, private: Private
) -> None:
    for topic in (
        f"component/{private.component}",
        f"issue/{private.issue}",
        "page/inner",
        "page/*",
        ">",
    ):
        answer = httpx.get(f"{service.url}/api/v1/events", params={"topic": topic})
        assert answer.status_code == 401, topic
        mixed = httpx.get(
            f"{service.url}/api/v1/events", params={"topic": [f"component/{private.shared}", topic]}
        )
        assert mixed.status_code == 401, topic


@contextmanager
def watching(service: Running, address: str) -> Iterator[Iterator[bytes]]:
    """What comes on a stream that was opened, after its first piece."""
    with httpx.stream("GET", service.url + address, timeout=30) as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        next(pieces)
        yield pieces


@pytest.mark.parametrize("below", ["/live", "/live/v2/status_page", "/page/live"])
def test_streams_end_with_the_right_that_opened_them(
    service: Running, api: httpx.Client, private: Private, below: str
) -> None:
    with watching(service, f"/pages/inner{below}?bt={private.token}") as pieces:
        rotated = api.post("/api/v1/pages/inner/rotate-bypass-token").json()
        assert SECRET not in b"".join(pieces).decode()
    with watching(service, f"/pages/inner{below}?bt={rotated['bypass_token']}") as pieces:
        assert api.delete("/api/v1/pages/inner").status_code == 204
        b"".join(pieces)
    with watching(service, f"/pages/main{below}") as pieces:
        change(api, "main", visibility="private")
        b"".join(pieces)
    assert opened(service, f"/pages/main{below}")[0] == 401


def test_an_issue_that_leaves_the_public_pages_is_followed_no_longer(
    service: Running, api: httpx.Client, private: Private
) -> None:
    issue = make(api, "issues", title="Slow", component_ids=[private.shared])["id"]
    with httpx.stream(
        "GET",
        f"{service.url}/api/v1/events?topic=issue/{issue}",
        headers={"Accept": "text/event-stream"},
        timeout=30,
    ) as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        next(pieces)
        moved = {"component_ids": [private.component]}
        assert api.patch(f"/api/v1/issues/{issue}", json=moved).status_code == 200
        b"".join(pieces)
    gone = httpx.get(f"{service.url}/api/v1/events?topic=issue/{issue}")
    assert gone.status_code == 401
