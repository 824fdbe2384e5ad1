"""A page's issues of any time, on each database."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import issues
from tocsin.model.issue import Issue, IssueLabel, NewUpdate
from tocsin.store import history

DAY = 86_400


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """Pages, components and issues on this database."""
    async with domain(url, clock) as there:
        yield there


async def found(
    there: Domain, query: Callable[..., list[Issue]], *args: Any, **kw: Any
) -> list[str]:
    """The ids of the issues that a query gives for all components there are."""
    ids = tuple(there.board.components)
    given = await there.store.read(lambda conn: query(conn, ids, *args, **kw))
    return [issue.id for issue in given]


async def cancel(there: Domain, issue_id: str) -> None:
    await there.do(
        lambda tx: issues.cancel(tx, issues.get(tx.conn, issue_id), NewUpdate(tx.new_id()))
    )


async def test_a_day_has_the_issues_that_lasted_within_it(there: Domain) -> None:
    now, api = there.clock.now, await there.component()
    past = await there.issue(api, began_at=now - 30, ended_at=now - 20)
    short = await there.issue(api)
    open_one = await there.issue(api)
    there.clock.advance(10)
    await there.update(short, "resolved")
    coming = await there.issue(api, starts_at=now + 100, ends_at=now + 200)

    lasting = partial(found, there, history.overlapping)
    assert await lasting(now - 30, now + 300, 9) == [coming, open_one, short, past]
    assert await lasting(now - 30, now + 300, 2) == [coming, open_one]
    assert await lasting(now - 20, now, 9) == [past]
    assert await lasting(now - 19, now, 9) == []
    assert await lasting(now + 10, now + 100, 9) == [open_one, short]
    assert await lasting(now + 11, now + 100, 9) == [open_one]
    assert await lasting(now + 201, now + 300, 9) == [open_one]


async def test_an_issue_comes_with_its_updates_and_components(there: Domain) -> None:
    a, b = await there.component("a"), await there.component("b")
    issue_id = await there.issue(b, a)
    await there.update(issue_id, "monitoring")
    await there.update(issue_id, "resolved")
    issue = await there.reported(issue_id)
    assert len(issue.updates) == 2
    read = there.store.read
    assert await read(lambda conn: history.find(conn, [a], issue_id)) == issue
    assert await read(lambda conn: history.newest(conn, [a, b], 9)) == [issue]


async def test_a_page_does_not_tell_of_what_is_not_about_it(there: Domain) -> None:
    a, b = await there.component("a"), await there.component("b")
    issue_id = await there.issue(b)
    read = there.store.read
    assert await read(lambda conn: history.find(conn, [a], issue_id)) is None
    assert await read(lambda conn: history.find(conn, [], issue_id)) is None
    assert await read(lambda conn: history.find(conn, [b], "f" * 24)) is None
    assert await read(lambda conn: history.newest(conn, [a], 9)) == []
    assert await read(lambda conn: history.earliest(conn, [a])) is None


async def test_maintenance_is_not_told_before_it_is_announced(there: Domain) -> None:
    api, now = await there.component(), there.clock.now
    times = {"starts_at": now + 30 * DAY, "ends_at": now + 31 * DAY}
    dropped, planned = await there.issue(api, **times), await there.issue(api, **times)
    await cancel(there, dropped)
    everything = (history.overlapping, now, now + 99 * DAY, 9)
    assert await found(there, *everything) == []
    there.clock.advance(24 * DAY)
    await there.timers.catch_up()
    assert await found(there, *everything) == [planned]
    await cancel(there, planned)
    assert await found(there, *everything) == [planned]


async def test_the_newest_come_first_and_can_be_of_one_kind_or_time(there: Domain) -> None:
    api, start = await there.component(), there.clock.now
    first = await there.issue(api)
    there.clock.advance(10)
    second = await there.issue(api, starts_at=start + 60, ends_at=start + 90)
    third = await there.issue(api, label=IssueLabel.INFORMATIONAL)

    newest = partial(found, there, history.newest)
    assert await newest(9) == [third, second, first]
    assert await newest(1) == [third]
    assert await newest(9, scheduled=True) == [second]
    assert await newest(9, scheduled=False) == [third, first]
    assert await newest(9, made_by=start + 9) == [first]


async def test_neighbours_are_those_that_began_before_and_after(there: Domain) -> None:
    api, other, now = await there.component(), await there.component(), there.clock.now
    now_on = await there.issue(api)
    same_time = await there.issue(api)
    before = await there.issue(api, began_at=now - 9, ended_at=now - 8)
    await there.issue(other)

    async def around(issue_id: str) -> list[str | None]:
        issue = await there.reported(issue_id)
        beside = await there.store.read(lambda conn: history.neighbours(conn, [api], issue))
        return [one.id if one else None for one in beside]

    assert await around(before) == [None, now_on]
    assert await around(now_on) == [before, same_time]
    assert await around(same_time) == [now_on, None]
    assert await there.store.read(lambda conn: history.earliest(conn, [api])) == now - 9


async def test_the_log_tells_how_an_issue_was_worded(there: Domain) -> None:
    api = await there.component()
    issue_id, gone = await there.issue(api, title="First"), await there.issue(api)
    then = there.store.head
    await there.do(lambda tx: issues.delete(tx, issues.get(tx.conn, gone)))
    await there.update(issue_id, "resolved")
    read = there.store.read
    told = await read(lambda conn: history.told(conn, [issue_id, "f" * 24], then))
    assert [(one.title, one.standing) for one in told.values()] == [("First", True)]
    assert await read(lambda conn: history.told(conn, [issue_id], 1)) == {}
    assert await read(lambda conn: history.existing(conn, {issue_id, gone})) == {issue_id}
