"""The addresses of a page's formats."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from xml.etree.ElementTree import fromstring

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Connection
from starlette.responses import PlainTextResponse
from tests.domain import Domain

from tocsin.app import pages, rights
from tocsin.app.pages import PageChanges
from tocsin.app.past import Past
from tocsin.app.visitors import Visit
from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.event import Change
from tocsin.model.page import Language, Visibility
from tocsin.model.recent import Recent
from tocsin.push.dispatch import StreamRequest
from tocsin.store.store import StoreUnavailable
from tocsin.web.editions import Editions
from tocsin.web.formats import FORMATS, Formats
from tocsin.web.pictures import Pictures
from tocsin.web.site import Site

T = TypeVar("T")
URL = "http://tocsin.test"


@dataclass
class Served:
    """A domain, and a client of its pages' formats."""

    there: Domain
    client: httpx.AsyncClient

    async def json(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def served(there: Domain) -> AsyncIterator[Served]:
    await there.component()
    await there.make_page("shop", hosts=("shop.test",), visibility=Visibility.PRIVATE)
    past = Past(there.store, there.clock)
    editions = Editions(there.store, lambda: there.board, past, URL)
    pictures = Pictures(lambda: there.board, Recent(), there.clock, Site(URL))

    async def admit(request: StreamRequest, past: Board | None = None) -> Visit:
        slug = request.path["slug"] or there.board.slug_of(request.headers["host"])
        boards = (there.board, past or there.board)
        if not all(slug in board.pages for board in boards):
            raise not_found("page")
        if all(board.pages[slug].visibility is Visibility.PUBLIC for board in boards):
            return Visit(slug, rights.public(slug))
        if request.first("bt") != "secret":
            raise Refused(Code.UNAUTHORIZED, "This page is private.")
        return Visit(slug, rights.bypass(slug))

    def committed(changes: Sequence[Change]) -> None:
        there.committed(changes)
        for change in changes:
            editions.publish(change)

    there.store.on_commit = committed
    formats = Formats(PlainTextResponse("the application"), editions, pictures, past, admit)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(formats), base_url=URL) as client:
        yield Served(there, client)


@pytest.mark.parametrize("file", sorted(FORMATS))
async def test_every_file_can_be_had_from_everywhere_and_kept_for_a_while(
    served: Served, file: str
) -> None:
    answer = await served.client.get(f"/{file}")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == (
        f"public, max-age={300 if file == 'embed.js' else 5}"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-encoding"] == "gzip"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("file", "media_type"),
    [
        ("feed.atom", "application/atom+xml; charset=utf-8"),
        ("calendar.ics", "text/calendar; charset=utf-8"),
        ("badge.svg", "image/svg+xml"),
        ("embed.js", "text/javascript; charset=utf-8"),
        ("api/v2/status.json", "application/json; charset=utf-8"),
        ("api/v2/scheduled-maintenances/upcoming.json", "application/json; charset=utf-8"),
    ],
)
async def test_the_media_types(served: Served, file: str, media_type: str) -> None:
    assert (await served.client.get(f"/{file}")).headers["content-type"] == media_type


@pytest.mark.parametrize("file", sorted(FORMATS))
async def test_who_has_it_already_is_told_so(served: Served, file: str) -> None:
    etag = (await served.client.get(f"/{file}")).headers["etag"]
    answer = await served.client.get(f"/{file}", headers={"if-none-match": etag})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_change_is_in_all_of_them_at_once(served: Served) -> None:
    before = await served.client.get("/api/v2/status.json")
    component = (await served.json("/api/v2/components.json"))["components"][0]
    await served.there.issue(component["id"], title="Nothing works", state_override=State.OUTAGE)
    assert (await served.json("/api/v2/status.json"))["status"]["indicator"] == "critical"
    assert "Nothing works" in (await served.client.get("/feed.atom")).text
    assert "Outage" in (await served.client.get("/badge.svg")).text
    after = await served.client.get(
        "/api/v2/status.json", headers={"if-none-match": before.headers["etag"]}
    )
    assert after.status_code == 200


async def test_a_page_has_them_by_name_and_by_host(served: Served) -> None:
    by_name = await served.json("/pages/shop/api/v2/status.json?bt=secret")
    by_host = await served.client.get(
        "/api/v2/status.json?bt=secret", headers={"host": "shop.test"}
    )
    assert by_name == by_host.json()
    assert by_name["page"]["url"] == "http://shop.test"
    assert (await served.json("/api/v2/status.json"))["page"]["url"].endswith("/pages/main")


async def test_a_private_page_is_for_those_who_may_see_it(served: Served) -> None:
    refused = await served.client.get("/pages/shop/api/v2/status.json")
    assert refused.status_code == 401
    assert refused.json()["code"] == "unauthorized"
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["access-control-allow-origin"] == "*"
    answer = await served.client.get("/pages/shop/api/v2/status.json?bt=secret")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    "path",
    ["/pages/none/feed.atom", "/badge.svg?component=none", "/embed.js?component=none"],
)
async def test_what_is_not_there_is_not_found(served: Served, path: str) -> None:
    answer = await served.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_they_can_only_be_read(served: Served, method: str) -> None:
    answer = await served.client.request(method, "/api/v2/status.json")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


async def test_a_query_of_many_fields_is_no_failure(served: Served) -> None:
    many = "&".join(f"field={number}" for number in range(500))
    assert (await served.client.get(f"/feed.atom?{many}")).status_code == 200


async def test_a_head_has_no_body(served: Served) -> None:
    answer = await served.client.head("/feed.atom")
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 100


async def test_a_browser_may_ask_first(served: Served) -> None:
    answer = await served.client.options(
        "/api/v2/status.json",
        headers={"access-control-request-method": "GET", "origin": "http://shop.test"},
    )
    assert answer.status_code == 204
    assert "content-length" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "if-none-match"


@pytest.mark.parametrize("path", ["/", "/api/v2/other.json", "/api/v2/", "/x/feed.atom"])
async def test_everything_else_is_the_applications(served: Served, path: str) -> None:
    assert (await served.client.get(path)).text == "the application"


async def test_a_badge_of_a_component_says_how_it_is(served: Served) -> None:
    checkout = await served.there.component("Checkout", State.DEGRADED)
    of_page = fromstring((await served.client.get("/badge.svg")).text)
    of_one = fromstring((await served.client.get(f"/badge.svg?component={checkout}")).text)
    assert of_page.get("aria-label") == "Status: Degraded"
    assert of_one.get("aria-label") == "Checkout: Degraded"
    website = (await served.json("/api/v2/components.json"))["components"][0]["id"]
    fine = fromstring((await served.client.get(f"/badge.svg?component={website}")).text)
    assert fine.get("aria-label") == "Website: Operational"


async def test_what_people_read_is_in_the_language_of_the_page(served: Served) -> None:
    website = (await served.json("/api/v2/components.json"))["components"][0]["id"]
    await served.there.issue(website)
    main = await served.there.page()
    await served.there.do(
        lambda tx: pages.edit(tx, main, PageChanges(name="Acme", language=Language.GERMAN))
    )
    assert "Acme: In Betrieb" in (await served.client.get("/badge.svg")).text.replace(
        "Status von ", ""
    )
    assert "Neuigkeit" in (await served.client.get("/feed.atom")).text
    calendar = Calendar.from_ical((await served.client.get("/calendar.ics")).text)
    assert calendar.calendar_name == "Status von Acme"


async def test_the_json_can_be_had_as_it_was(served: Served) -> None:
    there = served.there
    website = (await served.json("/api/v2/components.json"))["components"][0]["id"]
    issue = await there.issue(website, title="Trouble", state_override=State.OUTAGE)
    then = there.clock.now
    there.clock.advance(60)
    await there.update(issue, "resolved")
    assert (await served.json("/api/v2/status.json"))["status"]["indicator"] == "none"
    past = await served.json(f"/api/v2/summary.json?at={then}")
    assert past["status"]["indicator"] == "critical"
    assert [one["name"] for one in past["incidents"]] == ["Trouble"]
    (told,) = (await served.json(f"/api/v2/incidents.json?at={then}"))["incidents"]
    assert told["resolved_at"] is None


@pytest.mark.parametrize("at", ["yesterday", "99999999999"])
async def test_a_time_that_makes_no_sense_is_refused(served: Served, at: str) -> None:
    answer = await served.client.get(f"/api/v2/status.json?at={at}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "at"


async def test_what_was_private_then_needs_a_right_now(served: Served) -> None:
    there = served.there
    then = there.clock.now
    there.clock.advance(60)
    shop = await there.page("shop")
    await there.do(lambda tx: pages.edit(tx, shop, PageChanges(visibility=Visibility.PUBLIC)))
    path = "/pages/shop/api/v2/status.json"
    assert (await served.client.get(path)).status_code == 200
    assert (await served.client.get(f"{path}?at={then}")).status_code == 401
    told = await served.client.get(f"{path}?at={then}&bt=secret")
    assert told.status_code == 200
    assert told.headers["cache-control"] == "private, no-cache"


async def test_a_store_that_cannot_be_read_is_said_to_be_unavailable(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(query: Callable[[Connection], T]) -> T:
        raise StoreUnavailable("The disk is on fire.")

    monkeypatch.setattr(served.there.store, "read", fail)
    answer = await served.client.get("/api/v2/status.json")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "fire" not in answer.text


def test_what_only_calendars_need_is_not_loaded_at_the_start() -> None:
    script = "import sys, tocsin.service; sys.exit('icalendar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


async def test_who_takes_no_gzip_gets_none(served: Served) -> None:
    plain = await served.client.get("/feed.atom", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (await served.client.get("/feed.atom")).content
