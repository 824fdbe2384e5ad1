"""The page as it stood, on the running service: in whose words, for whom, how far back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.running import Running, running

SUMMARY = "/api/v2/summary.json"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as service:
        yield service


@pytest.fixture
def api(service: Running) -> Iterator[httpx.Client]:
    with service.client() as api:
        yield api


def call(api: httpx.Client, method: str, path: str, **body: object) -> dict[str, Any]:
    answer = api.request(method, f"/api/v1/{path}", json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def at(service: Running, path: str, time: object, token: str | None = None) -> httpx.Response:
    """What a visitor gets who asks for that time."""
    with service.client(token) as client:
        return client.get(path, params={"at": str(time)})


def outage(api: httpx.Client) -> dict[str, Any]:
    website = call(api, "POST", "components", name="Website")["id"]
    return call(
        api,
        "POST",
        "issues",
        title="Fire in the machine room",
        component_ids=[website],
        state_override="outage",
    )


def test_a_page_is_shown_in_the_words_of_then(service: Running, api: httpx.Client) -> None:
    issue = outage(api)
    then = service.clock.now
    service.clock.advance(60)
    call(api, "PATCH", f"issues/{issue['id']}", title="Smoke in the machine room")
    call(api, "POST", f"issues/{issue['id']}/updates", label="resolved")
    service.clock.advance(60)

    page = at(service, "/", then)
    assert (page.status_code, "Fire in the machine room" in page.text) == (200, True)
    assert "Smoke" not in page.text
    assert at(service, SUMMARY, then).json()["status"]["indicator"] == "critical"
    assert at(service, SUMMARY, then + 60).json()["status"]["indicator"] == "none"
    assert "Smoke" in at(service, "/", then + 60).text


def test_a_time_is_written_in_either_way(service: Running, api: httpx.Client) -> None:
    outage(api)
    for time in ("1700000000", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00"):
        assert at(service, SUMMARY, time).json()["status"]["indicator"] == "critical"


@pytest.mark.parametrize("path", ["/", SUMMARY])
@pytest.mark.parametrize(
    ("time", "status"), [("1700000001", 422), ("yesterday", 422), ("", 422), ("1699999999", 404)]
)
def test_other_times_are_refused(service: Running, path: str, time: str, status: int) -> None:
    assert at(service, path, time).status_code == status


@pytest.mark.parametrize("path", ["/", SUMMARY])
def test_making_a_page_public_tells_nothing_of_before(
    service: Running, api: httpx.Client, path: str
) -> None:
    outage(api)
    call(api, "PATCH", "pages/main", visibility="private")
    private = service.clock.now
    service.clock.advance(60)
    call(api, "PATCH", "pages/main", visibility="public")
    public = service.clock.now
    service.clock.advance(60)

    assert at(service, path, public).status_code == 200
    assert at(service, path, private).status_code == 401
    assert at(service, path, private, token="the-admin-token").status_code == 200
    token = call(api, "GET", "pages/main")["bypass_token"]
    with service.client(None) as visitor:
        assert visitor.get(path, params={"at": str(private), "bt": token}).status_code == 200


@pytest.mark.parametrize("path", ["/", SUMMARY])
def test_making_a_page_private_hides_its_past(
    service: Running, api: httpx.Client, path: str
) -> None:
    public = service.clock.now
    service.clock.advance(60)
    call(api, "PATCH", "pages/main", visibility="private")
    assert at(service, path, public).status_code == 401


def test_a_page_has_no_past_before_it_was_made(service: Running, api: httpx.Client) -> None:
    before = service.clock.now
    service.clock.advance(60)
    call(api, "POST", "pages", slug="shop", name="Shop")
    assert at(service, "/pages/shop/", before).status_code == 404
    assert at(service, "/pages/shop/", service.clock.now).status_code == 200


@pytest.mark.parametrize("path", ["/", SUMMARY])
def test_a_deleted_issue_is_gone_from_the_past(
    service: Running, api: httpx.Client, path: str
) -> None:
    issue = outage(api)
    then = service.clock.now
    service.clock.advance(60)
    assert "machine room" in at(service, path, then).text
    call(api, "DELETE", f"issues/{issue['id']}")
    assert "machine room" not in at(service, path, then).text


def test_the_past_outlives_a_restart_and_reaches_as_far_as_the_log(tmp_path: Path) -> None:
    with running(tmp_path) as service, service.client() as api:
        outage(api)
        clock, first = service.clock, service.clock.now
        clock.advance(60)
        call(api, "POST", "components", name="Shop")
        then, seen = clock.now, at(service, SUMMARY, clock.now).json()
        clock.advance(60)
        for name in "abc":
            call(api, "POST", "components", name=name)
    log: dict[str, object] = {"keep_events": 7}
    with running(tmp_path, clock, log=log) as service, service.client() as api:
        call(api, "POST", "prune")
        found = at(service, SUMMARY, then).json()
        assert [one["name"] for one in found["components"]] == ["Website", "Shop"]
        assert found["status"] == seen["status"]
        assert found["incidents"][0]["name"] == "Fire in the machine room"
        assert at(service, SUMMARY, first).status_code == 404
