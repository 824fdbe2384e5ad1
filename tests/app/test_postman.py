"""The postman carries what is due, as much at once as can be, each thing once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import pytest
from tests.domain import Domain
from tests.subscribed import DELIVERED, FAILED, REFUSED, Readers, kinds

from tocsin.app.outbox import LEASE_MS, Parcel, settle
from tocsin.app.postman import Postman
from tocsin.model.subscriber import Medium
from tocsin.model.trying import Result, Schedule, Tried
from tocsin.store import outbox
from tocsin.store.store import StoreUnavailable
from tocsin.store.tx import Tx


class Carrier:
    """Notes what it is given, and answers when the test says so."""

    medium = Medium.EMAIL
    schedule: Schedule = (10, 100)

    def __init__(self, at_once: int = 2) -> None:
        self.at_once = at_once
        self.carrying: dict[str, asyncio.Future[Tried]] = {}
        self.carried: list[tuple[str, list[str]]] = []
        self.rests = 0
        self.closed = False
        self._changed = asyncio.Event()

    async def carry(self, parcel: Parcel) -> Tried:
        target = parcel.to.target
        self.carried.append((target, kinds(parcel)))
        self.carrying[target] = asyncio.get_running_loop().create_future()
        self._changed.set()
        try:
            return await self.carrying[target]
        finally:
            del self.carrying[target]

    async def rest(self) -> None:
        self.rests += 1
        self._changed.set()

    async def close(self) -> None:
        self.closed = True

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def arrive(self, target: str, tried: Tried = DELIVERED) -> None:
        await self.until(lambda: target in self.carrying)
        self.carrying[target].set_result(tried)


class Prompt(Carrier):
    """Delivers at once."""

    async def carry(self, parcel: Parcel) -> Tried:
        self.carried.append((parcel.to.target, kinds(parcel)))
        self._changed.set()
        return DELIVERED


@asynccontextmanager
async def working(there: Domain, *carriers: Carrier) -> AsyncIterator[Postman]:
    """A postman at work, who hears of every change."""
    postman = Postman(there.store, there.clock, carriers, 300_000, Random(1))
    committed = there.store.on_commit

    def on_commit(changes: Any) -> None:
        committed(changes)
        for change in changes:
            postman.on_change(change)

    there.store.on_commit = on_commit
    task = asyncio.create_task(postman.run())
    try:
        yield postman
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def emptied(there: Domain) -> None:
    async with asyncio.timeout(20):
        while await there.store.read(outbox.waiting):
            await asyncio.sleep(0.001)


@pytest.fixture
def readers(there: Domain) -> Readers:
    return Readers(there)


async def many(readers: Readers, number: int) -> list[str]:
    everybody = [f"reader{each}@example.org" for each in range(number)]
    for target in everybody:
        await readers.subscribe(target)
    return everybody


async def test_what_happens_is_carried_by_itself(there: Domain, readers: Readers) -> None:
    everybody = await many(readers, 7)
    carrier = Prompt()
    async with working(there, carrier) as postman:
        await there.issue(await there.component())
        await carrier.until(lambda: len(carrier.carried) == 7)
        await emptied(there)
    assert sorted(carrier.carried) == [(target, ["created"]) for target in everybody]
    assert postman.settled == {(Medium.EMAIL, Result.DELIVERED): 7}
    assert postman.media == {Medium.EMAIL}


async def test_no_more_is_carried_at_once_than_the_carrier_can(
    there: Domain, readers: Readers
) -> None:
    everybody = await many(readers, 3)
    carrier = Carrier(at_once=2)
    async with working(there, carrier):
        await there.issue(await there.component())
        await carrier.until(lambda: len(carrier.carrying) == 2)
        assert set(carrier.carrying) == set(everybody[:2])
        await carrier.arrive(everybody[0])
        await carrier.arrive(everybody[2])
        await carrier.arrive(everybody[1])
        await emptied(there)


async def test_one_that_failed_is_tried_again_when_its_time_comes(
    there: Domain, readers: Readers
) -> None:
    (target,) = await many(readers, 1)
    carrier = Carrier()
    async with working(there, carrier) as postman:
        await there.issue(await there.component())
        await carrier.arrive(target, FAILED)
        (due_ms,) = await waits(there)
        await there.clock.awaited(due_ms)
        assert there.clock.now_ms() + 8_000 <= due_ms <= there.clock.now_ms() + 12_000
        there.clock.set(due_ms)
        await carrier.arrive(target, REFUSED)
        await emptied(there)
    assert postman.settled == {
        (Medium.EMAIL, Result.FAILED): 1,
        (Medium.EMAIL, Result.REFUSED): 1,
    }


async def waits(there: Domain) -> list[int]:
    """When what waits is due, once something is and its failure has been kept."""
    async with asyncio.timeout(20):
        while True:
            due_ms = await there.store.read(lambda conn: outbox.next_due_ms(conn, Medium.EMAIL))
            if due_ms is not None and due_ms < there.clock.now_ms() + LEASE_MS:
                return [due_ms]
            await asyncio.sleep(0.001)


async def test_a_mail_that_rests_is_sent_when_its_rest_is_over(
    there: Domain, readers: Readers
) -> None:
    (target,) = await many(readers, 1)
    carrier = Prompt()
    async with working(there, carrier):
        issue = await there.issue(await there.component())
        await carrier.until(lambda: len(carrier.carried) == 1)
        await there.update(issue)
        await there.update(issue, "resolved")
        await there.clock.awaited(there.clock.now_ms() + 300_000)
        there.clock.advance(300)
        await carrier.until(lambda: len(carrier.carried) == 2)
    assert carrier.carried[1] == (target, ["updated", "resolved"])


async def test_what_waited_through_a_restart_is_carried_then_and_only_once(
    there: Domain, readers: Readers
) -> None:
    everybody = await many(readers, 4)
    await there.issue(await there.component())
    first = Prompt()
    async with working(there, first):
        await first.until(lambda: len(first.carried) == 4)
        await emptied(there)
    second = Prompt()
    async with working(there, second):
        await second.until(lambda: second.rests > 0)
    assert len(first.carried) == len(everybody)
    assert second.carried == []


async def test_what_is_under_way_when_the_service_stops_has_a_moment_to_arrive(
    there: Domain, readers: Readers
) -> None:
    (target,) = await many(readers, 1)
    carrier = Carrier()
    async with working(there, carrier):
        await there.issue(await there.component())
        await carrier.until(lambda: target in carrier.carrying)
        asyncio.get_running_loop().call_soon(
            asyncio.get_running_loop().call_soon, carrier.carrying[target].set_result, DELIVERED
        )
    assert carrier.closed
    assert await there.store.read(outbox.waiting) == {}


async def test_what_does_not_arrive_by_then_is_kept(
    there: Domain, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.app.rounds._GRACE_S", 0)
    (target,) = await many(readers, 1)
    carrier = Carrier()
    async with working(there, carrier):
        await there.issue(await there.component())
        await carrier.until(lambda: target in carrier.carrying)
    assert await there.store.read(outbox.waiting) == {Medium.EMAIL: 1}


async def test_it_ends_although_a_carrier_keeps_the_cancellation_to_itself(
    there: Domain, readers: Readers
) -> None:
    class Absorbing(Prompt):
        async def rest(self) -> None:
            await super().rest()
            with suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()

    carrier = Absorbing()
    async with asyncio.timeout(20), working(there, carrier):
        await carrier.until(lambda: carrier.rests > 0)
    assert carrier.closed


async def test_what_takes_longer_than_its_lease_is_not_carried_twice(
    there: Domain, readers: Readers
) -> None:
    (target,) = await many(readers, 1)
    carrier = Carrier()
    async with working(there, carrier) as postman:
        await there.issue(await there.component())
        await carrier.until(lambda: target in carrier.carrying)
        there.clock.advance(LEASE_MS / 1_000 + 1)
        await readers.ask("another@example.org")
        postman.wake()
        await carrier.arrive("another@example.org")
        await carrier.arrive(target)
        await emptied(there)
    assert carrier.carried == [(target, ["created"]), ("another@example.org", [])]


async def test_a_fault_in_one_message_is_a_failed_try_and_the_rest_go_on(
    there: Domain, readers: Readers
) -> None:
    everybody = await many(readers, 3)

    class Faulty(Prompt):
        async def carry(self, parcel: Parcel) -> Tried:
            if parcel.to.target == everybody[1]:
                raise ZeroDivisionError
            return await super().carry(parcel)

    carrier = Faulty(at_once=1)
    async with working(there, carrier) as postman:
        await there.issue(await there.component())
        await carrier.until(lambda: len(carrier.carried) == 2)
        await waits(there)
        assert postman.settled[Medium.EMAIL, Result.FAILED] == 1


@pytest.mark.parametrize(
    "fault", [(StoreUnavailable("away"), 1_000), (ZeroDivisionError(), 60_000)], ids=repr
)
@pytest.mark.parametrize("broken", ["bulletins.spread", "claim"])
async def test_a_fault_of_the_store_or_ours_puts_off_and_loses_nothing(
    there: Domain,
    readers: Readers,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    fault: tuple[Exception, int],
) -> None:
    failure, wait_ms = fault

    def fail(*_: object, **__: object) -> None:
        raise failure

    await many(readers, 1)
    await there.issue(await there.component())
    carrier = Prompt()
    with monkeypatch.context() as patched:
        patched.setattr(f"tocsin.app.postman.{broken}", fail)
        async with working(there, carrier):
            await there.clock.awaited(there.clock.now_ms() + wait_ms)
            patched.undo()
            there.clock.advance(wait_ms / 1_000)
            await carrier.until(lambda: len(carrier.carried) == 1)


@pytest.mark.parametrize("fault", [StoreUnavailable("away"), ZeroDivisionError()])
async def test_a_result_that_cannot_be_kept_is_not_sent_again_meanwhile(
    there: Domain, readers: Readers, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    faults = [fault]

    def fail_once(tx: Tx, **settled: Any) -> Tried:
        if faults:
            raise faults.pop()
        return settle(tx, **settled)

    monkeypatch.setattr("tocsin.app.postman.settle", fail_once)
    await many(readers, 1)
    await there.issue(await there.component())
    carrier = Prompt()
    async with working(there, carrier) as postman:
        await carrier.until(lambda: len(carrier.carried) == 1)
        if isinstance(fault, StoreUnavailable):
            await there.clock.awaited(there.clock.now_ms() + 1_000)
            postman.wake()
            there.clock.advance(1)
            await emptied(there)
        else:
            await there.clock.awaited(there.clock.now_ms() + LEASE_MS)
    assert len(carrier.carried) == 1
