"""COMMITs that fail: what was acknowledged is in the log once, what was refused is not."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event
from tests.contract.units import EVERYTHING, appending, in_one_batch, whole_log

from tocsin.store import log
from tocsin.store.store import Committed, Store, StoreUnavailable
from tocsin.store.tx import Tx


class Broken(Exception):  # noqa: N818
    """The fault that is put into COMMIT."""


@pytest.fixture
def faults() -> Iterator[list[bool]]:
    """Whether the next COMMITs fail, from the last of the list to its first."""
    pending: list[bool] = []

    def listener(conn: Connection) -> None:
        if pending and pending.pop():
            raise Broken

    event.listen(Engine, "commit", listener)
    yield pending
    event.remove(Engine, "commit", listener)


async def test_a_commit_that_fails_once_is_not_noticed(store: Store, faults: list[bool]) -> None:
    faults.append(True)

    assert await in_one_batch(store, appending("a"), appending("b")) == [
        Committed(1, 1),
        Committed(2, 2),
    ]
    assert faults == []


async def test_a_commit_that_fails_twice_refuses_the_batch(
    store: Store, faults: list[bool]
) -> None:
    faults += [True, True]

    with pytest.raises(StoreUnavailable) as refusal:
        await store.change(appending("a"))

    assert isinstance(refusal.value.__cause__, Broken)
    assert await store.change(appending("b")) == Committed(1, 1)


async def test_a_unit_may_come_out_otherwise_when_it_is_run_again(
    store: Store, faults: list[bool]
) -> None:
    faults.append(True)
    runs: list[int] = []

    def change_its_mind(tx: Tx) -> None:
        runs.append(1)
        tx.append("com.example.x", "lost", b"")
        tx.flush()
        if len(runs) == 2:
            raise Broken

    first, second, third = await in_one_batch(
        store, appending("a"), change_its_mind, appending("b")
    )

    assert isinstance(second, Broken)
    assert (first, third) == (Committed(1, 1), Committed(2, 2))
    assert [event.topic for event in await whole_log(store)] == ["a", "b"]


@given(batches=st.lists(st.integers(1, 4), max_size=5), broken=st.lists(st.booleans(), max_size=8))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_the_log_is_what_was_acknowledged(
    store: Store, faults: list[bool], batches: list[int], broken: list[bool]
) -> None:
    low, told, acknowledged = store.head, list[str](), list[str]()
    store.on_commit = lambda changes: told.extend(one.topic for all_ in changes for one in all_)
    faults[:] = broken

    for number, size in enumerate(batches):
        topics = [f"{number}/{index}" for index in range(size)]
        answers = await in_one_batch(store, *(appending(topic) for topic in topics))
        for topic, answer in zip(topics, answers, strict=True):
            if isinstance(answer, Committed):
                acknowledged.append(topic)
                assert answer.sequence == low + len(acknowledged)
            else:
                assert isinstance(answer, StoreUnavailable)
    faults.clear()

    page = await store.read(lambda conn: log.page(conn, EVERYTHING, low, store.head, 1_000))
    assert [one.topic for one in page.events] == acknowledged == told
    assert store.head == low + len(acknowledged)
