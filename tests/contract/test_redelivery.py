"""Sending again what was sent, or should have been, on each database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.clock import HeldClock
from tests.model.endpoints import CLOUDEVENTS

from tocsin.app import redelivery
from tocsin.app.redelivery import Asked, Replayed
from tocsin.model.delivery import Delivery, State
from tocsin.model.endpoint import Endpoint, Kind, Order
from tocsin.model.errors import Code, Refused
from tocsin.model.position import Position
from tocsin.model.resume import Moment
from tocsin.store import deliveries, delivery_log, endpoints, log, retention
from tocsin.store.deliveries import Settled
from tocsin.store.delivery_log import Chosen
from tocsin.store.store import Store
from tocsin.store.tx import Tx

ID = CLOUDEVENTS.id
ALL = Chosen()


@dataclass
class Hook:
    """A store with an endpoint, and its receiver."""

    store: Store
    clock: HeldClock

    async def do(self, unit: Callable[[Tx], Any]) -> Any:
        """Run a unit of work."""
        return (await self.store.change(unit)).value

    async def happen(self, *keys: str, topic: str = "a/b") -> None:
        """Something happens to each of these."""

        def unit(tx: Tx) -> None:
            for key in keys:
                tx.append("com.example.happened", topic, b"{}", key=key)

        await self.do(unit)

    async def attempt(self, state: State = State.DELIVERED) -> list[int]:
        """Everything that is due is tried, and ends so; returns of which events, in that order."""

        def unit(tx: Tx) -> list[int]:
            taken = deliveries.claim(tx.conn, ID, "w", tx.now_ms, 99)
            ended = [Settled(one.id, one.tries + 1, state, 0, tx.now_ms) for one in taken]
            deliveries.settle(tx.conn, "w", ended, tx.now_ms)
            return [one.sequence for one in taken]

        told: list[int] = []
        while tried := await self.do(unit):
            told += tried
        return told

    async def listed(self) -> list[Delivery]:
        """All deliveries, oldest first."""
        found = await self.store.read(lambda conn: delivery_log.listing(conn, ALL, None, 9_999))
        return found[::-1]

    async def retry(self, one: Delivery) -> Delivery:
        """Send it again."""
        made: Delivery = await self.do(lambda tx: redelivery.retry(tx, one.id))
        return made

    async def replay(self, **asked: Any) -> Replayed:
        """Tell a part of the log again."""
        done: Replayed = await self.do(lambda tx: redelivery.replay(tx, ID, Asked(**asked)))
        return done

    async def edit(self, **changes: Any) -> None:
        """Change the endpoint."""
        changed = replace(CLOUDEVENTS, **changes)
        await self.do(lambda tx: endpoints.save(tx, changed))

    def at(self, sequence: int) -> Position:
        """A position in the log."""
        return Position(self.store.epoch, sequence)


@pytest.fixture
async def hook(store: Store, clock: HeldClock) -> Hook:
    """An endpoint that wants everything of the topic `a/b`."""
    there = Hook(store, clock)
    await there.do(lambda tx: endpoints.add(tx, listening()))
    return there


def listening(**fields: Any) -> Endpoint:
    return replace(CLOUDEVENTS, topics=("a/*",), **fields)


async def refused(work: Any) -> Code:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code


async def test_a_delivery_is_repeated_under_its_id_and_in_its_place(hook: Hook) -> None:
    await hook.happen("k", "k", "k")
    await hook.attempt(State.FAILED)
    hook.clock.advance(60)
    old = (await hook.listed())[1]
    new = await hook.retry(old)
    assert new.id != old.id
    assert new == replace(
        old,
        id=new.id,
        state=State.PENDING,
        tries=0,
        due_ms=hook.clock.now_ms(),
        created_ms=hook.clock.now_ms(),
        ended_ms=None,
        reason=None,
    )
    assert await hook.attempt() == [2]
    assert [one.state for one in await hook.listed()] == [*["failed"] * 3, "delivered"]
    assert (new.ordinal, new.previous_id) == (2, (await hook.listed())[0].webhook_id)


async def test_what_was_delivered_can_be_repeated_too(hook: Hook) -> None:
    await hook.happen("k")
    await hook.attempt()
    (old,) = await hook.listed()
    await hook.retry(old)
    assert await hook.attempt() == [1]


async def test_a_repetition_waits_behind_what_is_on_its_way(hook: Hook) -> None:
    await hook.happen("k")
    await hook.attempt()
    (old,) = await hook.listed()
    await hook.happen("k")
    assert (await hook.retry(old)).state is State.WAITING
    assert await hook.attempt() == [2, 1]


async def test_nothing_is_sent_twice_at_the_same_time(hook: Hook) -> None:
    await hook.happen("k", "k")
    first, second = await hook.listed()
    assert await refused(hook.retry(first)) is Code.CONFLICT
    assert await refused(hook.retry(second)) is Code.CONFLICT
    await hook.attempt(State.FAILED)
    await hook.retry(first)
    assert await refused(hook.retry(first)) is Code.CONFLICT


async def test_what_is_gone_cannot_be_repeated(hook: Hook) -> None:
    await hook.happen("k", "k")
    await hook.attempt()
    first, second = await hook.listed()
    assert await refused(hook.retry(replace(first, id="0" * 24))) is Code.NOT_FOUND
    await hook.do(lambda tx: retention.trim(tx, 1))
    assert await refused(hook.retry(first)) is Code.NOT_FOUND
    await hook.edit(enabled=False)
    assert await refused(hook.retry(second)) is Code.CONFLICT
    assert await refused(hook.replay()) is Code.CONFLICT
    await hook.edit(kind=Kind.ACTION)
    assert await refused(hook.retry(second)) is Code.CONFLICT
    await hook.do(lambda tx: endpoints.remove(tx, ID))
    assert await refused(hook.retry(second)) is Code.NOT_FOUND
    assert await refused(hook.replay()) is Code.NOT_FOUND


async def test_a_repetition_does_not_ask_what_the_endpoint_wants_by_now(hook: Hook) -> None:
    await hook.happen("k")
    await hook.attempt(State.FAILED)
    await hook.edit(topics=("other",), event_types=("com.example.other",))
    (old,) = await hook.listed()
    assert (await hook.retry(old)).event_type == old.event_type


async def test_a_part_of_the_log_is_told_again_in_its_order(hook: Hook) -> None:
    await hook.happen("k", "l", "k", "l", "k")
    await hook.attempt()
    old = await hook.listed()
    assert await hook.replay(since=hook.at(1), until=hook.at(4)) == Replayed(3, None)
    new = (await hook.listed())[5:]
    place = [(one.sequence, one.ordinal, one.previous_id, one.webhook_id) for one in new]
    assert place == [
        (one.sequence, one.ordinal, one.previous_id, one.webhook_id) for one in old[1:4]
    ]
    assert await hook.attempt() == [2, 3, 4]


async def test_what_happened_before_the_endpoint_or_its_wish_can_be_told(hook: Hook) -> None:
    await hook.happen("k", "k", topic="b")
    await hook.happen("k")
    await hook.edit(topics=())
    assert await hook.replay(until=hook.at(2)) == Replayed(2, None)
    assert [one.ordinal for one in await hook.listed()] == [1, 2, 3]
    assert await hook.attempt() == [3, 1, 2]


async def test_only_what_the_endpoint_wants_is_told_again(hook: Hook) -> None:
    await hook.happen("k")
    await hook.happen("k", topic="b")
    await hook.happen("k")
    await hook.attempt()
    assert await hook.replay() == Replayed(2, None)
    assert await hook.attempt() == [1, 3]


async def test_a_part_of_the_log_can_be_named_by_time(hook: Hook) -> None:
    start_ms = hook.clock.now_ms()
    for _ in range(4):
        await hook.happen("k")
        hook.clock.advance(1)
    await hook.attempt()
    bounds = {"since": Moment(start_ms + 1_000), "until": Moment(start_ms + 3_000)}
    assert await hook.replay(**bounds) == Replayed(2, None)
    assert await hook.attempt() == [2, 3]


async def test_what_is_on_its_way_is_not_told_twice(hook: Hook) -> None:
    await hook.happen("k", "k")
    assert await hook.replay() == Replayed(0, None)
    await hook.attempt()
    assert await hook.replay(until=hook.at(1)) == Replayed(1, None)
    assert await hook.replay() == Replayed(1, None)
    assert await hook.replay() == Replayed(0, None)


async def test_only_what_did_not_arrive_can_be_told_again(hook: Hook) -> None:
    await hook.happen("a")
    await hook.attempt()
    await hook.happen("b")
    await hook.attempt(State.FAILED)
    await hook.happen("c")
    await hook.do(lambda tx: deliveries.cancel(tx.conn, ID, "by_hand", tx.now_ms))
    await hook.happen("d")
    await hook.attempt(State.FAILED)
    await hook.retry((await hook.listed())[-1])
    await hook.attempt()
    await hook.happen("e", topic="b")
    assert await hook.replay(only_failed=True) == Replayed(2, None)
    assert await hook.replay(only_failed=True) == Replayed(0, None)
    assert await hook.attempt() == [2, 3]
    assert await hook.replay(only_failed=True) == Replayed(0, None)


async def test_where_newer_ones_supersede_the_newest_of_those_told_again_is_sent(
    hook: Hook,
) -> None:
    await hook.edit(order=Order.SUPERSEDE)
    await hook.happen("k", "l", "k")
    await hook.attempt()
    assert await hook.replay() == Replayed(3, None)
    assert await hook.attempt() == [2, 3]


async def test_a_replay_goes_on_where_it_ended(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redelivery, "LIMIT", 3)
    monkeypatch.setattr(redelivery, "_PART_EVENTS", 2)
    await hook.happen(*"abcdefg")
    await hook.attempt()
    assert await hook.replay(until=hook.at(6)) == Replayed(3, hook.at(3))
    assert await hook.replay(since=hook.at(3), until=hook.at(6)) == Replayed(3, None)
    assert await hook.attempt() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("bound", "value"), [("_SCAN_EVENTS", 2), ("_SCAN_BYTES", 4), ("SCAN_LIMIT", 4)]
)
async def test_a_replay_looks_at_a_bounded_part_of_the_log(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(log if bound == "SCAN_LIMIT" else redelivery, bound, value)
    monkeypatch.setattr(redelivery, "_PART_EVENTS", 2)
    for _ in range(2):
        await hook.happen("k", topic="b")
        await hook.happen("k")
    await hook.happen("k", "k")
    await hook.attempt()
    done = await hook.replay()
    assert done == Replayed(2, hook.at(4))
    assert await hook.replay(since=done.next) == Replayed(2, None)


async def test_a_replay_begins_with_what_is_left_of_the_log(hook: Hook) -> None:
    await hook.happen("k", "k", "k")
    await hook.attempt()
    await hook.do(lambda tx: retention.trim(tx, 2))
    assert await hook.replay() == Replayed(1, None)
    assert await hook.replay(since=hook.at(1)) == Replayed(0, None)
    assert await hook.replay(since=hook.at(99), until=hook.at(99)) == Replayed(0, None)


async def test_a_replay_includes_what_is_committed_with_it(hook: Hook) -> None:
    def unit(tx: Tx) -> Replayed:
        tx.append("com.example.happened", "a/b", b"{}")
        return redelivery.replay(tx, ID, Asked())

    assert await hook.do(unit) == Replayed(0, None)
    assert await hook.attempt() == [1]


@pytest.mark.parametrize("bound", ["since", "until"])
async def test_a_position_of_another_log_is_refused(hook: Hook, bound: str) -> None:
    with pytest.raises(Refused) as caught:
        await hook.replay(**{bound: Position("other", 1)})
    assert (caught.value.code, caught.value.errors[0].path) == (Code.INVALID, bound)
