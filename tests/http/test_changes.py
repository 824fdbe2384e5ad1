"""What every change answers with, and calls that are repeated."""

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope
from tocsin.store.idempotency import KEPT_S

USER = {"email": "ann@example.org", "name": "Ann", "role": "viewer", "password": "long enough"}
KEY = {"Idempotency-Key": "k1"}


async def test_every_answer_to_a_change_says_its_position(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = await client.post("/users", json=USER)
    assert made.status_code == 201
    assert made.headers["tocsin-position"] == f"{service.store.epoch}-{service.store.head}"
    same = await client.patch(f"/users/{made.json()['id']}", json={"name": "Ann"})
    assert same.headers["tocsin-position"] == made.headers["tocsin-position"]
    gone = await client.delete(f"/users/{made.json()['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert gone.headers["tocsin-position"] == f"{service.store.epoch}-{service.store.head}"


async def test_a_repeated_call_gives_the_first_answer_and_is_done_once(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    first = await client.post("/users", json=USER, headers=KEY)
    await client.patch(f"/users/{first.json()['id']}", json={"name": "Anna"})
    head = service.store.head
    again = await client.post("/users", json=USER, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["tocsin-position"] == first.headers["tocsin-position"]
    assert again.headers["content-type"] == "application/json"
    assert service.store.head == head


async def test_a_key_with_another_body_is_refused(client: httpx.AsyncClient) -> None:
    await client.post("/users", json=USER, headers=KEY)
    other = await client.post("/users", json={**USER, "name": "Bob"}, headers=KEY)
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_key_belongs_to_its_token_and_path(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await client.post("/users", json=USER, headers=KEY)
    token = {"name": "ci", "scopes": ["read"]}
    assert (await client.post("/tokens", json=token, headers=KEY)).status_code == 201
    async with service.client(await service.token(Scope.ADMIN)) as other:
        answer = await other.post("/users", json={**USER, "name": "Bob"}, headers=KEY)
    assert answer.json()["code"] == "conflict"


async def test_a_refused_call_leaves_its_key_free(client: httpx.AsyncClient) -> None:
    await client.post("/users", json=USER)
    assert (await client.post("/users", json=USER, headers=KEY)).status_code == 409
    other = {**USER, "email": "bob@example.org"}
    assert (await client.post("/users", json=other, headers=KEY)).status_code == 201


async def test_a_key_is_free_again_after_a_day(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await client.post("/users", json=USER, headers=KEY)
    service.clock.advance(KEPT_S)
    other = {**USER, "email": "bob@example.org"}
    assert (await client.post("/users", json=other, headers=KEY)).status_code == 201


async def test_an_answer_that_holds_a_secret_is_not_kept(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    token = {"name": "ci", "scopes": ["read"]}
    first = (await client.post("/tokens", json=token, headers=KEY)).json()
    again = await client.post("/tokens", json=token, headers=KEY)
    assert again.status_code == 409
    assert (again.json()["code"], again.json()["id"]) == ("already_done", first["id"])
    assert first["secret"] not in again.text
    database = service.store
    assert len((await client.get("/tokens")).json()["data"]) == 2
    assert database.head


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\u00e9"])
async def test_a_key_that_cannot_be_is_422(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/users", json=USER, headers=[(b"Idempotency-Key", key.encode())])
    assert answer.status_code == 422
