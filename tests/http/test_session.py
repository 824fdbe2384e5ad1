"""Signing in and out at /session, as ernest's clients and browsers do."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.http.session import PATHS
from tocsin.model.access import Scope

SITE = "http://tocsin.test"
SESSION = f"{SITE}/session"
ANN = {"email": "Ann@Example.org", "name": "Ann", "role": "viewer", "password": "ann's secret"}
RIGHT = {"user_name": "ann@example.org", "user_password": "ann's secret"}
WRONG = {"user_name": "ann@example.org", "user_password": "a guess"}


@pytest.fixture
async def ann(client: httpx.AsyncClient) -> str:
    """The id of a user."""
    return str((await client.post("/users", json=ANN)).json()["id"])


@pytest.fixture
async def anybody(service: InProcess, ann: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who has not signed in; there is the user Ann."""
    async with service.client(None) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, path: str = "/session") -> str:
    """Sign in as Ann, and forget the cookie; the secret."""
    answer = await client.post(SITE + path, json=RIGHT)
    assert (answer.status_code, answer.json()) == (200, {})
    client.cookies.clear()
    return answer.headers["x-auth-token"]


@pytest.mark.parametrize("path", PATHS)
async def test_signing_in_gives_a_token_in_a_header_on_every_path(
    anybody: httpx.AsyncClient, ann: str, path: str
) -> None:
    shown = {"X-Auth-Token": await sign_in(anybody, path)}
    assert shown["X-Auth-Token"].startswith("tocsin_")
    who = await anybody.get(SITE + path, headers=shown)
    assert who.json() == {
        "user_id": ann,
        "user_name": "Ann",
        "user_email": "ann@example.org",
    }
    assert who.headers["cache-control"] == "no-store"
    assert (await anybody.get("/pages", headers=shown)).status_code == 200
    assert (await anybody.get("/users", headers=shown)).status_code == 403
    gone = await anybody.delete(SITE + path, headers=shown)
    assert (gone.status_code, gone.json()) == (200, {})
    assert (await anybody.get(SITE + path, headers=shown)).status_code == 401
    assert (await anybody.get("/pages", headers=shown)).status_code == 401


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_the_body_is_json_whatever_it_says_of_itself(
    anybody: httpx.AsyncClient, media_type: str
) -> None:
    body = b'{"user_name": "ann@example.org", "user_password": "ann\'s secret", "more": 1}'
    answer = await anybody.post(SESSION, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        WRONG,
        {**RIGHT, "user_name": "bob@example.org"},
        {**RIGHT, "user_password": ""},
        {"user_name": "ann@example.org"},
        {},
    ],
)
async def test_what_does_not_match_is_unauthorized_and_does_not_say_why(
    anybody: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    answer = await anybody.post(SESSION, json=wrong)
    assert (answer.status_code, answer.text) == (401, "Unauthorized")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "x-auth-token" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"user_name": 1}', b'{"user_password": null}', b'"\\u0000"']
)
async def test_what_is_no_sign_in_is_a_bad_request_and_no_failure(
    anybody: httpx.AsyncClient, body: bytes
) -> None:
    for _ in range(6):
        answer = await anybody.post(SESSION, content=body)
        assert (answer.status_code, answer.text) == (400, "Bad Request")


async def test_a_body_beyond_the_limit_is_refused(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.post(SESSION, content=b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/plain")


async def test_five_failures_block_the_address_for_an_hour(
    service: InProcess, anybody: httpx.AsyncClient
) -> None:
    for _ in range(5):
        assert (await anybody.post(SESSION, json=WRONG)).status_code == 401
    blocked = await anybody.post(SESSION, json=RIGHT)
    assert (blocked.status_code, blocked.text) == (429, "Too Many Requests")
    assert blocked.headers["retry-after"] == "3600"
    service.clock.advance(3_600)
    await sign_in(anybody)


async def test_many_guesses_at_once_are_not_more_tries(anybody: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(anybody.post(SESSION, json=WRONG) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    anybody: httpx.AsyncClient,
) -> None:
    answer = await anybody.post(SESSION, json=RIGHT)
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "tocsin_session"
    attributes = {each.strip().lower() for each in rest.split(";")[1:]}
    assert attributes == {"httponly", "path=/", "samesite=strict"}
    over_tls = await anybody.post(SESSION.replace("http:", "https:"), json=RIGHT)
    assert "secure" in over_tls.headers["set-cookie"].lower()


async def test_the_cookie_is_a_way_in_for_the_session_alone(anybody: httpx.AsyncClient) -> None:
    await anybody.post(SESSION, json=RIGHT)
    assert (await anybody.get(SESSION)).json()["user_name"] == "Ann"
    assert (await anybody.get("/pages")).status_code == 401
    assert (await anybody.delete(SESSION)).status_code == 200
    assert not anybody.cookies
    assert (await anybody.get(SESSION)).status_code == 401


async def test_a_header_beats_the_cookie(anybody: httpx.AsyncClient) -> None:
    await anybody.post(SESSION, json=RIGHT)
    answer = await anybody.get(SESSION, headers={"X-Auth-Token": "wrong"})
    assert answer.status_code == 401


@pytest.mark.parametrize(("site", "kept"), [("cross-site", 0), ("same-site", 0), ("none", 1)])
async def test_a_page_of_another_site_signs_nobody_in(
    anybody: httpx.AsyncClient, site: str, kept: int
) -> None:
    answer = await anybody.post(SESSION, json=RIGHT, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, len(anybody.cookies)) == (200, kept)


async def test_a_session_lasts_twelve_hours_after_each_use(
    service: InProcess, anybody: httpx.AsyncClient
) -> None:
    shown = {"Authorization": f"Bearer {await sign_in(anybody)}"}
    for _ in range(3):
        service.clock.advance(12 * 3_600 - 1)
        assert (await anybody.get(SESSION, headers=shown)).status_code == 200
    service.clock.advance(12 * 3_600)
    assert (await anybody.get(SESSION, headers=shown)).status_code == 401


async def test_a_new_password_ends_the_sessions_with_the_old_one(
    service: InProcess, client: httpx.AsyncClient, anybody: httpx.AsyncClient, ann: str
) -> None:
    shown = {"X-Auth-Token": await sign_in(anybody)}
    await client.patch(f"/users/{ann}", json={"name": "Anna"})
    assert (await anybody.get(SESSION, headers=shown)).json()["user_name"] == "Anna"
    await client.patch(f"/users/{ann}", json={"password": "another secret"})
    assert (await anybody.get(SESSION, headers=shown)).status_code == 401
    assert (await anybody.post(SESSION, json=RIGHT)).status_code == 401
    assert service.events[-1].data.endswith(b'"signed_out":true}')


async def test_a_session_has_the_rights_that_the_role_gives_now(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, ann: str
) -> None:
    shown = {"X-Auth-Token": await sign_in(anybody)}
    assert (await anybody.get("/tokens", headers=shown)).status_code == 403
    await client.patch(f"/users/{ann}", json={"role": "admin"})
    assert (await anybody.get("/tokens", headers=shown)).status_code == 200


async def test_a_deleted_user_is_signed_out(
    client: httpx.AsyncClient, anybody: httpx.AsyncClient, ann: str
) -> None:
    shown = {"X-Auth-Token": await sign_in(anybody)}
    await client.delete(f"/users/{ann}")
    assert (await anybody.get(SESSION, headers=shown)).status_code == 401


async def test_a_token_shows_whose_it_is_and_is_not_signed_out(
    service: InProcess, anybody: httpx.AsyncClient
) -> None:
    shown = {"X-Auth-Token": await service.token(Scope.READ, name="the widget")}
    answer = await anybody.get(SESSION, headers=shown)
    assert answer.json() == {"user_id": None, "user_name": "the widget", "user_email": None}
    refused = await anybody.delete(SESSION, headers=shown)
    assert (refused.status_code, refused.text) == (403, "Forbidden")
    assert (await anybody.get(SESSION, headers=shown)).status_code == 200


async def test_without_a_session_there_is_nothing_to_show_or_end(
    anybody: httpx.AsyncClient,
) -> None:
    for method in ("GET", "DELETE"):
        for headers in ({}, {"X-Auth-Token": ""}, {"Cookie": "tocsin_session="}):
            answer = await anybody.request(method, SESSION, headers=headers)
            assert (answer.status_code, answer.text) == (401, "Unauthorized")


async def test_signing_in_writes_no_event(service: InProcess, anybody: httpx.AsyncClient) -> None:
    head = service.store.head
    shown = {"X-Auth-Token": await sign_in(anybody)}
    await anybody.post(SESSION, json=WRONG)
    await anybody.delete(SESSION, headers=shown)
    assert service.store.head == head


async def test_other_methods_are_not_known(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.put(SESSION, json=RIGHT)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, POST"


async def test_a_store_that_is_gone_is_said_as_text(
    service: InProcess, anybody: httpx.AsyncClient
) -> None:
    await service.store.stop()
    answer = await anybody.post(SESSION, json=RIGHT)
    assert (answer.status_code, answer.text) == (503, "Service Unavailable")
    assert answer.headers["retry-after"] == "1"
