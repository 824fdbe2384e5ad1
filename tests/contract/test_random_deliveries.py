"""Random courses of deliveries: what holds of the queue whatever happens, on each database."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from tests.clock import HeldClock
from tests.model.endpoints import CLOUDEVENTS

from tocsin.app import endpoints as app
from tocsin.app import redelivery
from tocsin.app.endpoints import EndpointChanges
from tocsin.app.redelivery import Asked
from tocsin.model.delivery import UNFINISHED, Delivery, State
from tocsin.model.endpoint import Order, Reason
from tocsin.store import deliveries, delivery_counts, endpoints
from tocsin.store.deliveries import Settled
from tocsin.store.store import Store
from tocsin.store.tables import deliveries as table
from tocsin.store.tables import endpoints as endpoint_table
from tocsin.store.tx import Tx

ID = CLOUDEVENTS.id
WORKERS = st.sampled_from(["v", "w"])
STATES = st.sampled_from([State.DELIVERED, State.FAILED, State.PENDING])
STEPS = st.one_of(
    st.tuples(st.just("happen"), st.lists(st.sampled_from("ab"), min_size=1, max_size=4)),
    st.tuples(st.just("claim"), WORKERS),
    st.tuples(st.just("settle"), st.tuples(WORKERS, STATES)),
    st.tuples(st.sampled_from(["give back", "free"]), WORKERS),
    st.tuples(st.just("order"), st.sampled_from(Order)),
    st.tuples(st.sampled_from(["replay", "disable"]), st.none()),
)


def step(tx: Tx, kind: str, given: Any) -> None:
    """One thing that happens. Workers know what they have taken, and nothing else."""
    conn, endpoint = tx.conn, app.get(tx.conn, ID)
    match kind:
        case "happen":
            for key in given:
                tx.append("com.example.happened", "a", b"{}", key=key)
        case "claim":
            deliveries.claim(conn, ID, given, tx.now_ms, 2)
        case "settle":
            worker, state = given
            ended_ms = None if state is State.PENDING else tx.now_ms
            results = [
                Settled(one.id, one.tries + 1, state, tx.now_ms, ended_ms)
                for one in taken(tx, worker)
            ]
            deliveries.settle(conn, worker, results, tx.now_ms)
        case "give back":
            deliveries.give_back(conn, [one.id for one in taken(tx, given)], given, tx.now_ms)
        case "free":
            deliveries.free(conn, given, tx.now_ms)
        case "order":
            app.edit(tx, endpoint, EndpointChanges(order=given))
        case "replay":
            redelivery.replay(tx, ID, Asked())
        case "disable":
            app.enable(tx, app.disable(tx, endpoint, Reason.BY_HAND))


def taken(tx: Tx, worker: str) -> list[Delivery]:
    rows = tx.conn.execute(select(table).where(table.c.worker == worker))
    return [deliveries.delivery(row) for row in rows]


def check(tx: Tx, order: Order, *, always: bool) -> None:
    """What holds after every step; `always`: it had this order from its beginning."""
    tx.flush()
    rows = tx.conn.execute(select(table).order_by(table.c.sequence, table.c.id)).all()
    for row in rows:
        assert (row.ended_ms is None) == (row.state in UNFINISHED)
        assert (row.worker is None) == (row.state != State.SENDING)
    ended = Counter(State(row.state) for row in rows if row.ended_ms is not None)
    assert delivery_counts.of(tx.conn, [ID])[ID] == ended
    for key in "ab":
        _check_line([State(row.state) for row in rows if row.key == key], order, always)


def _check_line(states: list[State], order: Order, always: bool) -> None:
    waiting, ready = states.count(State.WAITING), states.count(State.PENDING)
    sending = states.count(State.SENDING)
    if order is Order.NONE:
        assert not waiting
    elif waiting:
        assert ready + sending, "nothing lets those go that wait"
    if always and order is not Order.NONE:
        assert ready + sending <= 1
    if order is Order.SUPERSEDE:
        assert ready + waiting <= 1


@given(st.lists(STEPS, min_size=8, max_size=30), st.sampled_from(Order))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_whatever_happens(
    store: Store, clock: HeldClock, steps: list[tuple[str, Any]], order: Order
) -> None:
    def run(unit: Callable[[Tx], None]) -> Any:
        return store.change(unit)

    def begin(tx: Tx) -> None:
        tx.conn.execute(delete(endpoint_table))
        endpoints.add(tx, replace(CLOUDEVENTS, order=order, created_at=tx.now))

    await run(begin)
    always = True
    for kind, value in steps:
        if kind == "order":
            always, order = always and value is order, value
        await run(lambda tx: step(tx, kind, value))  # noqa: B023
        await run(lambda tx: check(tx, order, always=always))  # noqa: B023
