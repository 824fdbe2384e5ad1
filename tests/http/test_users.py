"""/api/v1/users."""

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from tests.in_process import InProcess

from tocsin.model.access import Scope
from tocsin.store.tables import users

ANN = {"email": "Ann@Example.org", "name": "Ann", "role": "viewer", "password": "long enough"}


async def test_a_user_is_made_shown_and_listed(client: httpx.AsyncClient) -> None:
    made = (await client.post("/users", json=ANN)).json()
    assert made.pop("password") is None
    assert made == {
        "id": made["id"],
        "email": "ann@example.org",
        "name": "Ann",
        "role": "viewer",
        "person_id": 2,
        "created_at": 1_700_000_000,
    }
    assert (await client.get(f"/users/{made['id']}")).json() == made
    assert (await client.get("/users")).json()["data"][0] == made
    assert (await client.get("/users?email=ANN@example.org")).json()["data"] == [made]


async def test_a_password_is_made_up_shown_once_and_stored_as_a_hash(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = (await client.post("/users", json={**ANN, "password": None})).json()
    stored = await service.store.read(
        lambda conn: conn.execute(
            select(users.c.password_hash).where(users.c.id == made["id"])
        ).scalar_one()
    )
    assert PasswordHasher().verify(stored, made["password"])
    assert stored.startswith("$argon2id$")
    assert "password" not in (await client.get(f"/users/{made['id']}")).json()


async def test_an_address_belongs_to_one_user(client: httpx.AsyncClient) -> None:
    await client.post("/users", json=ANN)
    again = await client.post("/users", json={**ANN, "email": "ANN@example.ORG"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "ann"},
        {"email": "a b@example.org"},
        {"name": ""},
        {"role": "owner"},
        {"password": "short"},
        {"admin": True},
    ],
)
async def test_a_user_that_makes_no_sense_is_422(
    client: httpx.AsyncClient, wrong: dict[str, object]
) -> None:
    answer = await client.post("/users", json={**ANN, **wrong})
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == list(wrong)


async def test_a_user_is_changed(service: InProcess, client: httpx.AsyncClient) -> None:
    made = (await client.post("/users", json=ANN)).json()
    answer = await client.patch(f"/users/{made['id']}", json={"name": "Anna", "role": "responder"})
    assert (answer.json()["name"], answer.json()["role"]) == ("Anna", "responder")
    assert service.events[-1].type == "tocsin.user.edited"
    assert service.events[-1].topic == f"user/{made['id']}"
    assert b"example.org" not in b"".join(event.data for event in service.events)


async def test_a_password_is_changed(service: InProcess, client: httpx.AsyncClient) -> None:
    made = (await client.post("/users", json=ANN)).json()
    await client.patch(f"/users/{made['id']}", json={"password": "another one"})
    stored = await service.store.read(
        lambda conn: conn.execute(
            select(users.c.password_hash).where(users.c.id == made["id"])
        ).scalar_one()
    )
    assert PasswordHasher().verify(stored, "another one")


async def test_a_change_may_repeat_the_user_and_then_writes_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = (await client.post("/users", json=ANN)).json()
    shown = (await client.get(f"/users/{made['id']}")).json()
    head = service.store.head
    answer = await client.patch(f"/users/{made['id']}", json=shown)
    assert (answer.status_code, answer.json()) == (200, shown)
    assert service.store.head == head


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "0" * 24},
        {"email": "b@example.org"},
        {"person_id": 1},
        {"created_at": 5},
        {"id": None},
    ],
)
async def test_a_change_of_what_the_server_writes_is_422(
    client: httpx.AsyncClient, wrong: dict[str, object]
) -> None:
    made = (await client.post("/users", json=ANN)).json()
    answer = await client.patch(f"/users/{made['id']}", json=wrong)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == list(wrong)


async def test_a_deleted_user_takes_its_tokens_along(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    made = (await client.post("/users", json=ANN)).json()
    token = {"name": "hers", "scopes": ["admin"], "user_id": made["id"]}
    secret = (await client.post("/tokens", json=token)).json()["secret"]
    async with service.client(secret) as hers:
        assert (await hers.get("/users")).status_code == 200
        assert (await client.delete(f"/users/{made['id']}")).status_code == 204
        assert (await hers.get("/users")).status_code == 401
    assert [event.type for event in service.changes[-1]] == [
        "tocsin.token.deleted",
        "tocsin.user.deleted",
    ]


async def test_the_only_administrator_stays_one(client: httpx.AsyncClient) -> None:
    admin = (await client.get("/users")).json()["data"][0]
    demoted = await client.patch(f"/users/{admin['id']}", json={"role": "viewer"})
    deleted = await client.delete(f"/users/{admin['id']}")
    assert (demoted.status_code, deleted.status_code) == (409, 409)
    await client.post("/users", json={**ANN, "role": "admin"})
    assert (await client.delete(f"/users/{admin['id']}")).status_code == 204


async def test_users_are_the_administrators_business(service: InProcess) -> None:
    async with service.client(await service.token(Scope.READ)) as reader:
        assert (await reader.get("/users")).status_code == 403


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_user_that_does_not_exist_is_404(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, f"/users/{'0' * 24}", content=b"{}")
    assert answer.status_code == 404
