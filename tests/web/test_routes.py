"""The addresses of the pages and their static files."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random

import pytest
from tests.clock import HeldClock
from tests.domain import Domain
from tests.web.sample import BORN, DAY, HOUR, NOW, issue, many, recent_of
from tests.web.visits import SECRET, Visited, visited

from tocsin.app import pages
from tocsin.app.pages import PageChanges
from tocsin.model.component import State
from tocsin.model.page import Language, Visibility
from tocsin.model.status import Periods, begin
from tocsin.store import retention
from tocsin.store.store import StoreUnavailable
from tocsin.web import assets
from tocsin.web.pictures import Pictures
from tocsin.web.site import Site


@pytest.fixture
async def site(there: Domain) -> AsyncIterator[Visited]:
    async with visited(there) as site:
        await there.component("Website", State.OUTAGE)
        await there.make_page("hidden", visibility=Visibility.PRIVATE)
        yield site


async def test_the_page_is_kept_for_seconds_and_allows_nothing_from_elsewhere(
    site: Visited,
) -> None:
    answer = await site.get("/")
    assert answer.status_code == 200
    assert "Outage of Website" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src")
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_the_page_has_a_folder_by_name(site: Visited) -> None:
    assert await site.html("/pages/main/") == await site.html("/")
    moved = await site.get("/pages/main?bt=a%26b&at=1")
    assert moved.status_code == 308
    assert moved.headers["location"] == "/pages/main/?bt=a%26b&at=1"
    assert (await site.get("/pages/x%22y")).headers["location"] == "/pages/x%22y/"


async def test_a_reader_that_takes_no_gzip_gets_none(site: Visited) -> None:
    plain = await site.get("/", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (await site.get("/")).content


@pytest.mark.parametrize("path", ["/", "/history"])
async def test_who_has_the_page_already_is_told_so(site: Visited, path: str) -> None:
    etag = (await site.get(path)).headers["etag"]
    answer = await site.get(path, **{"if-none-match": etag})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag
    assert (await site.get(path, **{"if-none-match": 'W/"x"'})).status_code == 200


async def test_a_head_has_no_body(site: Visited) -> None:
    answer = await site.client.head("/")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 1_000


@pytest.mark.parametrize("path", ["/pages/hidden/", "/pages/hidden/history", "/pages/hidden/?at=1"])
async def test_a_private_page_is_for_those_who_may_see_it(site: Visited, path: str) -> None:
    refused = await site.get(path)
    assert refused.status_code == 401
    assert "This page is private" in refused.text
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/pages/hidden/", "/pages/hidden/history"])
async def test_the_links_of_a_private_page_let_in_whom_it_let_in(site: Visited, path: str) -> None:
    answer = await site.get(f"{path}?bt={SECRET}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert f'href="feed.atom?bt={SECRET}"' in answer.text
    assert "noindex" in answer.text


async def test_a_secret_that_opened_nothing_is_not_repeated(site: Visited) -> None:
    assert f"bt={SECRET}" not in await site.html(f"/?bt={SECRET}")


async def test_there_is_no_page_of_an_unknown_name(site: Visited) -> None:
    answer = await site.get("/pages/none/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


async def test_refusals_are_in_the_language_of_the_page(site: Visited) -> None:
    german = PageChanges(language=Language.GERMAN)
    main = await site.there.page()
    await site.there.do(lambda tx: pages.edit(tx, main, german))
    for path in ("/pages/none/", "/pages/main/issues/none", "/history/1999-01"):
        answer = await site.get(path)
        assert answer.status_code == 404
        assert '<html lang="de">' in answer.text
        assert "Diese Seite gibt es nicht" in answer.text


async def test_a_store_that_is_away_is_said_so(
    site: Visited, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(query: object) -> None:
        raise StoreUnavailable("The database is locked.")

    monkeypatch.setattr(site.there.store, "read", away)
    answer = await site.get("/history")
    assert answer.status_code == 503
    assert "This cannot be shown just now" in answer.text
    assert (await site.get("/")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/history", "/issues/x", "/static/x/page.css"])
async def test_a_page_can_only_be_read(site: Visited, path: str) -> None:
    answer = await site.client.post(path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


async def test_the_page_as_it_stood_says_so_and_is_not_to_be_found(site: Visited) -> None:
    then = site.there.clock.now
    site.there.clock.advance(3_600)
    (website,) = site.there.board.components
    await site.there.delete_component(website)
    answer = await site.html(f"/?at={then}")
    assert "Outage of Website" in answer
    assert "This is the page as it stood on " in answer
    assert "noindex" in answer
    assert "data-stream" not in answer
    assert "Outage of Website" not in await site.html("/")


async def test_a_time_before_all_that_is_kept_is_said_to_be_so(site: Visited) -> None:
    then = site.there.clock.now
    site.there.clock.advance(3_600)
    await site.there.component("Later")
    await site.there.do(lambda tx: retention.trim(tx, tx.head - 1))
    answer = await site.get(f"/?at={then}")
    assert answer.status_code == 404
    assert "That is too long ago" in answer.text


@pytest.mark.parametrize("at", ["tomorrow", "99999999999"])
async def test_a_time_that_is_none_or_to_come_is_refused(site: Visited, at: str) -> None:
    answer = await site.get(f"/?at={at}")
    assert answer.status_code == 422
    assert "There is no such time" in answer.text


@pytest.mark.parametrize("name", sorted(assets.ASSETS))
async def test_a_static_file_is_kept_for_good(site: Visited, name: str) -> None:
    answer = await site.get(assets.address(name))
    assert answer.content == assets.ASSETS[name].body
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_static_file_of_another_release_is_not_kept(site: Visited) -> None:
    answer = await site.get("/static/000000000000/page.css")
    assert answer.content == assets.ASSETS["page.css"].body
    assert answer.headers["cache-control"] == "no-store"


async def test_there_is_no_other_static_file(site: Visited) -> None:
    assert (await site.get("/static/000000000000/none.css")).status_code == 404


async def test_a_pages_accent_is_a_style_of_its_own(site: Visited) -> None:
    answer = await site.get(assets.accent_address("#0a4f9e"))
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.text.startswith(":root { --accent: light-dark(#0a4f9e, #")


@pytest.mark.parametrize(
    "path", ["/live", "/pages", "/pages/main/live", "/api/v1/pages", "/x", "/history/", "/issues"]
)
async def test_everything_else_is_the_applications(site: Visited, path: str) -> None:
    assert (await site.get(path)).text == "the application"


async def test_a_page_of_50_components_and_90_days_is_small() -> None:
    quiet, random = many(50), Random(1)
    board = replace(quiet, periods={id_: _eventful(random) for id_ in quiet.components})
    over = (
        issue(
            f"{number:024x}",
            f"The {number}th issue, with a title that says what is wrong",
            *random.sample(sorted(board.components), 3),
            began_at=NOW - number * DAY,
            ended_at=NOW - number * DAY + HOUR,
            standing=False,
        )
        for number in range(1, 60)
    )
    pictures = Pictures(
        lambda: board, recent_of(board, *over), HeldClock(NOW * 1_000), Site("http://tocsin.test")
    )
    sent = len(pictures.document("main").packed)
    files = ("page.css", "tokens.css", "page.js", "scheme.js", "icon-outage.svg")
    assert sent + sum(len(assets.ASSETS[name].packed) for name in files) < 60_000
    assert gzip.decompress(pictures.document("main").packed) == pictures.document("main").body


def _eventful(random: Random) -> Periods:
    """Ten times something was wrong for up to two hours."""
    periods, at = begin((), State.OPERATIONAL, BORN), BORN
    for _ in range(10):
        at += random.randint(DAY, 8 * DAY)
        periods = begin(periods, random.choice([State.DEGRADED, State.OUTAGE]), at)
        periods = begin(periods, State.OPERATIONAL, at + random.randint(60, 2 * HOUR))
    return periods
