"""What a deliverer does in the database: it takes what is due, and keeps what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pytest
from sqlalchemy import delete
from tests.clock import HeldClock
from tests.model.endpoints import SECRET

from tocsin.app import delivering, endpoints
from tocsin.app.delivering import LOOK_AHEAD, Claimed, Hands, Made, Turn
from tocsin.app.endpoints import NewEndpoint
from tocsin.model.delivery import Delivery, State
from tocsin.model.endpoint import CONCURRENCY, Endpoint, Order, Profile, Reason
from tocsin.model.exchange import Exchange, Fault, Request, Response
from tocsin.model.health import PATIENCE_MS
from tocsin.store import attempts, delivery_log, tables
from tocsin.store.delivery_log import Chosen
from tocsin.store.store import Store
from tocsin.store.tx import Tx

T = TypeVar("T")

TYPE = "com.example.e"

PENDING, WAITING, SENDING = State.PENDING, State.WAITING, State.SENDING
DELIVERED, FAILED, CANCELLED = State.DELIVERED, State.FAILED, State.CANCELLED
SUPERSEDED = State.SUPERSEDED


@dataclass
class Works:
    """A store, and workers who take turns there."""

    store: Store
    clock: HeldClock

    async def do(self, unit: Callable[[Tx], T]) -> T:
        """Run a unit of work."""
        return (await self.store.change(unit)).value

    async def endpoint(self, **fields: Any) -> Endpoint:
        """Make an endpoint that wants what is published here."""
        fields = {"profile": Profile.CLOUDEVENTS, "event_types": (TYPE,), **fields}
        new = NewEndpoint(name="Hook", url="https://hooks.example.org/in", **fields)
        return await self.do(lambda tx: endpoints.create(tx, new, SECRET, owner=1))

    async def publish(self, *keys: str) -> None:
        """Append an event of each key."""
        await self.do(lambda tx: [tx.append(TYPE, "e/x", b"{}", key=key) for key in keys])

    async def turn(
        self,
        *made: Made,
        worker: str = "w",
        held: Sequence[Claimed] = (),
        unbegun: str = "",
        served: Sequence[Claimed] = (),
    ) -> Turn:
        """A worker's turn."""
        names = [one.endpoint.id for one in held]
        hands = Hands(
            worker=worker,
            made=made,
            unbegun=[unbegun] if unbegun else [],
            held={name: names.count(name) for name in names},
            served=list(dict.fromkeys(one.endpoint.id for one in served)),
        )
        return await self.do(partial(delivering.turn, hands=hands))

    async def all(self) -> list[Delivery]:
        """Every delivery, oldest first."""
        listing = partial(delivery_log.listing, chosen=Chosen(), before=None, limit=1_000)
        return (await self.store.read(listing))[::-1]

    async def states(self) -> list[State]:
        """How they stand."""
        return [one.state for one in await self.all()]

    def made(self, claimed: Claimed, status: int = 200, fault: Fault | None = None) -> Made:
        """An attempt that was answered so."""
        response = None if fault else Response(status)
        request = Request(claimed.endpoint.url, {}, b"{}")
        return Made(claimed, Exchange(self.clock.now_ms(), 0, request, response, fault), 0.5)


@pytest.fixture
def works(store: Store, clock: HeldClock) -> Works:
    return Works(store, clock)


async def test_what_is_taken_comes_with_its_endpoint_and_its_event(works: Works) -> None:
    endpoint = await works.endpoint()
    await works.publish("a")
    turn = await works.turn()
    (claimed,) = turn.claimed
    assert claimed.endpoint == endpoint
    assert (claimed.event.type, claimed.event.key) == (TYPE, "a")
    assert claimed.delivery.sequence == claimed.event.sequence
    assert (turn.next_ms, list(turn.halted)) == (None, [])
    assert (await works.turn()).claimed == []


async def test_an_endpoint_gets_no_more_than_there_is_room_for(works: Works) -> None:
    await works.endpoint()
    await works.publish(*(f"{number}" for number in range(LOOK_AHEAD + 5)))
    first = (await works.turn()).claimed
    assert len(first) == LOOK_AHEAD
    assert (await works.turn(held=first)).claimed == []
    assert len((await works.turn(held=first[:-2])).claimed) == 2


async def test_one_that_fails_gets_no_more_than_it_can_be_sent_at_once(works: Works) -> None:
    await works.endpoint()
    await works.publish(*(f"{number}" for number in range(LOOK_AHEAD + 20)))
    first, *rest = (await works.turn()).claimed
    assert (await works.turn(works.made(first, 500), held=rest)).claimed == []
    assert len((await works.turn()).claimed) == CONCURRENCY


async def test_what_came_of_an_attempt_is_kept_with_it(works: Works) -> None:
    await works.endpoint()
    await works.publish("a", "a")
    (claimed,) = (await works.turn()).claimed
    turn = await works.turn(works.made(claimed))
    assert [one.delivery.ordinal for one in turn.claimed] == [2]
    assert await works.states() == [DELIVERED, SENDING]
    listing = partial(attempts.listing, delivery_id=claimed.delivery.id)
    (attempt,) = await works.store.read(listing)
    assert attempt.exchange.response is not None
    assert attempt.exchange.response.status == 200


async def test_what_is_to_be_tried_again_says_when(works: Works, clock: HeldClock) -> None:
    await works.endpoint()
    await works.publish("a")
    (claimed,) = (await works.turn()).claimed
    turn = await works.turn(works.made(claimed, fault=Fault.TIMEOUT))
    (delivery,) = await works.all()
    assert (delivery.state, delivery.tries, delivery.reason) == (PENDING, 1, "timeout")
    assert turn.next_ms == delivery.due_ms == clock.now_ms() + 5_000
    clock.set(delivery.due_ms)
    assert len((await works.turn()).claimed) == 1


async def test_what_another_worker_has_taken_meanwhile_stays_its(
    works: Works, clock: HeldClock
) -> None:
    """The first counts as dead; what it did is kept, and nothing follows from it."""
    await works.endpoint()
    await works.publish("a")
    await works.do(partial(delivering.begin, worker="first"))
    (claimed,) = (await works.turn(worker="first")).claimed
    clock.advance(29)
    await works.do(partial(delivering.beat, worker="second"))
    assert (await works.turn(worker="second")).claimed == []
    clock.advance(1)
    await works.do(partial(delivering.beat, worker="second"))
    (again,) = (await works.turn(worker="second")).claimed
    await works.turn(works.made(claimed), worker="first")
    assert await works.states() == [SENDING]
    await works.turn(works.made(again, 404), worker="second")
    assert await works.states() == [FAILED]
    listing = partial(attempts.listing, delivery_id=again.delivery.id)
    assert len(await works.store.read(listing)) == 2


async def test_who_lives_keeps_what_it_has_taken(works: Works, clock: HeldClock) -> None:
    await works.endpoint()
    await works.publish("a")
    await works.do(partial(delivering.begin, worker="first"))
    await works.turn(worker="first")
    for _ in range(10):
        clock.advance(10)
        await works.do(partial(delivering.beat, worker="first"))
        await works.do(partial(delivering.beat, worker="second"))
    assert (await works.turn(worker="second")).claimed == []


async def test_who_begins_again_finds_what_it_had_taken(works: Works) -> None:
    await works.endpoint()
    await works.publish("a")
    await works.turn()
    await works.do(partial(delivering.begin, worker="w"))
    assert len((await works.turn()).claimed) == 1


async def test_who_ends_leaves_nothing_behind(works: Works) -> None:
    await works.endpoint()
    await works.publish("a", "b")
    first, _ = (await works.turn()).claimed
    hands = Hands(worker="w", made=[works.made(first)])
    await works.do(partial(delivering.end, hands=hands))
    assert await works.states() == [DELIVERED, PENDING]


async def test_what_was_not_begun_can_be_taken_by_others(works: Works) -> None:
    await works.endpoint()
    await works.publish("a")
    (claimed,) = (await works.turn()).claimed
    (again,) = (await works.turn(unbegun=claimed.delivery.id)).claimed
    assert again == claimed


async def test_a_pause_halts_an_endpoint_and_ends_with_one_probe(
    works: Works, clock: HeldClock
) -> None:
    endpoint = await works.endpoint()
    await works.publish(*(f"{number}" for number in range(12)))
    claimed = (await works.turn()).claimed
    failed = [works.made(one, 404) for one in claimed[:10]]
    turn = await works.turn(*failed, held=claimed[10:])
    assert list(turn.halted) == [endpoint.id]
    turn = await works.turn(unbegun=claimed[10].delivery.id, held=claimed[11:])
    assert (turn.claimed, turn.next_ms) == ([], clock.now_ms() + 30_000)
    clock.advance(30)
    await works.publish("later")
    assert (await works.turn(held=claimed[11:])).claimed == []
    assert (await works.turn(works.made(claimed[11], 404))).claimed == []
    clock.advance(60)
    (probe,) = (await works.turn()).claimed
    assert (await works.turn(held=[probe])).claimed == []
    assert len((await works.turn(works.made(probe))).claimed) == 1


async def test_after_a_pause_one_worker_alone_sends_a_probe(works: Works, clock: HeldClock) -> None:
    await works.endpoint()
    await works.publish(*(f"{number}" for number in range(11)))
    *failed, slow = (await works.turn()).claimed
    await works.turn(*(works.made(one, 404) for one in failed), held=[slow])
    await works.publish("a", "b")
    clock.advance(30)
    assert (await works.turn(worker="other")).claimed == []

    await works.turn(works.made(slow, 404))
    clock.advance(60)
    (probe,) = (await works.turn(worker="other")).claimed
    assert (await works.turn()).claimed == []
    await works.turn(works.made(probe), worker="other")
    assert await works.states() == [*[FAILED] * 11, DELIVERED, SENDING]


async def test_a_rate_says_when_the_next_may_be_sent(works: Works, clock: HeldClock) -> None:
    await works.endpoint(rate_per_s=2)
    await works.publish("a", "b", "c")
    turn = await works.turn()
    assert (len(turn.claimed), turn.next_ms) == (1, clock.now_ms() + 500)
    assert (await works.turn()).claimed == []
    clock.advance(0.5)
    assert len((await works.turn()).claimed) == 1


async def test_a_slow_one_that_is_held_to_a_rate_gets_no_more_than_its_places(
    works: Works, clock: HeldClock
) -> None:
    await works.endpoint(rate_per_s=1_000)
    await works.publish(*(f"{number}" for number in range(20)))
    held: list[Claimed] = []
    for _ in range(20):
        held += (await works.turn(held=held)).claimed
        clock.advance(1)
    assert len(held) == CONCURRENCY


async def test_after_five_days_without_a_success_an_endpoint_is_disabled(
    works: Works, clock: HeldClock
) -> None:
    endpoint = await works.endpoint(event_types=(), topics=("e/>",))
    began_ms = clock.now_ms()
    told: list[str] = []
    works.store.on_commit = lambda changes: told.extend(
        event.type for change in changes for event in change if event.type != TYPE
    )
    for share in (0, 25, 50, 90, 100):
        clock.set(began_ms + PATIENCE_MS * share // 100)
        await works.publish("a", "b")
        first, second = (await works.turn()).claimed
        last = await works.turn(works.made(first, 404), held=[second])
        if share < 100:
            await works.turn(works.made(second, 404))
    assert [one.removeprefix("tocsin.") for one in told if "endpoint" in one] == [
        "endpoint.warned",
        "endpoint.warned",
        "endpoint.disabled",
    ]
    assert list(last.halted) == [endpoint.id]
    there = await works.store.read(lambda conn: endpoints.get(conn, endpoint.id))
    assert (there.enabled, there.disabled_reason) == (False, Reason.FAILING)


async def test_410_is_the_end_of_all_that_is_on_its_way(works: Works) -> None:
    endpoint = await works.endpoint()
    await works.publish("a", "b", "c", "c")
    first, second, third = (await works.turn()).claimed
    turn = await works.turn(works.made(first, 410), works.made(second, 410), held=[third])
    assert (list(turn.halted), turn.next_ms) == ([endpoint.id], None)
    assert await works.states() == [FAILED, FAILED, SENDING, CANCELLED]
    await works.turn(works.made(third, 500))
    assert await works.states() == [FAILED, FAILED, CANCELLED, CANCELLED]


async def test_what_is_superseded_while_it_is_sent_is_not_tried_again(works: Works) -> None:
    await works.endpoint(order=Order.SUPERSEDE)
    await works.publish("a")
    (first,) = (await works.turn()).claimed
    await works.publish("a")
    (second,) = (await works.turn(works.made(first, 500))).claimed
    assert await works.states() == [SUPERSEDED, SENDING]
    assert second.delivery.superseded == 1


async def test_one_whose_event_is_gone_holds_up_nobody(works: Works) -> None:
    await works.endpoint()
    await works.publish("a", "b")
    gone = (await works.all())[0].sequence
    lost = tables.events.c.sequence == gone
    await works.do(lambda tx: tx.conn.execute(delete(tables.events).where(lost)))
    (claimed,) = (await works.turn()).claimed
    assert claimed.delivery.key == "b"
    assert await works.states() == [FAILED, SENDING]


async def test_a_turn_that_has_taken_enough_asks_for_another(
    works: Works, clock: HeldClock
) -> None:
    for _ in range(9):
        await works.endpoint()
    await works.publish(*(f"{number}" for number in range(LOOK_AHEAD)))
    turn = await works.turn()
    assert (len(turn.claimed), turn.next_ms) == (8 * LOOK_AHEAD, clock.now_ms())
    turn = await works.turn(held=turn.claimed)
    assert (len(turn.claimed), turn.next_ms) == (LOOK_AHEAD, None)


async def test_those_that_have_much_waiting_do_not_come_before_others_every_time(
    works: Works, clock: HeldClock
) -> None:
    for _ in range(8):
        await works.endpoint()
    await works.publish(*(f"{number}" for number in range(2 * LOOK_AHEAD)))
    clock.advance(1)
    late = await works.endpoint()
    await works.publish("a")
    served = (await works.turn()).claimed
    assert len(served) == 8 * LOOK_AHEAD
    turn = await works.turn(*map(works.made, served), served=served)
    assert turn.claimed[0].endpoint == late
