"""/api/v1/pages/{slug}/logo, and /logo/{digest}."""

import base64
from typing import Any

import httpx
import msgspec
import pytest
from tests.in_process import InProcess
from tests.wire.test_png import PICTURE

from tocsin.model.access import Scope

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
HOSTILE = SVG.replace(b"<path", b'<script>x()</script><path onclick="x()"')


def body(data: bytes = PICTURE, media_type: str = "image/png") -> dict[str, str]:
    return {"type": media_type, "data": base64.b64encode(data).decode()}


async def put(client: httpx.AsyncClient, given: dict[str, Any], slug: str = "main") -> Any:
    answer = await client.put(f"/pages/{slug}/logo", json=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shown(service: InProcess, digest: str) -> httpx.Response:
    """The picture as a visitor without any right gets it."""
    async with service.client(token=None) as anybody:
        return await anybody.get(f"http://tocsin.test/logo/{digest}")


async def test_a_logo_is_set_shown_and_removed(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    before = (await client.get("/pages/main")).json()
    page = await put(client, body())
    assert page == {**before, "logo": {"type": "image/png", "digest": page["logo"]["digest"]}}
    event = service.events[-1]
    assert (event.type, event.topic) == ("tocsin.page.edited", "page/main")
    assert msgspec.json.decode(event.data)["page"]["logo"] == page["logo"]
    picture = await shown(service, page["logo"]["digest"])
    assert (picture.status_code, picture.content) == (200, PICTURE)
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await client.delete("/pages/main/logo")).status_code == 204
    assert (await client.get("/pages/main")).json() == before
    assert (await shown(service, page["logo"]["digest"])).status_code == 404
    again = await client.delete("/pages/main/logo")
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


async def test_an_svg_is_cleaned_and_may_do_nothing(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    page = await put(client, body(HOSTILE, "image/svg+xml"))
    picture = await shown(service, page["logo"]["digest"])
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["x-content-type-options"] == "nosniff"
    policy = picture.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script" not in picture.text + policy
    assert "onclick" not in picture.text
    assert 'd="M0 0h9v9z"' in picture.text


async def test_another_logo_takes_the_place_of_the_first(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    first = (await put(client, body()))["logo"]["digest"]
    second = (await put(client, body(SVG, "image/svg+xml")))["logo"]["digest"]
    assert first != second
    assert (await shown(service, first)).status_code == 404
    assert (await shown(service, second)).status_code == 200


async def test_the_same_logo_changes_nothing(service: InProcess, client: httpx.AsyncClient) -> None:
    page = await put(client, body())
    head = service.store.head
    assert await put(client, body(PICTURE + b"trailing")) == page
    assert service.store.head == head


async def test_pages_may_have_the_same_logo_and_lose_it_one_by_one(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await client.post("/pages", json={"slug": "shop", "name": "Shop"})
    digest = (await put(client, body()))["logo"]["digest"]
    assert (await put(client, body(), "shop"))["logo"]["digest"] == digest
    await client.delete("/pages/shop")
    assert (await shown(service, digest)).status_code == 200
    await client.delete("/pages/main/logo")
    assert (await shown(service, digest)).status_code == 404


async def test_an_edit_leaves_the_logo(client: httpx.AsyncClient) -> None:
    page = await put(client, body())
    edited = await client.patch("/pages/main", json={"name": "Acme", "logo": page["logo"]})
    assert edited.json() == {**page, "name": "Acme"}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "type"),
        ({"type": "image/png"}, "data"),
        (body(media_type="image/gif"), "type"),
        (body(media_type="text/html"), "type"),
        (body(SVG), "data"),
        (body(PICTURE, "image/svg+xml"), "data"),
        ({"type": "image/png", "data": "not base64"}, "data"),
        ({"type": "image/png", "data": None}, "data"),
        (body(b"\0" * (200 * 1024 + 1)), "data"),
        ({**body(), "name": "logo.png"}, "name"),
    ],
)
async def test_what_is_no_logo_is_named(
    client: httpx.AsyncClient, given: dict[str, Any], path: str
) -> None:
    refused = await client.put("/pages/main/logo", json=given)
    assert refused.status_code == 422
    assert path in [error["path"] for error in refused.json()["errors"]]
    assert (await client.get("/pages/main")).json()["logo"] is None


async def test_a_logo_far_too_large_is_not_even_read(client: httpx.AsyncClient) -> None:
    refused = await client.put("/pages/main/logo", json=body(b"\0" * 1024 * 1024))
    assert refused.status_code == 413


async def test_only_who_may_write_pages_sets_a_logo(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    async with service.client(await service.token(Scope.READ)) as reader:
        assert (await reader.put("/pages/main/logo", json=body())).status_code == 403
        assert (await reader.delete("/pages/main/logo")).status_code == 403


async def test_a_logo_may_ask_that_nothing_has_changed_since(client: httpx.AsyncClient) -> None:
    seen = {"If-Match": (await client.get("/pages/main")).headers["etag"]}
    first = await client.put("/pages/main/logo", json=body(), headers=seen)
    assert first.status_code == 200
    late = await client.put("/pages/main/logo", json=body(SVG, "image/svg+xml"), headers=seen)
    assert late.status_code == 412
    assert (await client.delete("/pages/main/logo", headers=seen)).status_code == 412
    assert (await client.get("/pages/main")).headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("digest", ["f" * 32, "..%2F..%2Fetc%2Fpasswd", "%00", "'", "F" * 32])
async def test_what_no_page_shows_is_not_there(service: InProcess, digest: str) -> None:
    missing = await shown(service, digest)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_a_page_that_is_not_there_has_no_logo(client: httpx.AsyncClient) -> None:
    assert (await client.put("/pages/nowhere/logo", json=body())).status_code == 404
    assert (await client.delete("/pages/nowhere/logo")).status_code == 404
