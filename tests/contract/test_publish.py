"""Publishing: all or nothing, and each named event once."""

from collections.abc import Callable

from tests.clock import HeldClock
from tests.contract.units import in_one_batch, whole_log

from tocsin.model.event import NewEvent
from tocsin.store.publish import REMEMBERED_S, Published, publish
from tocsin.store.retention import forget
from tocsin.store.store import Committed, Store
from tocsin.store.tx import Tx


def publishing(*ids: str | None, publisher: str = "me") -> Callable[[Tx], Published]:
    events = [NewEvent("com.example.x", "deploys", b"{}", id=id_) for id_ in ids]
    return lambda tx: publish(tx, publisher, events)


async def published(store: Store, *ids: str | None, publisher: str = "me") -> Published:
    return (await store.change(publishing(*ids, publisher=publisher))).value


async def test_published_events_stand_in_the_log_as_given(store: Store, clock: HeldClock) -> None:
    full = NewEvent("com.example.x", "a/b", b"[1]", "id", time_ms=7, key="k", source="/ci")
    bare = NewEvent("com.example.y", "c")

    assert (await store.change(lambda tx: publish(tx, "me", [full, bare]))).value == Published(
        1, 2, 2
    )

    first, second = await whole_log(store)
    assert (first.type, first.topic, first.data) == ("com.example.x", "a/b", b"[1]")
    assert (first.time_ms, first.key, first.source) == (7, "k", "/ci")
    assert (second.time_ms, second.key, second.data) == (clock.now_ms(), "c", b"")
    assert first.change == second.change


async def test_a_repeated_id_is_stored_once(store: Store) -> None:
    assert await published(store, "x", None, "y") == Published(1, 3, 3)
    assert await published(store, "x", None, "y") == Published(1, 4, 1)
    assert await published(store, "y") == Published(3, 3, 0)
    assert store.head == 4


async def test_an_id_repeated_in_one_call_is_stored_once(store: Store) -> None:
    assert await published(store, "x", "x", "y") == Published(1, 2, 2)


async def test_an_id_repeated_in_one_batch_is_stored_once(store: Store) -> None:
    answers = await in_one_batch(store, publishing("x"), publishing("x"))

    assert answers == [Committed(Published(1, 1, 1), 1), Committed(Published(1, 1, 0), 1)]


async def test_an_id_is_its_publishers_own(store: Store) -> None:
    assert await published(store, "x", publisher="me") == Published(1, 1, 1)
    assert await published(store, "x", publisher="you") == Published(2, 2, 1)


async def test_an_id_may_come_again_after_a_day(store: Store, clock: HeldClock) -> None:
    await published(store, "x")
    clock.advance(REMEMBERED_S - 1)
    assert await published(store, "x") == Published(1, 1, 0)
    clock.advance(1)
    assert await published(store, "x") == Published(2, 2, 1)
    assert await published(store, "x") == Published(2, 2, 0)


async def test_ids_are_remembered_across_what_is_forgotten(store: Store, clock: HeldClock) -> None:
    await published(store, "old")
    clock.advance(REMEMBERED_S)
    await published(store, "new")

    assert (await store.change(forget)).value == 1
    assert await published(store, "new") == Published(2, 2, 0)


async def test_a_thousand_named_events_are_one_call(store: Store) -> None:
    ids = [str(number) for number in range(1_000)]

    assert await published(store, *ids) == Published(1, 1_000, 1_000)
    assert await published(store, *ids) == Published(1, 1_000, 0)
