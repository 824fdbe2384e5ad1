"""/api/v1/notices."""

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope
from tocsin.model.notice import ARGS_LIMIT
from tocsin.wire.document import DEPTH_LIMIT

SNAPSHOT = {
    "class": "life-preserver",
    "message": "New snapshot",
    "priority": 1,
    "args": {"class": "snapshot", "size": 1.5},
}


async def test_a_notice_is_published_and_listed(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/notices", json=SNAPSHOT)
    assert answer.status_code == 201
    made = answer.json()
    position = answer.headers["tocsin-position"]
    assert made == {"id": made["id"], "position": position}
    assert (await client.get("/notices")).json() == {
        "data": [
            {
                "id": made["id"],
                "position": position,
                "class": "life-preserver",
                "time": service.clock.now,
                "args": {
                    "class": "snapshot",
                    "size": 1.5,
                    "message": "New snapshot",
                    "priority": "1 - Information",
                },
            }
        ],
        "next": None,
    }
    event = service.events[-1]
    assert (event.type, event.topic) == ("tocsin.notice.published", "notice/life-preserver")


async def test_a_notice_needs_no_more_than_a_class(client: httpx.AsyncClient) -> None:
    assert (await client.post("/notices", json={"class": "x"})).status_code == 201
    nulls = {"class": "x", "message": None, "priority": None}
    assert (await client.post("/notices", json=nulls)).status_code == 201
    listed = (await client.get("/notices")).json()["data"]
    assert [one["args"] for one in listed] == [{}, {}]


async def test_what_is_taken_can_be_listed_however_deep_it_is(client: httpx.AsyncClient) -> None:
    args: dict[str, object] = {}
    for _ in range(DEPTH_LIMIT - 2):
        args = {"in": args}
    assert (await client.post("/notices", json={"class": "x", "args": args})).status_code == 201
    assert (await client.get("/notices")).json()["data"][0]["args"] == args
    deeper = {"class": "x", "args": {"in": args}}
    assert (await client.post("/notices", json=deeper)).status_code == 422


async def test_a_repeated_call_publishes_once(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    first = await client.post("/notices", json=SNAPSHOT, headers=key)
    again = await client.post("/notices", json=SNAPSHOT, headers=key)
    assert again.json() == first.json()
    assert len((await client.get("/notices")).json()["data"]) == 1


async def test_lists_are_of_one_class_or_all_page_by_page(client: httpx.AsyncClient) -> None:
    for class_ in ("x", "y", "x", "y", "x"):
        await client.post("/notices", json={"class": class_})
        await client.post("/components", json={"name": "API"})

    async def pages(query: str) -> list[list[str]]:
        found = []
        cursor = ""
        while True:
            page = (await client.get(f"/notices?limit=2{query}{cursor}")).json()
            found.append([one["class"] for one in page["data"]])
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    assert await pages("") == [["x", "y"], ["x", "y"], ["x"]]
    assert await pages("&class=x") == [["x", "x"], ["x"]]
    assert await pages("&class=never") == [[]]


async def test_a_cursor_that_was_made_up_is_as_good_as_none(client: httpx.AsyncClient) -> None:
    await client.post("/notices", json={"class": "x"})
    page = await client.get(f"/notices?cursor={'_' * 16}")
    assert len(page.json()["data"]) == 1


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("class", {}),
        ("class", {"class": "X"}),
        ("class", {"class": ""}),
        ("class", {"class": "issues"}),
        ("class", {"class": "bridge"}),
        ("priority", {"class": "x", "priority": 11}),
        ("priority", {"class": "x", "priority": -1}),
        ("priority", {"class": "x", "priority": "1 - Information"}),
        ("priority", {"class": "x", "priority": True}),
        ("args.priority", {"class": "x", "args": {"priority": 11}}),
        ("args", {"class": "x", "args": []}),
        ("args", {"class": "x", "message": "m" * ARGS_LIMIT}),
        ("message", {"class": "x", "message": 5}),
        ("klass", {"class": "x", "klass": "y"}),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    service: InProcess, client: httpx.AsyncClient, path: str, wrong: dict[str, object]
) -> None:
    before = service.store.head
    answer = await client.post("/notices", json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["path"] for error in answer.json()["errors"]] == [path]
    assert service.store.head == before


async def test_a_class_to_list_has_to_be_one(client: httpx.AsyncClient) -> None:
    assert (await client.get("/notices?class=X")).status_code == 422


async def test_publishing_and_listing_take_a_right_each(service: InProcess) -> None:
    writer = await service.token(Scope.NOTICES_WRITE, name="writer")
    reader = await service.token(Scope.READ, name="reader")
    async with service.client(writer) as client:
        assert (await client.post("/notices", json={"class": "x"})).status_code == 201
        assert (await client.get("/notices")).status_code == 403
    async with service.client(reader) as client:
        assert (await client.post("/notices", json={"class": "x"})).status_code == 403
        assert (await client.get("/notices")).status_code == 200
