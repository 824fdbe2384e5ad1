"""Operations and their runs on each database."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from sys import maxsize
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from tests.clock import HeldClock
from tests.contract.units import EVERYTHING, in_one_batch, whole_log
from tests.domain import domain

from tocsin.app import operations
from tocsin.app.operations import Applied
from tocsin.model.errors import Refused
from tocsin.model.event import Event
from tocsin.model.operation import End, Instruction, Open, Operation, Outcome, Run, State, Tell
from tocsin.model.operation_data import read_message, read_run
from tocsin.store import log
from tocsin.store import operations as rows
from tocsin.store.store import Store
from tocsin.store.tables import operations as table

SUCCESS, ERROR, ABANDONED = Outcome.SUCCESS, Outcome.ERROR, Outcome.ABANDONED
ONE, TWO, THREE = (b'{"body":"%d","level":""}' % number for number in (1, 2, 3))


async def apply(store: Store, *instructions: Instruction, awaited: Sequence[str] = ()) -> Applied:
    unit = partial(operations.apply, instructions=instructions, awaited=awaited)
    return (await store.change(unit)).value


async def shown(store: Store, operation_id: str) -> list[Run]:
    return (await store.read(lambda conn: rows.newest_runs(conn, [operation_id])))[operation_id]


async def last(store: Store, operation_id: str) -> Operation:
    return await store.read(lambda conn: operations.get(conn, operation_id))


def told(event: Event) -> tuple[Any, ...]:
    """An event about an operation in short."""
    kind = event.type.rpartition(".")[2]
    if kind == "message":
        data = read_message(event.data)
        return kind, event.topic, data.run, bytes(data.message)
    run = read_run(event.data)
    return kind, event.topic, run.run, run.outcome, run.messages


async def test_a_run_is_opened_told_of_and_closed(store: Store, clock: HeldClock) -> None:
    applied = await apply(
        store,
        Open("web", "Build"),
        Open("web", "again"),
        Tell("web", (ONE, TWO)),
        End("web", ERROR),
    )
    assert applied == Applied(accepted=2, dropped=0, plans=True)
    clock.advance(0.999)
    await store.change(operations.close_due)
    assert (await last(store, "web")).state is State.CLOSING
    assert await apply(store, Tell("web", (THREE,))) == Applied(1, 0, plans=False)
    clock.advance(30)
    await store.change(operations.close_due)
    await store.change(operations.close_due)
    closed = await last(store, "web")
    assert closed == Operation(
        "web",
        "Build",
        Run(
            number=1,
            opened_at=clock.now - 30,
            opened=1,
            messages=3,
            newest=4,
            outcome=ERROR,
            closed_at=clock.now - 29,
            closed=5,
        ),
    )
    events = await whole_log(store)
    assert [told(event) for event in events] == [
        ("opened", "operation/web", 1, None, 0),
        ("message", "operation/web", 1, ONE),
        ("message", "operation/web", 1, TWO),
        ("message", "operation/web", 1, THREE),
        ("closed", "operation/web", 1, ERROR, 3),
    ]
    assert events[-1].time_ms == clock.now_ms() - 30_000 + 1
    assert await apply(store, Tell("web", (ONE, TWO)), End("web", SUCCESS)) == Applied(0, 2, False)


async def test_who_waits_for_the_next_run_gets_it_opened_by_a_message(store: Store) -> None:
    await store.change(lambda tx: operations.open_(tx, "web", "Build"))
    await store.change(lambda tx: operations.finish(tx, "web", SUCCESS))
    assert await apply(store, Tell("web", (ONE,)), awaited=["other"]) == Applied(0, 1, False)
    assert await apply(store, Tell("web", (TWO,)), awaited=["web"]) == Applied(1, 0, False)
    assert [told(event) for event in await whole_log(store)][2:] == [
        ("opened", "operation/web", 2, None, 0),
        ("message", "operation/web", 2, TWO),
    ]
    assert (await last(store, "web")).name == "Build"


async def test_opening_within_the_second_closes_the_run_at_once(
    store: Store, clock: HeldClock
) -> None:
    await apply(store, Tell("web", (ONE,)), End("web", SUCCESS), Open("web"), Tell("web", (TWO,)))
    clock.advance(5)
    await store.change(operations.close_due)
    first, second = await shown(store, "web")
    assert (first.outcome, first.messages, first.state) == (SUCCESS, 1, State.CLOSED)
    assert (second.outcome, second.messages, second.state) == (None, 1, State.OPEN)


async def test_finishing_again_changes_nothing_and_otherwise_is_refused(store: Store) -> None:
    finish = operations.finish
    await apply(store, Open("web"))
    done = await store.change(lambda tx: finish(tx, "web", SUCCESS))
    again = await store.change(lambda tx: finish(tx, "web", SUCCESS))
    assert (again.value, again.sequence) == (done.value, done.sequence)
    with pytest.raises(Refused, match="ended with success"):
        await store.change(lambda tx: finish(tx, "web", ERROR))
    await apply(store, Open("web"), End("web", ERROR))
    with pytest.raises(Refused, match="ended with error"):
        await store.change(lambda tx: finish(tx, "web", SUCCESS))
    assert (await store.change(lambda tx: finish(tx, "web", ERROR))).value.state is State.CLOSED
    with pytest.raises(Refused, match="no such operation"):
        await store.change(lambda tx: finish(tx, "nothing", ERROR))


async def test_telling_a_closed_run_is_refused_and_writes_nothing(store: Store) -> None:
    await apply(store, Open("web"))
    await store.change(lambda tx: operations.finish(tx, "web", SUCCESS))
    head = store.head
    with pytest.raises(Refused) as refused:
        await store.change(lambda tx: operations.tell(tx, Tell("web", (ONE,))))
    assert (refused.value.code, store.head) == ("operation_closed", head)
    unit = partial(operations.tell, given=Tell("web", (ONE, TWO)), awaited={"web"})
    assert (await store.change(unit)).value == (head + 2, head + 3)


async def test_two_nodes_close_a_run_once(store: Store, clock: HeldClock) -> None:
    await apply(store, Open("a"), End("a", SUCCESS), Open("b"), End("b", ERROR))
    clock.advance(2)
    await in_one_batch(store, *[operations.close_due] * 4)
    closed = [told(event) for event in await whole_log(store) if event.type.endswith("closed")]
    assert [event[1:4] for event in closed] == [
        ("operation/a", 1, SUCCESS),
        ("operation/b", 1, ERROR),
    ]
    assert await store.read(operations.next_due_ms) is None


async def test_a_planned_closing_survives_a_restart(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        await apply(there.store, Tell("web", (ONE,)), End("web", ERROR))
        due_ms = clock.now_ms() + 1_000
    clock.advance(3_600)
    async with domain(url, clock) as there:
        assert await there.timers.catch_up() is None
        (closed,) = there.changes[-1]
        assert (told(closed), closed.time_ms) == (
            ("closed", "operation/web", 1, ERROR, 1),
            due_ms,
        )


async def test_the_first_that_is_due_is_next(store: Store, clock: HeldClock) -> None:
    assert await store.read(operations.next_due_ms) is None
    for operation_id in "ba":
        await apply(store, Open(operation_id), End(operation_id, SUCCESS))
        clock.advance(0.5)
    assert await store.read(operations.next_due_ms) == clock.now_ms()
    await store.change(operations.close_due)
    assert await store.read(operations.next_due_ms) == clock.now_ms() + 500


async def test_what_is_idle_is_removed_as_abandoned(store: Store, clock: HeldClock) -> None:
    await apply(store, Open("idle"), Open("told"), Open("heard"), Open("ending"), Open("over"))
    await store.change(lambda tx: operations.finish(tx, "over", SUCCESS))
    clock.advance(60)
    await apply(store, Tell("told", (ONE,)))
    await store.change(lambda tx: operations.note_listened(tx, ["heard", "over"], tx.now))
    await apply(store, End("ending", SUCCESS))
    unit = partial(operations.remove_idle, since=clock.now - 60)
    assert (await store.change(unit)).value == 1
    assert (await store.change(unit)).value == 0
    left = await store.read(lambda conn: rows.listing(conn, maxsize, 10))
    assert [one.id for one in left] == ["over", "ending", "heard", "told"]
    assert await shown(store, "idle") == []
    event = (await whole_log(store))[-1]
    assert told(event) == ("closed", "operation/idle", 1, ABANDONED, 0)
    assert read_run(event.data).closed_at == clock.now
    await apply(store, Tell("idle", (ONE,)))
    assert (await last(store, "idle")).last.number == 1


async def test_being_listened_to_is_noted_now_and_then(store: Store, clock: HeldClock) -> None:
    await apply(store, Open("a"))
    opened_at = clock.now
    clock.advance(30)
    note = partial(operations.note_listened, ids=["a"], since=opened_at)
    await store.change(note)
    assert (await last(store, "a")).last.active_at == opened_at
    await store.change(partial(note, since=opened_at + 1))
    assert (await last(store, "a")).last.active_at == clock.now


async def test_closed_runs_are_forgotten_and_operations_without_any(
    store: Store, clock: HeldClock
) -> None:
    for operation_id in ("gone", "again", "open"):
        await apply(store, Open(operation_id))
        await store.change(partial(operations.finish, operation_id=operation_id, outcome=SUCCESS))
    await apply(store, Open("open"))
    clock.advance(100)
    await apply(store, Open("again"))
    await store.change(lambda tx: operations.finish(tx, "again", ERROR))
    unit = partial(operations.forget_closed, before=clock.now - 100)
    assert (await store.change(unit)).value == 3
    assert (await store.change(unit)).value == 0
    assert await store.read(lambda conn: rows.find(conn, "gone")) is None
    assert [run.number for run in await shown(store, "again")] == [2]
    assert [run.state for run in await shown(store, "open")] == [State.OPEN]
    clock.advance(1)
    await store.change(partial(operations.forget_closed, before=clock.now))
    left = await store.read(lambda conn: rows.listing(conn, maxsize, 10))
    assert [one.id for one in left] == ["open"]


async def test_operations_are_listed_by_when_they_were_opened_last(store: Store) -> None:
    await apply(store, Open("a"), Open("b"), Open("c"))
    await store.change(lambda tx: operations.finish(tx, "a", SUCCESS))
    await apply(store, Open("a"))
    listed = await store.read(lambda conn: rows.listing(conn, maxsize, 2))
    assert [one.id for one in listed] == ["a", "c"]
    before = listed[-1].last.opened
    rest = await store.read(lambda conn: rows.listing(conn, before, 2))
    assert [one.id for one in rest] == ["b"]


async def test_single_runs_are_found_and_the_newest_are_shown(store: Store) -> None:
    for _ in range(rows.RUNS_LIMIT + 2):
        await apply(store, Open("a"))
        await store.change(lambda tx: operations.finish(tx, "a", SUCCESS))
    assert [run.number for run in await shown(store, "a")] == [*range(3, rows.RUNS_LIMIT + 3)]
    first = await store.read(lambda conn: rows.run(conn, "a", 1))
    assert first is not None
    assert (first.number, first.opened, first.closed) == (1, 1, 2)
    assert await store.read(lambda conn: rows.run(conn, "a", 999)) is None


@dataclass
class Inbox:
    """What should become of one operation, said in the plainest way."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    dropped: int = 0

    @property
    def is_open(self) -> bool:
        return bool(self.runs) and self.runs[-1]["closed_at"] is None

    def pass_time(self, now_ms: int) -> None:
        if self.is_open and (due := self.runs[-1]["due"]) is not None and due <= now_ms:
            self._close(due)

    def open(self, now_ms: int) -> None:
        if self.is_open and self.runs[-1]["due"] is not None:
            self._close(now_ms)
        if not self.is_open:
            self.runs.append({"messages": [], "outcome": None, "closed_at": None, "due": None})

    def tell(self, message: bytes, now_ms: int, *, awaited: bool) -> None:
        if not self.runs or (awaited and not self.is_open):
            self.open(now_ms)
        if self.is_open:
            self.runs[-1]["messages"].append(message)
        else:
            self.dropped += 1

    def end(self, outcome: Outcome, now_ms: int) -> None:
        if self.is_open and self.runs[-1]["due"] is None:
            self.runs[-1] |= {"outcome": outcome, "due": now_ms + 1_000}

    def finish(self, outcome: Outcome, now_ms: int) -> None:
        if self.is_open and self.runs[-1]["outcome"] in (None, outcome):
            self.runs[-1]["outcome"] = outcome
            self._close(now_ms)

    def _close(self, closed_ms: int) -> None:
        self.runs[-1] |= {"closed_at": closed_ms // 1_000, "due": None}


Step = tuple[str, str, Any]
IDS = st.sampled_from(["a", "b"])
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("open"), IDS, st.none()),
    st.tuples(st.just("tell"), IDS, st.sampled_from([ONE, TWO, THREE])),
    st.tuples(st.just("end"), IDS, st.sampled_from([SUCCESS, ERROR])),
)
UNITS = st.tuples(
    st.lists(STEPS, max_size=8),
    st.sets(IDS),
    st.sampled_from([None, ("a", SUCCESS), ("b", ERROR)]),
    st.sampled_from([0, 400, 1_000]),
)


def instruction(step: Step) -> Instruction:
    match step:
        case "open", operation_id, _:
            return Open(operation_id)
        case "tell", operation_id, message:
            return Tell(operation_id, (message,))
        case _, operation_id, outcome:
            return End(operation_id, outcome)


def take(inbox: Inbox, step: Step, now_ms: int, awaited: set[str]) -> None:
    kind, operation_id, what = step
    match kind:
        case "open":
            inbox.open(now_ms)
        case "tell":
            inbox.tell(what, now_ms, awaited=operation_id in awaited)
        case _:
            inbox.end(what, now_ms)


@given(st.lists(UNITS, min_size=1, max_size=6))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_random_courses_go_as_the_plainest_inbox_would(
    store: Store,
    clock: HeldClock,
    course: list[tuple[list[Step], set[str], tuple[str, Outcome] | None, int]],
) -> None:
    await store.change(lambda tx: tx.conn.execute(delete(table)))
    low, inboxes = store.head, {"a": Inbox(), "b": Inbox()}
    for steps, awaited, finished, wait_ms in course:
        before = sum(inbox.dropped for inbox in inboxes.values())
        for step in steps:
            take(inboxes[step[1]], step, clock.now_ms(), awaited)
        applied = await apply(store, *map(instruction, steps), awaited=[*awaited])
        assert applied.dropped == sum(inbox.dropped for inbox in inboxes.values()) - before
        if finished is not None:
            await _finish(store, inboxes, *finished, clock.now_ms())
        clock.advance(wait_ms / 1_000)
        for inbox in inboxes.values():
            inbox.pass_time(clock.now_ms())
            await store.change(operations.close_due)
    for operation_id, inbox in inboxes.items():
        kept = await shown(store, operation_id)
        assert [(run.outcome, run.closed_at, run.closing_ms, run.messages) for run in kept] == [
            (run["outcome"], run["closed_at"], run["due"], len(run["messages"]))
            for run in inbox.runs
        ]
        assert await _in_log(store, operation_id, low) == _expected(inbox)


async def _finish(
    store: Store, inboxes: dict[str, Inbox], operation_id: str, outcome: Outcome, now_ms: int
) -> None:
    inboxes[operation_id].finish(outcome, now_ms)
    with suppress(Refused):
        await store.change(lambda tx: operations.finish(tx, operation_id, outcome))


async def _in_log(store: Store, operation_id: str, low: int) -> list[tuple[Any, ...]]:
    found = await store.read(lambda conn: log.page(conn, EVERYTHING, low, store.head, 10_000))
    events = [told(event) for event in found.events]
    return [
        (*event[:1], *event[2:4]) for event in events if event[1] == f"operation/{operation_id}"
    ]


def _expected(inbox: Inbox) -> list[tuple[Any, ...]]:
    events: list[tuple[Any, ...]] = []
    for number, run in enumerate(inbox.runs, start=1):
        events.append(("opened", number, None))
        events += [("message", number, message) for message in run["messages"]]
        if run["closed_at"] is not None:
            events.append(("closed", number, run["outcome"]))
    return events
