"""Snapshots of the board in the database, and the events that lead on from them."""

from sqlalchemy import text
from tests.contract.units import appending

from tocsin.store import retention, snapshots
from tocsin.store.snapshots import Snapshot
from tocsin.store.store import Store
from tocsin.store.tx import Tx


async def keep(store: Store, *sequences: int) -> None:
    def unit(tx: Tx) -> None:
        for sequence in sequences:
            snapshots.add(tx.conn, Snapshot(sequence, sequence * 1_000, b"%d" % sequence))

    await store.change(unit)


async def found(store: Store, until: int) -> Snapshot | None:
    return await store.read(lambda conn: snapshots.find(conn, until))


async def test_the_newest_that_is_not_too_new_is_found(store: Store) -> None:
    await store.change(appending(*"abcdef"))
    await keep(store, 2, 4)
    assert await found(store, 1) is None
    assert await found(store, 3) == Snapshot(2, 2_000, b"2")
    assert await found(store, 4) == await found(store, 6) == Snapshot(4, 4_000, b"4")


async def test_one_of_the_same_event_stays_as_it_is(store: Store) -> None:
    await store.change(appending("a"))
    await keep(store, 1)
    await store.change(lambda tx: snapshots.add(tx.conn, Snapshot(1, 9, b"other")))
    assert await found(store, 1) == Snapshot(1, 1_000, b"1")


async def test_one_from_which_the_log_does_not_lead_on_goes(store: Store) -> None:
    await store.change(appending(*"abcdef"))
    await keep(store, 2, 3, 5)
    await store.change(lambda tx: retention.trim(tx, 3))
    assert await found(store, 4) == Snapshot(3, 3_000, b"3")
    count = text("SELECT count(*) FROM snapshots")
    assert await store.read(lambda conn: conn.execute(count).scalar()) == 2
    await store.change(lambda tx: retention.trim(tx, 4))
    assert await found(store, 4) is None


async def test_events_of_other_topics_are_passed_over(store: Store) -> None:
    topics = ("page/x", "pages", "order/1", "issue/1", "issues/1", "component/1", "components")
    await store.change(appending(*topics, *topics))

    async def told(after: int, until: int, limit: int = 99) -> list[tuple[int, str]]:
        events = await store.read(lambda conn: snapshots.told(conn, after, until, limit))
        return [(event.sequence, event.topic) for event in events]

    assert await told(0, 7) == [(1, "page/x"), (4, "issue/1"), (6, "component/1")]
    assert await told(1, 11) == [(4, "issue/1"), (6, "component/1"), (8, "page/x"), (11, "issue/1")]
    assert await told(1, 14, 1) == [(4, "issue/1")]
    assert await store.read(snapshots.told_since_newest) == 6
    await keep(store, 8)
    assert await store.read(snapshots.told_since_newest) == 2


async def test_they_are_passed_over_by_an_index(store: Store, url: str) -> None:
    """Else a moment of the past would cost as much as everything that was published since."""
    many = appending(*["order/1"] * 1_000)
    for _ in range(20):
        await store.change(many)
    await store.change(appending("page/x"))
    sqlite = url.startswith("sqlite")
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "

    def plan(tx: Tx) -> str:
        asked = snapshots._TOLD.params(after=0, until=tx.head, limit=500).compile(tx.conn)
        values = asked.params
        order = asked.positiontup
        given = tuple(values[name] for name in order) if order else values
        return str(tx.conn.exec_driver_sql(explain + str(asked), given).all())

    if not sqlite:  # which knows nothing of a table before that, and has it done by itself in time
        await store.change(lambda tx: tx.conn.execute(text("ANALYZE events")))
    assert "events_told" in (await store.change(plan)).value
