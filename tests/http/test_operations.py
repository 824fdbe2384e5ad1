"""/api/v1/operations: the HTTP twin of what ernest says on the bus."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.in_process import URL, InProcess

from tocsin.app.operation_intake import Fate, Source
from tocsin.http.limits import MAX_BODY
from tocsin.model.access import Scope
from tocsin.model.operation_data import read_message

MESSAGES = "/operations/web/messages"
HELLO = {"messages": [{"body": "Creating", "level": "INFO"}, {"body": "pid: 7"}]}


@pytest.fixture
async def teller(service: InProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may tell of operations and nothing else."""
    async with service.client(await service.token(Scope.OPERATIONS_WRITE)) as client:
        yield client


def types(service: InProcess) -> list[str]:
    """What was told of operations."""
    prefix = "tocsin.operation."
    told = (event.type for event in service.events if event.type.startswith(prefix))
    return [kind.removeprefix(prefix) for kind in told]


def run(number: int, outcome: str | None, messages: int, now: int) -> dict[str, Any]:
    return {
        "run": number,
        "outcome": outcome,
        "opened_at": now,
        "closed_at": now if outcome else None,
        "messages": messages,
    }


async def test_an_operation_is_opened_told_of_and_finished(
    service: InProcess, teller: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    now = service.clock.now
    opened = await teller.post("/operations", json={"id": "web", "name": "Build web"})
    assert opened.status_code == 201
    expected = {
        "id": "web",
        "name": "Build web",
        "url": f"{URL}/events?stream=web",
        "state": "open",
        "runs": [run(1, None, 0, now)],
    }
    assert opened.json() == expected
    told = await teller.post(MESSAGES, json=HELLO)
    head = service.store.head
    positions = [str(service.store.position(sequence)) for sequence in (head - 1, head)]
    assert (told.status_code, told.json()) == (202, {"positions": positions, "count": 2})
    assert told.headers["tocsin-position"] == positions[1]
    assert [bytes(read_message(event.data).message) for event in service.changes[-1]] == [
        b'{"body":"Creating","level":"INFO"}',
        rb'{"body":"pid\u003a 7","level":""}',
    ]
    finished = await teller.post("/operations/web/finish", json={"outcome": "success"})
    expected |= {"state": "closed", "runs": [run(1, "success", 2, now)]}
    assert (finished.status_code, finished.json()) == (200, expected)
    assert finished.headers["tocsin-position"] == str(service.store.position(head + 1))
    assert (await client.get("/operations/web")).json() == expected
    assert types(service) == ["opened", "message", "message", "closed"]


async def test_without_an_id_one_is_made_up(teller: httpx.AsyncClient) -> None:
    made = (await teller.post("/operations", json={})).json()
    assert len(made["id"]) == 24
    assert made["name"] == ""
    assert made["url"].endswith(f"?stream={made['id']}")


async def test_opening_what_is_open_changes_nothing(
    service: InProcess, teller: httpx.AsyncClient
) -> None:
    first = await teller.post("/operations", json={"id": "web", "name": "Build"})
    again = await teller.post("/operations", json={"id": "web", "name": "Another"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["tocsin-position"] == first.headers["tocsin-position"]
    assert types(service) == ["opened"]


async def test_opening_again_begins_the_next_run(
    service: InProcess, teller: httpx.AsyncClient
) -> None:
    now = service.clock.now
    await teller.post("/operations", json={"id": "web", "name": "Build"})
    await teller.post("/operations/web/finish", json={"outcome": "error"})
    again = await teller.post("/operations", json={"id": "web"})
    assert again.status_code == 201
    assert again.json()["name"] == "Build"
    assert again.json()["runs"] == [run(1, "error", 0, now), run(2, None, 0, now)]


async def test_a_first_message_opens_what_is_not_known(
    service: InProcess, teller: httpx.AsyncClient
) -> None:
    assert (await teller.post(MESSAGES, json=HELLO)).status_code == 202
    assert types(service) == ["opened", "message", "message"]


async def test_a_closed_run_takes_no_messages_unless_somebody_waits_for_the_next(
    service: InProcess, teller: httpx.AsyncClient
) -> None:
    await teller.post("/operations", json={"id": "web"})
    await teller.post("/operations/web/finish", json={"outcome": "success"})
    refused = await teller.post(MESSAGES, json=HELLO)
    assert (refused.status_code, refused.json()["code"]) == (409, "operation_closed")
    assert types(service) == ["opened", "closed"]
    service.awaited.add("web")
    assert (await teller.post(MESSAGES, json=HELLO)).status_code == 202
    assert types(service)[2:] == ["opened", "message", "message"]


async def test_finishing_again_with_the_same_outcome_is_no_event(
    service: InProcess, teller: httpx.AsyncClient
) -> None:
    await teller.post("/operations", json={"id": "web"})
    first = await teller.post("/operations/web/finish", json={"outcome": "success"})
    again = await teller.post("/operations/web/finish", json={"outcome": "success"})
    assert (again.status_code, again.json()) == (200, first.json())
    other = await teller.post("/operations/web/finish", json={"outcome": "error"})
    assert (other.status_code, other.json()["code"]) == (409, "operation_closed")
    assert types(service) == ["opened", "closed"]


async def test_operations_are_listed_in_pages(
    teller: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    for operation_id in ("a", "b", "c"):
        await teller.post("/operations", json={"id": operation_id})
    page = (await client.get("/operations?limit=2")).json()
    assert [one["id"] for one in page["data"]] == ["c", "b"]
    assert [len(one["runs"]) for one in page["data"]] == [1, 1]
    rest = (await client.get(f"/operations?limit=2&cursor={page['next']}")).json()
    assert ([one["id"] for one in rest["data"]], rest["next"]) == (["a"], None)
    beyond = (await client.get(f"/operations?cursor={'_' * 16}")).json()
    assert len(beyond["data"]) == 3


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/operations", {"id": ""}),
        ("POST", "/operations", {"id": "a/b"}),
        ("POST", "/operations", {"id": "x" * 129}),
        ("POST", "/operations", {"id": "a\n"}),
        ("POST", "/operations", {"id": 7}),
        ("POST", "/operations", {"name": "x" * 256}),
        ("POST", "/operations", {"ID": "a"}),
        ("POST", "/operations/web/finish", {}),
        ("POST", "/operations/web/finish", {"outcome": "abandoned"}),
        ("POST", "/operations/web/finish", {"outcome": "success", "more": 1}),
        ("POST", MESSAGES, {}),
        ("POST", MESSAGES, {"messages": []}),
        ("POST", MESSAGES, {"messages": [{"body": "a", "color": "red"}]}),
        ("POST", MESSAGES, {"messages": [{"body": "a"}] * 1_001}),
        ("POST", f"/operations/{'x' * 129}/messages", HELLO),
        ("POST", "/operations/a%20b/messages", HELLO),
    ],
)
async def test_what_makes_no_sense_is_refused(
    service: InProcess, teller: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    await teller.post("/operations", json={"id": "web"})
    answer = await teller.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert types(service) == ["opened"]


async def test_an_id_may_have_128_letters(
    teller: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    long = "x" * 128
    assert (await teller.post("/operations", json={"id": long})).status_code == 201
    assert (await teller.post(f"/operations/{long}/messages", json=HELLO)).status_code == 202
    page = (await client.get("/events", params={"topic": f"operation/{long}"})).json()
    assert len(page["data"]) == 3


async def test_what_is_not_known_is_not_found(
    teller: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/operations/nothing")).status_code == 404
    finish = await teller.post("/operations/nothing/finish", json={"outcome": "success"})
    assert finish.status_code == 404
    assert (await teller.post("/operations/a%2Fb/messages", json=HELLO)).status_code == 404


async def test_messages_are_decided_by_the_token_before_the_body(service: InProcess) -> None:
    async with service.client(None) as nobody:
        assert (await nobody.post(MESSAGES, content=b"{")).status_code == 401
    async with service.client(await service.token(Scope.READ)) as reader:
        assert (await reader.post(MESSAGES, content=b"{")).status_code == 403


async def test_messages_are_only_posted(teller: httpx.AsyncClient) -> None:
    answer = await teller.get(MESSAGES)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_messages_are_json_whatever_they_are_called(teller: httpx.AsyncClient) -> None:
    headers = {"content-type": "text/plain"}
    answer = await teller.post(MESSAGES, content=json.dumps(HELLO), headers=headers)
    assert answer.status_code == 202
    too_large = await teller.post(MESSAGES, content=b" " * (MAX_BODY + 1))
    assert too_large.status_code == 413


async def test_messages_with_a_key_are_told_once(
    service: InProcess, teller: httpx.AsyncClient
) -> None:
    headers = {"idempotency-key": "k1"}
    first = await teller.post(MESSAGES, json=HELLO, headers=headers)
    again = await teller.post(MESSAGES, json=HELLO, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert types(service) == ["opened", "message", "message"]
    other = await teller.post(MESSAGES, json={"messages": [{"body": "x"}]}, headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_messages_are_counted(service: InProcess, teller: httpx.AsyncClient) -> None:
    await teller.post(MESSAGES, json=HELLO)
    await teller.post("/operations/web/finish", json={"outcome": "success"})
    await teller.post(MESSAGES, json=HELLO)
    await teller.post(MESSAGES, content=b"{")
    assert +service.intake.counts == {
        (Source.HTTP, Fate.ACCEPTED): 2,
        (Source.HTTP, Fate.DROPPED): 2,
        (Source.HTTP, Fate.MALFORMED): 1,
    }
