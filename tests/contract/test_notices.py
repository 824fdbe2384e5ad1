"""Notices in the log: the newest of a class, and lists of what publishers gave."""

from unittest.mock import patch

import pytest
from sqlalchemy import text
from tests.contract.units import appending, whole_log

from tocsin.app import notices as units
from tocsin.model import notice
from tocsin.model.notice import NewNotice
from tocsin.store import notices
from tocsin.store.notices import Stretch
from tocsin.store.store import Store
from tocsin.store.tx import Tx


@pytest.fixture
async def filled(store: Store) -> Store:
    """Notices of two classes, with events of the server's own between."""

    def unit(tx: Tx) -> None:
        units.publish(tx, NewNotice("x", "1"))
        tx.append("tocsin.issue.created", "issue/1", b"{}")
        units.publish(tx, NewNotice("y", "3"))
        tx.append("tocsin.page.edited", "page/main", b"{}")
        units.publish(tx, NewNotice("x", "5"))
        tx.append("tocsin.component.status", "component/1", b"{}")
        tx.append("com.example.x", "issues/1", b"{}")

    await store.change(unit)
    return store


async def newest(store: Store, class_: str, after: int, until: int, limit: int = 9) -> list[int]:
    stretch = Stretch(after, until)
    found = await store.read(lambda conn: notices.newest(conn, class_, stretch, limit))
    return [event.sequence for event in found]


async def published(
    store: Store, before: int, limit: int = 9, class_: str | None = None
) -> list[int]:
    found = await store.read(lambda conn: notices.published(conn, before, limit, class_))
    return [event.sequence for event in found]


async def test_the_newest_of_a_class_come_first(filled: Store) -> None:
    assert await newest(filled, "x", 0, 7) == [5, 1]
    assert await newest(filled, "x", 0, 7, limit=1) == [5]
    assert await newest(filled, "x", 1, 5) == [5]
    assert await newest(filled, "x", 0, 4) == [1]
    assert await newest(filled, "z", 0, 7) == []


async def test_the_servers_own_classes_are_found_by_the_roots_of_topics(filled: Store) -> None:
    assert await newest(filled, "status", 0, 7) == [6, 4]
    assert await newest(filled, "status", 4, 7) == [6]
    assert await newest(filled, "issues", 0, 7) == [2]
    assert await newest(filled, "operations", 0, 7) == []


async def test_the_servers_own_classes_are_looked_for_in_the_last_events_only(
    filled: Store,
) -> None:
    with patch("tocsin.store.notices.SCAN_LIMIT", 3):
        assert await newest(filled, "status", 0, 7) == [6]
        assert await newest(filled, "issues", 0, 7) == []
        assert await newest(filled, "issues", 0, 4) == [2]


async def test_what_publishers_gave_is_listed_newest_first(filled: Store) -> None:
    assert await published(filled, 99) == [5, 3, 1]
    assert await published(filled, 5) == [3, 1]
    assert await published(filled, 99, limit=2) == [5, 3]
    assert await published(filled, 99, class_="x") == [5, 1]
    assert await published(filled, 2**63 - 1, class_="z") == []


async def test_a_payload_is_kept_as_it_was_made(store: Store) -> None:
    new = NewNotice("x", "m", 7, {"b": 1, "a": [1.5, None, "é"]})
    made = (await store.change(lambda tx: units.publish(tx, new))).value
    event = (await whole_log(store))[0]
    assert (made.sequence, made.id) == (1, notice.read(event.data).id)
    assert bytes(notice.read(event.data).args) == (
        '{"b":1,"a":[1.5,null,"é"],"message":"m","priority":"7 - Critical"}'.encode()
    )


async def test_notices_are_found_by_an_index_of_their_own(store: Store, url: str) -> None:
    """Else a list of them would cost as much as everything that was published since."""
    many = appending(*["order/1"] * 1_000)
    for _ in range(20):
        await store.change(many)
    await store.change(lambda tx: units.publish(tx, NewNotice("x")))
    sqlite = url.startswith("sqlite")
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "

    def plan(tx: Tx) -> str:
        query = notices._PUBLISHED.params(after=0, until=tx.head, limit=50).compile(tx.conn)
        values, order = query.params, query.positiontup
        given = tuple(values[name] for name in order) if order else values
        return str(tx.conn.exec_driver_sql(explain + str(query), given).all())

    if not sqlite:  # which knows nothing of a table before that, and has it done by itself in time
        await store.change(lambda tx: tx.conn.execute(text("ANALYZE events")))
    assert "events_notices" in (await store.change(plan)).value
