"""/api/v1/tokens."""

import httpx
import pytest
from sqlalchemy import select
from tests.in_process import InProcess

from tocsin.store.tables import tokens


async def test_a_token_lets_in_within_its_scopes(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    given = {"name": "ops", "scopes": ["read", "admin", "read"]}
    answer = await client.post("/tokens", json=given)
    made = answer.json()
    secret = made.pop("secret")
    assert answer.status_code == 201
    assert made == {
        "id": made["id"],
        "name": "ops",
        "scopes": ["admin", "read"],
        "user_id": None,
        "person_id": 2,
        "created_at": 1_700_000_000,
    }
    async with service.client(secret) as ops:
        assert (await ops.get("/tokens")).json()["data"][0] == made


async def test_a_secret_is_stored_and_logged_nowhere(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    secret = (await client.post("/tokens", json={"name": "ops", "scopes": ["read"]})).json()[
        "secret"
    ]
    rows = await service.store.read(lambda conn: conn.execute(select(tokens)).all())
    assert secret not in repr(rows)
    assert secret.encode() not in b"".join(event.data for event in service.events)
    assert secret not in (await client.get("/tokens")).text


async def test_a_token_acts_as_the_person_of_its_user(client: httpx.AsyncClient) -> None:
    admin = (await client.get("/users")).json()["data"][0]
    given = {"name": "mine", "scopes": ["read"], "user_id": admin["id"]}
    assert (await client.post("/tokens", json=given)).json()["person_id"] == admin["person_id"] == 1


async def test_a_deleted_token_lets_nobody_in_any_more(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = (await client.post("/tokens", json={"name": "ops", "scopes": ["admin"]})).json()
    async with service.client(made["secret"]) as ops:
        assert (await ops.get("/tokens")).status_code == 200
        assert (await client.delete(f"/tokens/{made['id']}")).status_code == 204
        assert (await ops.get("/tokens")).status_code == 401
    assert service.events[-1].type == "tocsin.token.deleted"
    assert service.events[-1].topic == f"token/{made['id']}"


async def test_what_does_not_exist_cannot_be_deleted(client: httpx.AsyncClient) -> None:
    assert (await client.delete(f"/tokens/{'0' * 24}")).status_code == 404


@pytest.mark.parametrize("user_id", ["0" * 24, "admin", 1])
async def test_a_token_of_a_user_that_does_not_exist_is_422(
    client: httpx.AsyncClient, user_id: object
) -> None:
    given = {"name": "x", "scopes": ["read"], "user_id": user_id}
    answer = await client.post("/tokens", json=given)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == ["user_id"]
