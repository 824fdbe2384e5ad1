"""Editions of a page: one a change, for all who ask."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from sqlalchemy import Connection
from tests.domain import Domain

from tocsin.app import pages
from tocsin.app.past import Past
from tocsin.model.errors import Refused
from tocsin.model.event import Change, Event
from tocsin.model.report import Report
from tocsin.store.store import StoreUnavailable
from tocsin.web.editions import Editions

T = TypeVar("T")


@pytest.fixture
def editions(there: Domain) -> Editions:
    """Editions that follow the domain."""
    past = Past(there.store, there.clock)
    made = Editions(there.store, lambda: there.board, past, "http://tocsin.test")
    follow = there.store.on_commit

    def committed(changes: Sequence[Change]) -> None:
        follow(changes)
        for change in changes:
            made.publish(change)

    there.store.on_commit = committed
    return made


async def titles(editions: Editions, slug: str = "main") -> list[str]:
    edition = await editions.current(slug)
    return [issue.title for issue in edition.report.issues]


async def test_an_edition_tells_of_open_and_closed_issues(
    there: Domain, editions: Editions
) -> None:
    website = await there.component()
    await there.update(await there.issue(website, title="Over"), "resolved")
    there.clock.advance(1)
    await there.issue(website, title="Open")
    assert await titles(editions) == ["Open", "Over"]


async def test_there_is_a_new_edition_after_each_change_and_only_then(
    there: Domain, editions: Editions
) -> None:
    website = await there.component()
    issue = await there.issue(website)
    await there.update(issue, "resolved")
    first = await editions.current("main")
    assert await editions.current("main") is first
    await there.update(issue, "addendum", body="Why it happened.")  # which no board shows
    (told,) = (await editions.current("main")).report.issues
    assert told.updates[0].body == "Why it happened."


async def test_events_that_are_not_about_pages_begin_no_edition(
    there: Domain, editions: Editions
) -> None:
    first = await editions.current("main")
    foreign = Event(99, 99, "deploy.done", "deploy/1", "deploy/1", "/", 0, 0, b"{}")
    editions.publish((foreign,))
    assert await editions.current("main") is first


async def test_all_who_ask_at_once_get_the_same_edition(there: Domain, editions: Editions) -> None:
    one, other = await asyncio.gather(editions.current("main"), editions.current("main"))
    assert one is other


async def test_a_visitor_who_goes_away_takes_nothing_from_the_others(
    there: Domain, editions: Editions
) -> None:
    leaving = asyncio.create_task(editions.current("main"))
    staying = asyncio.create_task(editions.current("main"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).report.page.slug == "main"


async def test_a_document_is_written_once(there: Domain, editions: Editions) -> None:
    edition = await editions.current("main")
    calls = []

    def write(report: Report) -> bytes:
        calls.append(report)
        return b"written"

    first = edition.document("name", write)
    assert edition.document("name", write) is first
    assert len(calls) == 1
    assert edition.document("other", write).etag == first.etag
    assert edition.document("third", lambda report: b"else").etag != first.etag


async def test_a_failure_is_not_kept(
    there: Domain, editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = there.store.read

    async def fail(query: Callable[[Connection], T]) -> T:
        raise StoreUnavailable("The disk is on fire.")

    monkeypatch.setattr(there.store, "read", fail)
    with pytest.raises(StoreUnavailable):
        await editions.current("main")
    monkeypatch.setattr(there.store, "read", read)
    assert (await editions.current("main")).report.page.slug == "main"


async def test_a_page_that_goes_in_the_meantime_is_not_found(
    there: Domain, editions: Editions
) -> None:
    await there.make_page("shop")
    asked = asyncio.create_task(editions.current("shop"))
    await asyncio.sleep(0)
    shop = await there.page("shop")
    await there.do(lambda tx: pages.delete(tx, shop))
    with pytest.raises(Refused, match="page"):
        await editions.current("shop")
    await asyncio.gather(asked, return_exceptions=True)


async def test_an_edition_of_the_past_is_as_it_was_then(there: Domain, editions: Editions) -> None:
    website = await there.component()
    await there.update(await there.issue(website, title="Over"), "resolved")
    there.clock.advance(1)
    second = await there.issue(website, title="Open")
    then = there.clock.now
    there.clock.advance(60)
    await there.update(second, "resolved")
    await there.issue(website, title="Later")
    past = Past(there.store, there.clock)
    edition = await editions.past(await past.board(then), "main", then)
    assert [(issue.title, issue.standing) for issue in edition.report.issues] == [
        ("Open", True),
        ("Over", False),
    ]


async def test_links_of_the_past_lead_to_where_the_page_is_now(
    there: Domain, editions: Editions
) -> None:
    edition = await editions.past(there.board, "main", there.clock.now)
    assert edition.report.address == "http://tocsin.test/pages/main"
