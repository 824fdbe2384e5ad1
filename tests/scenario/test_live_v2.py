"""Version 2 of the live API on the running service: its paths, its numbers, its hours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.running import Running, running

from tocsin.wire import sse

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as service:
        yield service


@contextmanager
def stream(
    service: Running, path: str, **given: Any
) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    """The events of a stream, as they come."""
    with httpx.stream("GET", service.url + path, timeout=30, **given) as response:
        assert response.status_code == 200, response.read()
        yield _events(response)


def _events(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    parser = sse.Parser()
    for piece in response.iter_raw():
        for message in parser.feed(piece):
            yield message.event, json.loads(message.data)


def make(api: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    answer = api.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def set_state(api: httpx.Client, component: dict[str, Any], state: str) -> None:
    answer = api.put(f"/api/v1/components/{component['id']}/state", json={"state": state})
    assert answer.is_success, answer.text


def test_the_cache_grows_at_every_full_hour_once_and_in_version_two_alone(
    service: Running,
) -> None:
    with (
        service.client() as api,
        stream(service, "/live/v2/status_page") as page,
        stream(service, "/live") as first_version,
    ):
        assert next(page)[0] == "init_event"
        assert next(first_version)[0] == "init_event"
        service.clock.advance(HOUR - service.clock.now % HOUR)
        event, told = next(page)
        assert event == "cache_grown"
        service.clock.advance(HOUR)
        event, later = next(page)
        assert event == "cache_grown"
        assert later["incident_free_streak"] - told["incident_free_streak"] == HOUR
        assert set(later) == {"state", "percent_uptime", "incident_free_streak"}

        service.clock.advance(HOUR - 1)
        make(api, "components", name="Website")
        assert next(page)[0] == "init_event"
        assert next(first_version)[0] == "init_event"


def test_the_numbers_follow_the_clock_and_what_happened(service: Running) -> None:
    with service.client() as api:
        shop, blog = (make(api, "components", name=name) for name in ("Shop", "Blog"))
        with (
            stream(service, "/live/v2/status_page") as page,
            stream(service, f"/live/v2/component/{shop['id']}") as of_shop,
        ):
            assert next(page)[1]["percent_uptime"] == 100.0
            assert next(of_shop)[1]["groups"][0]["components"] == [
                {"id": shop["id"], "name": "Shop", "state": "operational"}
            ]
            service.clock.advance(9 * DAY)
            assert next(page)[0] == next(of_shop)[0] == "cache_grown"
            set_state(api, shop, "outage")
            assert [next(page)[0], next(page)[0]] == ["status_created", "degraded"]
            assert [next(of_shop)[0], next(of_shop)[0]] == ["status_created", "degraded"]
            service.clock.advance(DAY)
            assert next(page)[1]["percent_uptime"] == pytest.approx(95)
            assert next(of_shop)[1]["percent_uptime"] == pytest.approx(90)
            set_state(api, shop, "operational")
            restored = [next(page), next(page)][1]
            assert (restored[0], restored[1]["time_down"]) == ("restored", DAY)
            set_state(api, blog, "degraded")
            assert [next(page)[0], next(page)[0]] == ["status_created", "degraded"]
        service.clock.advance(5)
        with stream(service, f"/live/v2/component/{shop['id']}") as of_shop:
            assert next(of_shop)[1]["incident_free_streak"] == 5.0


def test_both_versions_stand_below_a_pages_name_and_by_its_host(service: Running) -> None:
    with service.client() as api:
        make(api, "pages", slug="inner", name="Inner", hosts=["inner.test"])
        inner = make(api, "components", name="Ledger", page="inner")
        make(api, "issues", title="Slow", component_ids=[inner["id"]])
    paths = ["/live/v2/status_page", f"/live/v2/component/{inner['id']}"]
    for path in paths:
        with stream(service, f"/pages/inner{path}") as by_name:
            told = next(by_name)[1]
        with stream(service, path, headers={"Host": "inner.test"}) as by_host:
            assert next(by_host)[1] == told
        issue = told["issues"][0]
        assert issue["url"] == f"http://inner.test/issues/{issue['id']}"
        assert [one["name"] for one in issue["components"]] == ["Ledger"]


@pytest.mark.parametrize(
    "path", ["/live/v2", "/live/v2/", "/live/v2/component/", "/live/v2/component/x", "/live/v2/x"]
)
def test_what_is_not_there_is_not_found(service: Running, path: str) -> None:
    assert httpx.get(service.url + path).status_code == 404


def test_other_sites_may_read_it_and_private_pages_ask_for_a_right(service: Running) -> None:
    path = "/pages/inner/live/v2/status_page"
    with service.client() as api:
        page = make(api, "pages", slug="inner", name="Inner", visibility="private")
        refused = httpx.get(service.url + path)
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "*"
        with stream(service, path, params={"bt": page["bypass_token"]}) as opened:
            assert next(opened)[0] == "init_event"
            api.post("/api/v1/pages/inner/rotate-bypass-token")
            assert list(opened) == []
