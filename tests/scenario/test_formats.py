"""A page's formats on a running service, from the first word to the last."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from icalendar import Calendar, Event
from tests.running import Running, running

from tocsin.web.formats import FORMATS


def call(service: Running, method: str, path: str, body: object = None) -> Any:
    with service.client() as client:
        answer = client.request(method, f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def get(service: Running, path: str, **given: Any) -> httpx.Response:
    """What anybody gets."""
    return httpx.get(f"{service.url}{path}", **given)


def event(service: Running) -> Event:
    (one,) = Calendar.from_ical(get(service, "/calendar.ics").content).events
    return one


def test_a_maintenance_moves_in_the_calendar_and_is_struck_out(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        website = call(service, "POST", "/components", {"name": "Website"})["id"]
        starts_at = service.clock.now + 3_600
        planned = {"title": "Upgrade", "component_ids": [website], "starts_at": starts_at}
        issue = call(service, "POST", "/issues", {**planned, "ends_at": starts_at + 600})["id"]
        first = event(service)
        assert first.start == datetime.fromtimestamp(starts_at, UTC)
        assert first.status == "CONFIRMED"

        service.clock.advance(60)
        later = {"starts_at": starts_at + 7_200, "ends_at": starts_at + 7_800}
        call(service, "PATCH", f"/issues/{issue}", later)
        moved = event(service)
        assert moved.uid == first.uid
        assert moved.start == first.start + timedelta(hours=2)
        assert moved.sequence > first.sequence
        assert moved.stamp > first.stamp

        service.clock.advance(60)
        call(service, "POST", f"/issues/{issue}/cancel", {})
        off = event(service)
        assert off.status == "CANCELLED"
        assert off.sequence > moved.sequence


def test_a_feed_tells_an_issue_to_its_end(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        website = call(service, "POST", "/components", {"name": "Website"})["id"]
        new = {"title": "Slow", "component_ids": [website], "body": "We *look*."}
        issue = call(service, "POST", "/issues", new)["id"]
        (first,) = feedparser.parse(get(service, "/feed.atom").content).entries
        assert "<em>look</em>" in first.content[0].value

        service.clock.advance(60)
        told = {"label": "resolved", "body": "It was the cache."}
        call(service, "POST", f"/issues/{issue}/updates", told)
        service.clock.advance(60)
        call(service, "POST", f"/issues/{issue}/updates", {"label": "addendum", "body": "Why."})
        (last,) = feedparser.parse(get(service, "/feed.atom").content).entries
        assert last.id == first.id
        assert last.updated_parsed > first.updated_parsed
        said = [last.content[0].value.index(text) for text in ("Why.", "the cache.", "look")]
        assert said == sorted(said)
        assert get(service, f"/issues/{issue}").status_code == 200
        assert last.link.endswith(f"/issues/{issue}")


@pytest.mark.parametrize("below", ["", "/pages/main"])
def test_each_file_is_the_pages_to_show(tmp_path: Path, below: str) -> None:
    with running(tmp_path) as service:
        for file in FORMATS:
            answer = get(service, f"{below}/{file}")
            assert answer.status_code == 200, file
            assert answer.headers["access-control-allow-origin"] == "*"
        page = call(service, "PATCH", "/pages/main", {"visibility": "private"})
        for file in FORMATS:
            assert get(service, f"{below}/{file}").status_code == 401
            opened = get(service, f"{below}/{file}", params={"bt": page["bypass_token"]})
            assert opened.status_code == 200
            assert opened.headers["cache-control"] == "private, no-cache"


def test_the_json_can_be_had_as_it_was_said_then(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        website = call(service, "POST", "/components", {"name": "Website"})["id"]
        new = {"title": "Slwo", "component_ids": [website], "state_override": "degraded"}
        issue = call(service, "POST", "/issues", new)["id"]
        then = service.clock.now
        service.clock.advance(60)
        call(service, "PATCH", f"/issues/{issue}", {"title": "Slow"})
        call(service, "POST", f"/issues/{issue}/updates", {"label": "resolved"})

        for file in ("summary", "incidents", "incidents/unresolved"):
            (told,) = get(service, f"/api/v2/{file}.json", params={"at": then}).json()["incidents"]
            assert (told["name"], told["status"]) == ("Slwo", "investigating")
        (now,) = get(service, "/api/v2/incidents.json").json()["incidents"]
        assert (now["name"], now["status"]) == ("Slow", "resolved")
        assert get(service, "/api/v2/status.json", params={"at": 1}).status_code == 404
        assert get(service, "/api/v2/status.json", params={"at": "soon"}).status_code == 422
