"""The rules that hold for every route: who may, what a body may be, how a refusal looks."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.in_process import ADMIN, InProcess

from tocsin.http.limits import MAX_BODY
from tocsin.model.access import Scope

TOKEN = {"name": "ci", "scopes": ["read"]}


@pytest.fixture
async def nobody(service: InProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with service.client(None) as client:
        yield client


def problem_of(answer: httpx.Response) -> dict[str, object]:
    """The problem that the answer is, checked for what every problem has."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert isinstance(problem, dict)
    assert problem["status"] == answer.status_code
    assert {"type", "title", "status", "detail", "code"} <= problem.keys()
    return problem


async def test_a_call_without_a_token_is_401(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/tokens")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert problem_of(answer)["code"] == "unauthorized"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic abc"},
        {"X-Auth-Token": "wrong"},
        {"X-Auth-Token": ""},
        {"Authorization": "Bearer \u00e9"},
    ],
)
async def test_a_wrong_token_is_401(nobody: httpx.AsyncClient, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert (await nobody.get("/tokens", headers=encoded)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {ADMIN}"},
        {"Authorization": f"bearer  {ADMIN}"},
        {"X-Auth-Token": ADMIN},
        {"Authorization": "Basic abc", "X-Auth-Token": ADMIN},
    ],
)
async def test_a_token_is_taken_from_either_header(
    nobody: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await nobody.get("/tokens", headers=headers)).status_code == 200


async def test_too_little_scope_is_403(service: InProcess) -> None:
    async with service.client(await service.token(Scope.READ)) as reader:
        answer = await reader.get("/tokens")
    assert answer.status_code == 403
    assert problem_of(answer)["code"] == "forbidden"


@pytest.mark.parametrize("body", [b"{", b"", b"x" * (MAX_BODY + 1), b'{"name": "\\u0000"}'])
async def test_who_may_is_decided_before_the_body_is_looked_at(
    service: InProcess, nobody: httpx.AsyncClient, body: bytes
) -> None:
    assert (await nobody.post("/tokens", content=body)).status_code == 401
    async with service.client(await service.token(Scope.READ)) as reader:
        assert (await reader.post("/tokens", content=body)).status_code == 403


async def test_who_may_is_decided_before_the_path_and_the_query(nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/users/nobody")).status_code == 401
    assert (await nobody.get("/tokens?limit=x")).status_code == 401


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/x-www-form-urlencoded", "nonsense", "multipart/form-data"],
)
async def test_a_body_is_json_whatever_its_content_type(
    client: httpx.AsyncClient, kind: str | None
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await client.post("/tokens", content=json.dumps(TOKEN), headers=headers)
    assert answer.status_code == 201


async def test_a_body_of_one_mebibyte_is_taken(client: httpx.AsyncClient) -> None:
    body = json.dumps(TOKEN).encode()
    answer = await client.post("/tokens", content=body + b" " * (MAX_BODY - len(body)))
    assert answer.status_code == 201


async def test_a_longer_body_is_413_with_and_without_a_content_length(
    client: httpx.AsyncClient,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 65_536

    for body in (b" " * (MAX_BODY + 1), chunks()):
        answer = await client.post("/tokens", content=body)
        assert answer.status_code == 413
        assert problem_of(answer)["code"] == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"name": NaN, "scopes": ["read"]}',
        b'{"name": "a\\u0000", "scopes": ["read"]}',
        b'{"name": "\\ud800", "scopes": ["read"]}',
        b'{"name": "\xff", "scopes": ["read"]}',
        b'{"name": 1' + b"0" * 400 + b', "scopes": ["read"]}',
        b'{"name": ' + b"[" * 100_000 + b', "scopes": ["read"]}',
        b'{"name": "a", "scopes": ["read"], "scope": "typo"}',
        b'{"name": "a", "scopes": ["everything"]}',
        b'{"name": "a", "scopes": []}',
        b'{"name": 5, "scopes": ["read"]}',
        b'{"scopes": ["read"]}',
    ],
)
async def test_a_body_outside_the_rules_is_422(
    service: InProcess, client: httpx.AsyncClient, body: bytes
) -> None:
    before = service.store.head
    answer = await client.post("/tokens", content=body)
    assert answer.status_code == 422
    assert problem_of(answer)["code"] == "invalid"
    assert service.store.head == before


async def test_a_refused_field_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/tokens", json={"name": "", "scopes": ["read", "reed"], "x": 1})
    errors = problem_of(answer)["errors"]
    assert isinstance(errors, list)
    assert {error["path"] for error in errors} == {"name", "scopes.1", "x"}
    assert all(error["message"] for error in errors)


async def test_an_address_that_does_not_exist_is_a_404_problem(client: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/tokens/", "/../../elsewhere"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert problem_of(answer)["code"] == "not_found"


@pytest.mark.parametrize("name", ["%00", "a%00b", "%FF", "%F0%9F%92%A9", "0" * 5000, "..%2f"])
async def test_a_name_that_cannot_be_is_404(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/users/{name}")).status_code == 404


async def test_a_method_that_an_address_does_not_know_is_405(client: httpx.AsyncClient) -> None:
    answer = await client.put("/users/some", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, PATCH"
    assert problem_of(answer)["code"] == "method_not_allowed"


async def test_an_unexpected_failure_leaks_nothing_but_a_reference(
    service: InProcess, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the inner secret")

    monkeypatch.setattr(service.store, "read", broken)
    answer = await client.get("/tokens", headers={"Authorization": f"Bearer {ADMIN}"})
    problem = problem_of(answer)
    assert (answer.status_code, problem["code"]) == (500, "internal")
    assert problem["reference"]
    assert "secret" not in answer.text
