"""Random units of work, in random batches, against a model that runs them one by one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from tests.contract.units import EVERYTHING, in_one_batch

from tocsin.model.event import Change
from tocsin.store import log
from tocsin.store.store import Committed, Store
from tocsin.store.tables import events, people
from tocsin.store.tx import Tx


class Boom(Exception):  # noqa: N818
    """What a unit raises to fail."""


@dataclass
class Model:
    """What the database should hold: the topics of the events in order, and the persons."""

    topics: list[str] = field(default_factory=list)
    persons: set[int] = field(default_factory=set)


Step = tuple[str, int]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("append"), st.integers(0, 3)),
    st.tuples(st.just("write"), st.integers(1_000, 1_012)),
    st.tuples(st.sampled_from(["count persons", "count events", "flush"]), st.just(0)),
    st.tuples(st.just("fail"), st.just(0)),
)
UNITS = st.lists(st.lists(STEPS, max_size=5), max_size=6)


def unit(steps: list[Step], low: int) -> Callable[[Tx], list[int]]:
    """A unit of work that takes `steps` and returns what it saw of what lies above `low`."""

    def run(tx: Tx) -> list[int]:
        return [_take(tx, kind, number, low) for kind, number in steps]

    return run


def _take(tx: Tx, kind: str, number: int, low: int) -> int:
    match kind:
        case "append":
            return tx.append("com.example.x", f"t/{number}", b"")
        case "write":
            tx.conn.execute(insert(people).values(id=number, name="", created_at=tx.now))
        case "count persons":
            return tx.conn.execute(select(func.count()).select_from(people)).scalar_one()
        case "count events":
            tx.flush()
            above = select(func.count()).select_from(events).where(events.c.sequence > low)
            return tx.conn.execute(above).scalar_one()
        case "flush":
            tx.flush()
        case "fail":
            raise Boom
    return 0


def expected(steps: list[Step], model: Model, low: int) -> list[int] | type[Exception]:
    """What the unit does to the model, or what it raises and then leaves undone."""
    topics, persons, saw = list(model.topics), set(model.persons), []
    for kind, number in steps:
        match kind:
            case "append":
                topics.append(f"t/{number}")
                saw.append(low + len(topics))
            case "write" if number in persons:
                return IntegrityError
            case "write":
                persons.add(number)
                saw.append(0)
            case "count persons":
                saw.append(len(persons))
            case "count events":
                saw.append(len(topics))
            case "flush":
                saw.append(0)
            case "fail":
                return Boom
    model.topics, model.persons = topics, persons
    return saw


@given(batches=st.lists(UNITS, min_size=1, max_size=4))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_units_run_in_batches_do_what_they_would_do_alone(
    store: Store, batches: list[list[list[Step]]]
) -> None:
    low = store.head
    await store.change(lambda tx: tx.conn.execute(people.delete()))
    model, told = Model(), list[Change]()
    store.on_commit = told.extend

    for batch in batches:
        answers = await in_one_batch(store, *(unit(steps, low) for steps in batch))
        for steps, answer in zip(batch, answers, strict=True):
            assert _as_expected(answer, expected(steps, model, low), low + len(model.topics))

    page = await store.read(lambda conn: log.page(conn, EVERYTHING, low, store.head, 1_000))
    assert [event.topic for event in page.events] == model.topics
    assert [event.sequence for event in page.events] == [*range(low + 1, store.head + 1)]
    assert [event for change in told for event in change] == page.events
    assert all(len({event.change for event in change}) == 1 for change in told)
    persons = await store.read(lambda conn: conn.execute(select(people.c.id)).scalars().all())
    assert set(persons) == model.persons


def _as_expected(answer: Any, value: list[int] | type[Exception], sequence: int) -> bool:
    if isinstance(value, list):
        return bool(answer == Committed(value, sequence))
    return isinstance(answer, value)
