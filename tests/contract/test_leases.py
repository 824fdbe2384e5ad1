"""Who may do what only one node at a time may, on every database."""

from functools import partial

from tests.clock import HeldClock

from tocsin.store import bus_positions, leases
from tocsin.store.bus_positions import BusPosition
from tocsin.store.leases import Taken
from tocsin.store.store import Store

take_for_one = partial(leases.take, name="bus", holder="one", lasting_ms=10_000)
take_for_other = partial(leases.take, name="bus", holder="other", lasting_ms=10_000)
prolong_for_one = partial(leases.prolong, name="bus", holder="one", lasting_ms=10_000)


async def test_a_lease_has_one_holder_until_it_has_run_out(store: Store, clock: HeldClock) -> None:
    ends_ms = clock.now_ms() + 10_000
    assert (await store.change(take_for_one)).value == Taken(None)
    assert (await store.change(take_for_other)).value is None
    clock.set(ends_ms)
    assert (await store.change(take_for_other)).value == Taken(ends_ms)
    assert (await store.change(prolong_for_one)).value is False


async def test_its_holder_prolongs_it_even_late_if_nobody_took_it(
    store: Store, clock: HeldClock
) -> None:
    await store.change(take_for_one)
    clock.advance(60)
    assert (await store.change(prolong_for_one)).value is True
    assert (await store.change(take_for_other)).value is None


async def test_its_holder_may_take_it_again(store: Store, clock: HeldClock) -> None:
    await store.change(take_for_one)
    assert (await store.change(take_for_one)).value == Taken(clock.now_ms() + 10_000)


async def test_a_lease_given_back_is_free_at_once_and_keeps_when_it_ended(store: Store) -> None:
    await store.change(take_for_one)
    give_back = partial(leases.release, name="bus", holder="one", ended_ms=5)
    assert (await store.change(give_back)).value is True
    assert (await store.change(give_back)).value is False
    assert (await store.change(take_for_other)).value == Taken(5)


async def test_leases_of_other_names_are_others(store: Store) -> None:
    await store.change(take_for_one)
    other = partial(leases.take, name="another", holder="other", lasting_ms=1)
    assert (await store.change(other)).value == Taken(None)


async def test_taking_leases_writes_no_event(store: Store) -> None:
    head = store.head
    await store.change(take_for_one)
    await store.change(prolong_for_one)
    assert store.head == head


async def test_a_position_on_the_bus_is_that_of_one_stream(store: Store) -> None:
    positions = [BusPosition("then", 7), BusPosition("now", 2)]
    for position in positions:
        await store.change(partial(bus_positions.put, stream="a", position=position))
        assert await store.read(partial(bus_positions.find, stream="a")) == position
    assert await store.read(partial(bus_positions.find, stream="b")) is None
