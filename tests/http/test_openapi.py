"""The OpenAPI document, the page made of it, and that both say what is."""

import re
from typing import Any, cast

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.app.live import LiveSurface, Version
from tocsin.app.visitors import Doorkeeper
from tocsin.http.api import make_api
from tocsin.http.services import Services
from tocsin.http.streams import LiveStream
from tocsin.model.access import Scope

DOCUMENT = make_api(cast(Services, None)).openapi()

# The ways in for alerts go by integrations' keys, not by tokens: tests/http/test_intake.py.
INTAKE = "/api/v1/intake/"

OPERATIONS = [
    pytest.param(path, method, operation, id=f"{method} {path}")
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if path.startswith("/api/v1/") and not path.startswith(INTAKE)
]


# Calls that change nothing although they are a POST.
QUESTIONS = {
    "/api/v1/markdown",
    "/api/v1/webhooks/doctor",
    "/api/v1/webhooks/{endpoint_id}/test",
}


async def call(client: httpx.AsyncClient, path: str, method: str) -> httpx.Response:
    """Call an operation with names of nothing in its path and no JSON in its body."""
    address = re.sub(r"\{\w+\}", "nothing", path.removeprefix("/api/v1"))
    return await client.request(method, address, content=b"{" if method != "get" else None)


def scope_of(operation: dict[str, Any]) -> Scope:
    """The scope that the document says an operation needs, however the token is given."""
    first, second, *_ = operation["security"]
    assert first["bearer"] == second["x-auth-token"]
    (scope,) = first["bearer"]
    return Scope(scope)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
async def test_every_operation_wants_the_scope_that_it_says(
    service: InProcess, path: str, method: str, operation: dict[str, Any]
) -> None:
    needs = scope_of(operation)
    others = [scope for scope in Scope if scope not in (needs, Scope.ADMIN)]
    async with service.client(None) as nobody, service.client("wrong") as stranger:
        assert (await call(nobody, path, method)).status_code == 401
        assert (await call(stranger, path, method)).status_code == 401
    async with service.client(await service.token(*others)) as lacking:
        assert (await call(lacking, path, method)).status_code == 403
    async with service.client(await service.token(needs)) as holder:
        assert (await call(holder, path, method)).status_code not in (401, 403, 500)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_announces_its_refusals(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    responses = operation["responses"]
    wanted = {"401", "403", "422", "500", "503"}
    wanted |= {"413"} if method in ("post", "put", "patch") else set()
    wanted |= {"404"} if "{" in path else set()
    assert wanted <= responses.keys()
    for status, response in responses.items():
        if status >= "4":
            assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_change_announces_its_position(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    done = next(response for status, response in operation["responses"].items() if status < "3")
    assert ("Tocsin-Position" in done.get("headers", {})) == (
        method != "get" and path not in QUESTIONS
    )


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_post_that_changes_state_takes_an_idempotency_key(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    upkeep = path in ("/api/v1/prune", "/api/v1/backup")
    changes = method == "post" and not upkeep and path not in QUESTIONS
    assert ("Idempotency-Key" in names) == changes


@pytest.mark.parametrize("version", Version)
def test_every_version_of_the_live_api_is_described_for_page_and_component(
    version: Version,
) -> None:
    stream = LiveStream(version, cast(LiveSurface, None), cast(Doorkeeper, None))
    described = [path for path in DOCUMENT["paths"] if stream.path.fullmatch(path)]
    asked_for = [re.findall(r"\{(\w+)\}", path) for path in described]
    assert sorted(asked_for) == [[], ["component_id"], ["slug"], ["slug", "component_id"]]


def test_every_reference_leads_somewhere() -> None:
    found = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(DOCUMENT)))
    assert found <= DOCUMENT["components"]["schemas"].keys()
    assert "HTTPValidationError" not in found


async def test_the_document_and_its_page_are_served_to_anybody(service: InProcess) -> None:
    async with service.client(None) as nobody:
        document = await nobody.get("http://tocsin.test/openapi.json")
        page = await nobody.get("http://tocsin.test/docs")
    assert document.json() == DOCUMENT
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for path in DOCUMENT["paths"]:
        assert path in page.text


async def test_the_page_loads_nothing(service: InProcess) -> None:
    async with service.client(None) as nobody:
        page = await nobody.get("http://tocsin.test/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"<(script|link|img|iframe)|\bsrc=|@import|url\(", page.text)
    assert set(re.findall(r'href="([^"]*)"', page.text)) == {"openapi.json"}
