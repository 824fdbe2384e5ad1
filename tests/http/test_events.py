"""/api/v1/events: publishing, and reading the log as JSON."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.http.limits import MAX_BODY
from tocsin.model.access import Scope

EVENT = {"type": "build.done", "topic": "ci/web"}


@pytest.fixture
async def publisher(service: InProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may publish and nothing else."""
    async with service.client(await service.token(Scope.EVENTS_PUBLISH)) as client:
        yield client


async def everything(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    """A page of the log."""
    answer = await client.get(f"/events?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    page = answer.json()
    assert page.keys() == {"data", "next", "head"}
    return dict(page)


async def test_an_event_is_published_and_read(
    service: InProcess, publisher: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    given = {**EVENT, "data": {"ok": True}, "time": "2026-01-01T00:00:00.25Z", "key": "web"}
    answer = await publisher.post("/events", json=given)
    position = str(service.store.position(service.store.head))
    assert answer.status_code == 202
    assert answer.json() == {"positions": [position, position], "count": 1}
    assert answer.headers["tocsin-position"] == position
    page = await everything(client, "topic=ci/web")
    assert (page["next"], page["head"]) == (position, position)
    assert page["data"] == [
        {
            "specversion": "1.0",
            "id": position,
            "sequence": str(service.store.head),
            "type": "build.done",
            "subject": "ci/web",
            "time": "2026-01-01T00:00:00.250Z",
            "source": "/tocsin",
            "key": "web",
            "datacontenttype": "application/json",
            "data": {"ok": True},
        }
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps([{**EVENT, "data": n} for n in range(3)]), "text/plain"),
        (
            "\n".join(json.dumps({**EVENT, "data": n}) for n in range(3)),
            "application/x-ndjson; charset=utf-8",
        ),
    ],
)
async def test_many_events_are_one_change_in_their_order(
    service: InProcess, publisher: httpx.AsyncClient, body: str, kind: str
) -> None:
    answer = await publisher.post("/events", content=body, headers={"Content-Type": kind})
    assert answer.json()["count"] == 3
    assert [event.data for event in service.changes[-1]] == [b"0", b"1", b"2"]
    first, last = service.changes[-1][0], service.changes[-1][-1]
    assert answer.json()["positions"] == [
        str(service.store.position(event.sequence)) for event in (first, last)
    ]


async def test_all_events_are_stored_or_none(
    service: InProcess, publisher: httpx.AsyncClient
) -> None:
    head = service.store.head
    answer = await publisher.post("/events", json=[EVENT, {**EVENT, "topic": "page/main"}])
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == ["1.topic"]
    assert service.store.head == head


async def test_a_named_event_is_stored_once_for_each_token(
    service: InProcess, publisher: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    first = (await publisher.post("/events", json={**EVENT, "id": "a"})).json()
    again = (await publisher.post("/events", json=[{**EVENT, "id": "a"}])).json()
    other = (await client.post("/events", json={**EVENT, "id": "a"})).json()
    assert again == {"positions": first["positions"], "count": 0}
    assert other["count"] == 1


async def test_a_repeated_call_is_done_once(
    service: InProcess, publisher: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "k"}
    first = await publisher.post("/events", json=EVENT, headers=key)
    head = service.store.head
    again = await publisher.post("/events", json=EVENT, headers=key)
    other = await publisher.post("/events", json={**EVENT, "data": 1}, headers=key)
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["tocsin-position"] == first.headers["tocsin-position"]
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert service.store.head == head


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b'{"type":"a","topic":"b","extra":1}',
        b'{"type":"a","topic":"b c"}',
        b'{"type":"tocsin.page.created","topic":"b"}',
        b'{"type":"a","topic":"issue/1"}',
        b'{"type":"a","topic":"b","data":"\\u0000"}',
        b'{"type":"a","topic":"b","data":"\\ud800"}',
        b'{"type":"a","topic":"b","data":"\xff"}',
        b'{"type":"a","topic":"b","data":18446744073709551616}',
        b'{"type":"a","topic":"b","data":1e999}',
        b'{"type":"a","topic":"b","data":NaN}',
        b'{"type":"a","topic":"b","data":' + b"[" * 100_000 + b"}",
        b'{"type":"a","topic":"b","data":"' + b"x" * 256 * 1024 + b'"}',
        b'{"type":"a","topic":"b","time":"yesterday"}',
        b'{"type":"a","topic":"b","id":""}',
        json.dumps([EVENT] * 1001).encode(),
    ],
)
async def test_what_is_no_event_is_422(publisher: httpx.AsyncClient, body: bytes) -> None:
    answer = await publisher.post("/events", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_who_may_publish_is_decided_before_the_body_is_looked_at(service: InProcess) -> None:
    bodies = (b"{", b"x" * (MAX_BODY + 1))
    async with service.client(None) as nobody:
        assert {(await nobody.post("/events", content=body)).status_code for body in bodies} == {
            401
        }
    async with service.client(await service.token(Scope.READ)) as reader:
        assert {(await reader.post("/events", content=body)).status_code for body in bodies} == {
            403
        }


async def test_a_longer_body_is_413(publisher: httpx.AsyncClient) -> None:
    assert (await publisher.post("/events", content=b" " * (MAX_BODY + 1))).status_code == 413


async def test_the_log_is_read_in_pages_oldest_first(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await client.post("/events", json=[{**EVENT, "data": n} for n in range(250)])
    since, read = "earliest", []
    while True:
        page = await everything(client, f"since={since}&limit=99")
        read += [int(event["sequence"]) for event in page["data"]]
        since = page["next"]
        if since == page["head"]:
            break
    assert read == list(range(1, service.store.head + 1))
    assert (await everything(client, f"since={since}"))["data"] == []


async def test_limit_is_100_unless_said(client: httpx.AsyncClient) -> None:
    await client.post("/events", json=[EVENT] * 1000)
    assert len((await everything(client))["data"]) == 100
    assert len((await everything(client, "limit=1000"))["data"]) == 1000


async def test_patterns_choose_by_topic(client: httpx.AsyncClient) -> None:
    topics = ["a", "a/b", "a/b/c", "d/b", "e"]
    await client.post("/events", json=[{"type": "t", "topic": topic} for topic in topics])

    async def chosen(query: str) -> list[str]:
        return [event["subject"] for event in (await everything(client, query))["data"]]

    assert await chosen("topic=a/*") == ["a/b"]
    assert await chosen("topic=a/>") == ["a/b", "a/b/c"]
    assert await chosen("topic=*/b&topic=e") == ["a/b", "d/b", "e"]
    assert await chosen("topic=a") == ["a"]


async def test_since_is_a_place_or_a_time(service: InProcess, client: httpx.AsyncClient) -> None:
    service.clock.advance(60)
    first = (await client.post("/events", json={**EVENT, "data": 1})).json()["positions"][0]
    service.clock.advance(60)
    second = (await client.post("/events", json={**EVENT, "data": 2})).json()["positions"][0]

    async def read(since: str) -> list[str]:
        page = await everything(client, f"since={since}")
        return [event["id"] for event in page["data"]]

    assert (await read("earliest"))[-2:] == [first, second]
    assert await read("latest") == []
    assert await read(first) == [second]
    assert await read("2023-11-14T22:14:20Z") == [first, second]
    assert await read("2023-11-14T22:14:20.001Z") == [second]
    assert await read("2023-11-15T00:15:20%2B02:00") == [second]


async def test_a_place_in_another_log_is_told_and_begins_anew(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    here = await client.get(f"/events?since={service.store.position(1)}")
    assert here.headers["tocsin-resume"] == "resumed"
    for elsewhere in ("another-1", str(service.store.position(service.store.head + 1))):
        answer = await client.get(f"/events?since={elsewhere}")
        assert answer.headers["tocsin-resume"] == "reset"
        assert answer.json()["data"][0]["sequence"] == "1"


@pytest.mark.parametrize(
    "query",
    [
        "since=",
        "since=yesterday",
        "since=2023-11-14",
        "since=2023-11-14T22:14:20",
        "since=%00",
        "since=%FF",
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=" + "9" * 400,
        "limit=%C2%B2",
        "topic=",
        "topic=a//b",
        "topic=>/a",
        "topic=a%20b",
        "topic=%00",
        "&".join(f"topic=t{n}" for n in range(101)),
    ],
)
async def test_a_query_that_makes_no_sense_is_422(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_page_ends_early_rather_than_growing_without_bound(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    large = {**EVENT, "data": "x" * (250 * 1024)}
    for _ in range(50):
        await client.post("/events", json=[large] * 4)
    answer = await client.get("/events?limit=1000&topic=ci/web")
    page = answer.json()
    assert len(answer.content) < 40 * MAX_BODY
    assert 0 < len(page["data"]) < 200
    rest = await everything(client, f"limit=1&topic=ci/web&since={page['next']}")
    assert int(rest["data"][0]["sequence"]) == int(page["data"][-1]["sequence"]) + 1


async def test_what_stands_on_a_public_page_may_be_read_by_anybody(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    component = (await client.post("/components", json={"name": "Web"})).json()["id"]
    issue = {"title": "Slow", "component_ids": [component], "label": "investigating"}
    issue_id = (await client.post("/issues", json=issue)).json()["id"]
    public = [f"component/{component}", f"issue/{issue_id}", "page/main"]
    async with service.client(None) as nobody:
        page = await everything(nobody, "&".join(f"topic={topic}" for topic in public))
        assert {event["subject"] for event in page["data"]} == set(public)
        await client.patch("/pages/main", json={"visibility": "private"})
        for topic in public:
            assert (await nobody.get(f"/events?topic={topic}")).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "",
        "topic=>",
        "topic=page/*",
        "topic=page/main&topic=ci/web",
        "topic=page/nothing",
        "topic=component/" + "0" * 24,
        "topic=issue/" + "0" * 24,
        "topic=main",
        "topic=%00",
        "topic=a//b",
        "topic=user/main",
    ],
)
async def test_nobody_may_read_anything_else(service: InProcess, query: str) -> None:
    async with service.client(None) as nobody:
        assert (await nobody.get(f"/events?{query}")).status_code == 401


async def test_a_token_that_may_not_read_is_403(publisher: httpx.AsyncClient) -> None:
    assert (await publisher.get("/events")).status_code == 403
    assert (await publisher.get("/events?topic=page/main")).status_code == 200


async def test_other_methods_are_405(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
