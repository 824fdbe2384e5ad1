"""What endpoints are to be told: written with the events, for those who want them, once."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Row, delete, event, select, update
from tests.clock import HeldClock
from tests.contract.units import appending, in_one_batch, publishing
from tests.model import endpoints as samples

from tocsin.model.delivery import State
from tocsin.model.endpoint import Endpoint, Order, Profile
from tocsin.model.event import Change
from tocsin.store import commit, endpoints
from tocsin.store.enlisting import Due, Place
from tocsin.store.store import Committed, Store, open_store
from tocsin.store.tables import deliveries, endpoint_keys
from tocsin.store.tables import endpoints as table
from tocsin.store.tx import Tx
from tocsin.wire.webhook_id import webhook_id

BASE = "https://status.example.org"


class Failure(Exception):  # noqa: N818
    """What a unit raises to fail."""


@pytest.fixture
async def store(url: str, clock: HeldClock) -> AsyncIterator[Store]:
    """A store that runs, at an address."""
    store = open_store(url, clock, base_url=BASE)
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
def faults() -> Iterator[list[bool]]:
    """Whether the next COMMITs fail, from the last of the list to its first."""
    pending: list[bool] = []

    def listener(conn: Connection) -> None:
        if pending and pending.pop():
            raise Failure

    event.listen(Engine, "commit", listener)
    yield pending
    event.remove(Engine, "commit", listener)


def named(name: str, **fields: Any) -> Endpoint:
    """An endpoint that wants everything."""
    return replace(samples.CLOUDEVENTS, id=name, name=name, **fields)


def adding(*names: str, **fields: Any) -> Callable[[Tx], None]:
    """A unit that makes endpoints."""

    def unit(tx: Tx) -> None:
        for name in names:
            endpoints.add(tx, named(name, **fields))

    return unit


def failing(unit: Callable[[Tx], Any]) -> Callable[[Tx], None]:
    """The unit, which then fails, when what it has done has been enlisted."""

    def run(tx: Tx) -> None:
        unit(tx)
        publishing("lost")(tx)
        tx.flush()
        raise Failure

    return run


async def rows(store: Store, *ids: str) -> list[Row[Any]]:
    """The deliveries, in the order in which they were written, of these endpoints or of all."""
    query = select(deliveries).order_by(deliveries.c.id)
    if ids:
        query = query.where(deliveries.c.endpoint_id.in_(ids))
    return await store.read(lambda conn: list(conn.execute(query)))


async def told(store: Store) -> list[tuple[str, int]]:
    """Which endpoints are to be told of which events."""
    return [(row.endpoint_id, row.sequence) for row in await rows(store)]


async def states(store: Store) -> list[str]:
    return [row.state for row in await rows(store)]


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile, by its first two words; first comes its lock."""
    seen: list[str] = []

    def listener(conn: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(" ".join(statement.split()[:2]))

    event.listen(Engine, "before_cursor_execute", listener)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", listener)


async def test_a_delivery_says_all_that_sending_takes(store: Store, clock: HeldClock) -> None:
    await store.change(adding("a"))
    await store.change(publishing("k"))
    clock.advance(1)
    await store.change(publishing("k"))

    first, second = await rows(store)

    ids = [webhook_id(Profile.CLOUDEVENTS, store.epoch, sequence) for sequence in (1, 2)]
    assert dict(second._mapping) == {
        "id": second.id,
        "endpoint_id": "a",
        "sequence": 2,
        "event_type": "com.example.happened",
        "key": "k",
        "webhook_id": ids[1],
        "ordinal": 2,
        "previous_id": ids[0],
        "superseded": 0,
        "base_url": BASE,
        "state": "waiting",
        "due_ms": clock.now_ms(),
        "tries": 0,
        "worker": None,
        "created_ms": clock.now_ms(),
        "ended_ms": None,
        "reason": None,
    }
    assert (first.ordinal, first.previous_id, first.state) == (1, None, "pending")


async def test_each_profile_calls_an_event_in_its_own_words(store: Store) -> None:
    push = replace(samples.FLASHDUTY, id="f")
    data = b'{"event_type":"i_ack","incident":{"channel_id":0}}'

    def unit(tx: Tx) -> None:
        endpoints.add(tx, push)
        endpoints.add(tx, named("c"))
        tx.append("tocsin.incident.ack", "incident/i", data, key="i")

    await store.change(unit)

    called = {row.endpoint_id: (row.event_type, row.webhook_id) for row in await rows(store)}
    assert called == {
        "f": ("i_ack", webhook_id(Profile.FLASHDUTY, store.epoch, 1)),
        "c": ("tocsin.incident.ack", f"{store.epoch}-1"),
    }


async def test_an_endpoint_gets_nothing_older_than_itself(store: Store) -> None:
    await store.change(adding("a"))

    def unit(tx: Tx) -> None:
        publishing("1")(tx)
        adding("b")(tx)
        publishing("2")(tx)

    await in_one_batch(store, publishing("0"), unit, publishing("3"))

    assert await told(store) == [("a", 1), ("a", 2), ("a", 3), ("b", 3), ("a", 4), ("b", 4)]


async def test_who_is_changed_within_a_batch_gets_each_event_as_it_was_then(store: Store) -> None:
    await store.change(adding("a"))

    def picky(tx: Tx) -> None:
        endpoints.save(tx, named("a", event_types=("com.example.other",)))

    def eager(tx: Tx) -> None:
        endpoints.save(tx, named("a"))

    def gone(tx: Tx) -> None:
        endpoints.remove(tx, "a")

    units = [publishing("1"), picky, publishing("2"), eager, publishing("3"), gone]
    await in_one_batch(store, *units, publishing("4"))
    await store.change(publishing("5"))

    assert await told(store) == [("a", 1), ("a", 3)]


async def test_who_is_disabled_gets_nothing_until_enabled(store: Store) -> None:
    await store.change(adding("a"))
    await store.change(lambda tx: endpoints.save(tx, named("a", enabled=False)))
    await store.change(publishing("1"))
    await store.change(lambda tx: endpoints.save(tx, named("a")))
    await store.change(publishing("2"))

    assert await told(store) == [("a", 2)]


async def test_a_unit_that_fails_leaves_no_delivery_and_no_endpoint(store: Store) -> None:
    await store.change(adding("a"))

    answers = await in_one_batch(
        store,
        publishing("1"),
        failing(publishing("2")),
        failing(adding("b")),
        publishing("3"),
        failing(lambda tx: endpoints.save(tx, named("a", enabled=False))),
        publishing("4"),
    )

    assert [isinstance(one, Committed) for one in answers] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]
    assert await told(store) == [("a", 1), ("a", 2), ("a", 3)]
    assert [row.ordinal for row in await rows(store)] == [1, 1, 1]


async def test_a_change_that_fails_does_not_take_back_the_one_before_it(store: Store) -> None:
    await in_one_batch(store, adding("a"), failing(adding("b")), publishing("1"))
    await store.change(publishing("2"))

    assert await told(store) == [("a", 1), ("a", 2)]


async def test_a_change_that_is_undone_is_forgotten_by_the_units_after_it(
    store: Store, faults: list[bool]
) -> None:
    faults.append(True)
    runs: list[int] = []

    def change_its_mind(tx: Tx) -> None:
        runs.append(1)
        if len(runs) == 2:
            failing(adding("b"))(tx)

    await in_one_batch(store, adding("a"), change_its_mind, publishing("1"))

    assert await told(store) == [("a", 1)]


async def test_the_number_of_a_change_that_was_rolled_back_means_nothing(
    store: Store, faults: list[bool]
) -> None:
    """`ghost` is seen by the batch, which fails twice; `b` comes under the same number."""
    await store.change(adding("a"))
    faults[:] = [True, True]
    answers = await in_one_batch(store, adding("ghost"), publishing("1"))
    assert not any(isinstance(one, Committed) for one in answers)

    await in_one_batch(store, adding("b"), publishing("2"))
    await store.change(publishing("3"))

    assert await told(store) == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


async def test_a_commit_that_fails_once_enlists_once(store: Store, faults: list[bool]) -> None:
    await store.change(adding("a"))
    faults.append(True)

    await in_one_batch(store, publishing("1"), adding("b"), publishing("1"))

    assert await told(store) == [("a", 1), ("a", 2), ("b", 2)]
    assert [row.ordinal for row in await rows(store)] == [1, 2, 1]


async def test_another_node_tells_whom_this_one_has_added(
    store: Store, url: str, clock: HeldClock
) -> None:
    other = open_store(url, clock)
    await other.start()
    await other.change(publishing("1"))
    await store.change(adding("a"))
    await other.change(publishing("2"))
    await store.change(lambda tx: endpoints.remove(tx, "a"))
    await other.change(publishing("3"))
    await other.stop()

    assert await told(store) == [("a", 2)]


async def test_without_endpoints_publishing_costs_nothing_more(store: Store) -> None:
    with statements() as seen:
        await store.change(publishing("1"))

    assert seen[1:] == ["SELECT log.epoch,", "INSERT INTO"]


async def test_endpoints_are_looked_up_once_for_all_that_is_published(store: Store) -> None:
    await store.change(adding("a", event_types=("com.example.other",)))
    await store.change(publishing("1"))

    with statements() as seen:
        await store.change(publishing("1"))

    assert seen[1:] == ["SELECT log.epoch,", "INSERT INTO"]


async def test_what_is_enlisted_costs_no_more_statements_for_more_events(store: Store) -> None:
    await store.change(adding("a", "b"))
    await store.change(adding("c", order=Order.NONE))
    await store.change(publishing("0"))
    with statements() as one:
        await store.change(publishing("1"))
    with statements() as many:
        await store.change(publishing(*(f"k{number}" for number in range(400))))

    assert len(many) == len(one)
    assert len(await rows(store)) == 3 * 402


async def test_a_batch_ends_when_it_has_much_to_tell(store: Store) -> None:
    await store.change(adding("a", "b", "c"))
    batches: list[Sequence[Change]] = []
    store.on_commit = batches.append
    half = publishing(*["k"] * (commit.MAX_ROWS // 8))

    await in_one_batch(store, half, half, half)

    assert [len(batch) for batch in batches] == [2, 1]


async def test_more_keys_than_one_query_takes(store: Store) -> None:
    await store.change(adding("a"))
    keys = [f"k{number}" for number in range(1_200)]
    await store.change(publishing(*keys))
    await store.change(publishing(*keys))

    found = await rows(store)
    assert [row.ordinal for row in found] == [1] * 1_200 + [2] * 1_200
    assert [row.state for row in found] == ["pending"] * 1_200 + ["waiting"] * 1_200


async def test_keys_are_counted_for_each_endpoint_by_itself(store: Store) -> None:
    await store.change(adding("a"))
    await store.change(publishing("k", "l"))
    await store.change(adding("b"))
    await store.change(publishing("k", "l", "k"))

    placed = [(row.endpoint_id, row.key, row.ordinal) for row in await rows(store)]
    assert placed == [
        ("a", "k", 1),
        ("a", "l", 1),
        ("a", "k", 2),
        ("b", "k", 1),
        ("a", "l", 2),
        ("b", "l", 1),
        ("a", "k", 3),
        ("b", "k", 2),
    ]


async def test_in_strict_order_a_key_waits_for_itself_alone(store: Store) -> None:
    await store.change(adding("a"))
    await store.change(publishing("k", "l", "k"))
    await store.change(publishing("k", "m"))

    assert await states(store) == ["pending", "pending", "waiting", "waiting", "pending"]


@pytest.mark.parametrize("state", [State.DELIVERED, State.FAILED, State.CANCELLED])
async def test_nothing_waits_for_what_has_ended(store: Store, state: State) -> None:
    await store.change(adding("a"))
    await store.change(publishing("k"))
    await store.change(lambda tx: tx.conn.execute(update(deliveries).values(state=state)))
    await store.change(publishing("k"))

    assert await states(store) == [state, "pending"]


async def test_without_order_nothing_waits(store: Store) -> None:
    await store.change(adding("a", order=Order.NONE))
    await store.change(publishing("k", "k"))
    await store.change(publishing("k"))

    assert await states(store) == ["pending"] * 3
    assert [row.ordinal for row in await rows(store)] == [1, 2, 3]


async def test_newer_ones_supersede_those_of_their_key_that_were_not_begun(
    store: Store, clock: HeldClock
) -> None:
    await store.change(adding("a", order=Order.SUPERSEDE))
    await store.change(publishing("k", "k", "l"))
    clock.advance(1)
    await store.change(publishing("k"))

    one, two, other, three = await rows(store)
    assert [row.state for row in (one, two, other, three)] == [
        "superseded",
        "superseded",
        "pending",
        "pending",
    ]
    assert (two.superseded, three.superseded, three.previous_id) == (1, 2, two.webhook_id)
    assert two.ended_ms == clock.now_ms()
    assert one.ended_ms == clock.now_ms() - 1_000
    assert three.ended_ms is None


async def test_what_is_being_sent_is_not_superseded(store: Store) -> None:
    await store.change(adding("a", order=Order.SUPERSEDE))
    await store.change(publishing("k"))
    await store.change(lambda tx: tx.conn.execute(update(deliveries).values(state=State.SENDING)))
    await store.change(publishing("k"))
    await store.change(publishing("k"))

    assert await states(store) == ["sending", "superseded", "waiting"]


async def test_endpoints_of_all_orders_get_the_same_events(store: Store) -> None:
    def unit(tx: Tx) -> None:
        for order in Order:
            endpoints.add(tx, named(order, order=order))

    await store.change(unit)
    await store.change(publishing("k", "l", "k"))

    found = {order: [row.state for row in await rows(store, order)] for order in Order}
    assert found == {
        Order.STRICT: ["pending", "pending", "waiting"],
        Order.SUPERSEDE: ["superseded", "pending", "pending"],
        Order.NONE: ["pending", "pending", "pending"],
    }


async def test_what_is_told_again_keeps_its_id_and_its_place(store: Store) -> None:
    await store.change(adding("a"))
    await store.change(publishing("k", "k"))
    await store.change(lambda tx: tx.conn.execute(delete(deliveries)))
    place = Place("before-1", ordinal=1, previous_id=None, superseded=4)

    def again(tx: Tx) -> None:
        tx.enlist([Due(named("a"), 1, "k", "com.example.happened", place)])

    await store.change(again)
    await store.change(publishing("k"))

    old, new = await rows(store)
    assert (old.sequence, old.ordinal, old.previous_id, old.superseded) == (1, 1, None, 4)
    assert old.webhook_id == "before-1"
    assert (new.sequence, new.ordinal, new.previous_id) == (3, 3, f"{store.epoch}-2")


async def test_what_was_never_due_here_comes_after_what_was(store: Store) -> None:
    await store.change(publishing("k"))
    await store.change(adding("a"))

    def again(tx: Tx) -> None:
        publishing("k")(tx)
        tx.enlist([Due(named("a"), 1, "k", "com.example.happened")])

    await store.change(again)

    assert [(row.sequence, row.ordinal) for row in await rows(store)] == [(2, 1), (1, 2)]


async def test_who_sends_is_told_when_there_is_something(store: Store) -> None:
    calls: list[str] = []
    store.on_commit = lambda changes: calls.append("commit")
    store.on_enlisted = lambda: calls.append("enlisted")

    await store.change(publishing("1"))
    assert calls == ["commit"]
    calls.clear()
    await store.change(adding("a", event_types=("com.example.happened",)))
    assert calls == ["enlisted"]
    calls.clear()
    await store.change(appending("b"))
    assert calls == ["commit", "enlisted"]
    calls.clear()
    await store.change(lambda tx: tx.append("com.example.other", "b", b""))
    assert calls == ["commit"]


async def test_who_sends_is_not_told_of_what_was_taken_back(store: Store) -> None:
    await store.change(adding("a"))
    calls: list[str] = []
    store.on_enlisted = lambda: calls.append("enlisted")

    await in_one_batch(store, failing(publishing("1")), failing(adding("b")))

    assert calls == []


KEYS = st.lists(st.sampled_from("klm"), max_size=4)
BATCHES = st.lists(st.lists(st.tuples(KEYS, st.booleans()), max_size=4), max_size=4)


@given(batches=BATCHES)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_places_are_dense_and_lead_back_one_by_one(
    store: Store, batches: Sequence[Sequence[tuple[list[str], bool]]]
) -> None:
    """Whatever fails meanwhile: of each key each event that was committed, once, in order."""

    def begin(tx: Tx) -> None:
        for one in (deliveries, endpoint_keys, table):
            tx.conn.execute(delete(one))
        for order in Order:
            endpoints.add(tx, named(order, order=order))

    await store.change(begin)
    for batch in batches:
        units = [
            failing(publishing(*keys)) if fails else publishing(*keys) for keys, fails in batch
        ]
        await in_one_batch(store, *units)

    expected = [key for batch in batches for keys, fails in batch if not fails for key in keys]
    for order in Order:
        found = await rows(store, order)
        assert [row.key for row in found] == expected
        for key in set(expected):
            mine = [row for row in found if row.key == key]
            assert [row.ordinal for row in mine] == [*range(1, len(mine) + 1)]
            assert [row.previous_id for row in mine] == [None, *(one.webhook_id for one in mine)][
                :-1
            ]
            assert [row.state for row in mine] == _expected(order, len(mine))


def _expected(order: Order, number: int) -> list[State]:
    """How so many of one key stand when nothing has been sent."""
    if not number or order is Order.NONE:
        return [State.PENDING] * number
    if order is Order.STRICT:
        return [State.PENDING] + [State.WAITING] * (number - 1)
    return [State.SUPERSEDED] * (number - 1) + [State.PENDING]
