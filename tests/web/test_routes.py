"""The addresses of the page and its static files."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.responses import PlainTextResponse
from tests.clock import HeldClock
from tests.web.sample import NOW, in_trouble, many, page

from tocsin.app.visitors import Visit
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.page import Visibility
from tocsin.push.dispatch import StreamRequest
from tocsin.web import assets
from tocsin.web.pictures import Pictures
from tocsin.web.routes import Website

BOARD = in_trouble()
BOARD = replace(
    BOARD,
    pages={**BOARD.pages, "private": page(slug="private", visibility=Visibility.PRIVATE)},
)


async def admit(request: StreamRequest) -> Visit:
    slug = request.path["slug"] or "main"
    if slug not in BOARD.pages:
        raise not_found("page")
    if slug == "private" and request.first("bt") != "secret":
        raise Refused(Code.UNAUTHORIZED, "The page is private.")
    return Visit(slug, None)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    pictures = Pictures(lambda: BOARD, HeldClock(NOW * 1_000), "http://tocsin.test")
    website = Website(PlainTextResponse("the application"), pictures, admit)
    transport = httpx.ASGITransport(website)
    async with httpx.AsyncClient(transport=transport, base_url="http://tocsin.test") as client:
        yield client


async def test_the_page_is_kept_for_seconds_and_allows_nothing_from_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/")
    assert answer.status_code == 200
    assert "Outage of Website and Checkout" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src")
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/pages/main", "/pages/main/"])
async def test_the_page_has_an_address_by_name(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).text == (await client.get("/")).text


async def test_a_reader_that_takes_no_gzip_gets_none(client: httpx.AsyncClient) -> None:
    plain = await client.get("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (await client.get("/")).content


async def test_who_has_the_page_already_is_told_so(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/")).headers["etag"]
    answer = await client.get("/", headers={"if-none-match": etag})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag
    assert (await client.get("/", headers={"if-none-match": 'W/"x"'})).status_code == 200


async def test_a_head_has_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 1_000


async def test_a_private_page_is_for_those_who_may_see_it(client: httpx.AsyncClient) -> None:
    refused = await client.get("/pages/private")
    assert refused.status_code == 401
    assert "This page is private" in refused.text
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["www-authenticate"] == "Bearer"
    answer = await client.get("/pages/private?bt=secret")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_there_is_no_page_of_an_unknown_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/pages/none")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize("path", ["/", "/static/x/page.css"])
async def test_a_page_can_only_be_read(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("name", sorted(assets.ASSETS))
async def test_a_static_file_is_kept_for_good(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(assets.address(name))
    assert answer.content == assets.ASSETS[name].body
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_static_file_of_another_release_is_not_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/000000000000/page.css")
    assert answer.content == assets.ASSETS["page.css"].body
    assert answer.headers["cache-control"] == "no-store"


async def test_there_is_no_other_static_file(client: httpx.AsyncClient) -> None:
    assert (await client.get("/static/000000000000/none.css")).status_code == 404


@pytest.mark.parametrize("path", ["/live", "/pages", "/pages/main/live", "/api/v1/pages", "/x"])
async def test_everything_else_is_the_applications(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).text == "the application"


async def test_a_page_of_50_components_is_small() -> None:
    pictures = Pictures(lambda: many(50), HeldClock(NOW * 1_000), "http://tocsin.test")
    sent = len(pictures.document("main").packed)
    files = sum(len(asset.packed) for asset in assets.ASSETS.values())
    assert sent + files < 60_000
    assert gzip.decompress(pictures.document("main").packed) == pictures.document("main").body
