"""Pages of the past: whatever happened, each moment is shown as it stood."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.app.test_board import Step, steps
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import issues, snapshots
from tocsin.app.past import Past
from tocsin.app.upkeep import Retention, Upkeep
from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.errors import Code, Refused
from tocsin.model.issue import Issue
from tocsin.model.issue_edit import Changes
from tocsin.store import history


class Moment(NamedTuple):
    """What was there at some time."""

    at: int
    board: Board
    issues: list[Issue]


async def now(there: Domain) -> Moment:
    """What is there."""
    shown = await there.store.read(lambda conn: history.newest(conn, there.board.components, 999))
    return Moment(there.clock.now, there.board, shown)


async def issues_at(past: Past, moment: Moment) -> list[Issue]:
    shown = moment.board.components
    return await past.issues(
        moment.at, lambda conn: history.newest(conn, shown, 999, made_by=moment.at)
    )


def still(there: Domain, moment: Moment) -> Board:
    """The board of that moment without the issues that were deleted since."""
    gone = deleted(there)
    kept = {id_: issue for id_, issue in moment.board.issues.items() if id_ not in gone}
    return replace(moment.board, issues=kept)


def deleted(there: Domain) -> set[str]:
    events = (event for change in there.changes for event in change)
    return {e.topic.partition("/")[2] for e in events if e.type == "tocsin.issue.deleted"}


async def prune(there: Domain, keep_events: int) -> None:
    await Upkeep(there.store, Retention(0, keep_events)).prune()


# Every moment is shown as it was


async def take_snapshot(there: Domain) -> None:
    await snapshots.take(there.store)


def pruning(keep_events: int) -> Step:
    return lambda there: prune(there, keep_events)


anything = st.one_of(steps, steps, st.just(take_snapshot), st.builds(pruning, st.integers(3, 30)))


async def live_through(url: str, todo: list[Step]) -> None:
    async with domain(url, HeldClock()) as there:
        recorded = {0: 0}
        moments = []
        for name in "ab":
            await there.component(name)
        for step in todo:
            there.clock.advance(1)
            with suppress(Refused):
                await step(there)
            moments.append(await now(there))
        for change in there.changes:
            recorded |= {event.sequence: event.recorded_ms for event in change}
        await _all_are_shown(there, moments, recorded)


async def _all_are_shown(there: Domain, moments: list[Moment], recorded: dict[int, int]) -> None:
    """As far back as the log reaches; and what its first event changed, is known as well."""
    past = Past(there.store, there.clock)
    kept_from_ms = recorded.get(there.store.first_available - 1, 0)
    for moment in moments:
        if moment.at * 1_000 + 999 < kept_from_ms:
            with pytest.raises(Refused, match="no longer kept"):
                await past.board(moment.at)
        else:
            assert await past.board(moment.at) == still(there, moment)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(anything, min_size=10, max_size=25))
def test_each_moment_is_shown_as_it_stood(migrated: Path, todo: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(migrated, folder)
        asyncio.run(live_through(f"sqlite:///{file}", todo))


# One by one


@pytest.fixture
def past(there: Domain) -> Past:
    """What lies behind."""
    return Past(there.store, there.clock)


async def test_edits_do_not_change_what_was_said_before(there: Domain, past: Past) -> None:
    issue_id = await there.issue(await there.component(), title="Fire")
    before = await now(there)
    there.clock.advance(1)
    await there.do(
        lambda tx: issues.edit(tx, issues.get(tx.conn, issue_id), Changes(title="Smoke"))
    )
    assert (await past.board(before.at)).issues[issue_id].title == "Fire"
    assert (await past.board(there.clock.now)).issues[issue_id].title == "Smoke"


async def test_a_second_has_all_that_was_recorded_within_it(there: Domain, past: Past) -> None:
    before = await now(there)
    there.clock.advance(1.999)
    component_id = await there.component()
    assert component_id in (await past.board(there.clock.now)).components
    assert await past.board(before.at) == before.board


async def test_before_the_first_event_there_was_nothing(there: Domain, past: Past) -> None:
    assert await past.board(0) == Board()


async def test_an_issue_that_was_deleted_is_gone_from_the_past(there: Domain, past: Past) -> None:
    component_id = await there.component()
    gone, kept = await there.issue(component_id), await there.issue(component_id)
    before = await now(there)
    there.clock.advance(1)
    assert set((await past.board(before.at)).issues) == {gone, kept}
    await there.do(lambda tx: issues.delete(tx, issues.get(tx.conn, gone)))
    assert set((await past.board(before.at)).issues) == {kept}
    assert [issue.id for issue in await issues_at(past, before)] == [kept]


async def test_closed_issues_are_as_they_were_too(there: Domain, past: Past) -> None:
    component_id, start = await there.component(), there.clock.now
    issue_id = await there.issue(component_id, title="Fire", state_override=State.OUTAGE)
    moments = [await now(there)]
    for label in ("monitoring", "resolved", "addendum", "investigating", "resolved"):
        there.clock.advance(1)
        await there.update(issue_id, label)
        moments.append(await now(there))
    there.clock.advance(1)
    await there.do(
        lambda tx: issues.edit(tx, issues.get(tx.conn, issue_id), Changes(title="Smoke"))
    )
    later = await there.issue(component_id)
    for moment in moments:
        assert await issues_at(past, moment) == moment.issues
    assert len(moments[3].issues[0].updates) == 3
    nothing_yet = Moment(start - 1, there.board, [])
    assert await issues_at(past, nothing_yet) == []
    assert [issue.id for issue in (await now(there)).issues] == [later, issue_id]


async def test_maintenance_is_not_told_of_before_it_was_announced(
    there: Domain, past: Past
) -> None:
    starts_at = there.clock.now + 8 * 86_400
    times = {"starts_at": starts_at, "ends_at": starts_at + 60}
    await there.issue(await there.component(), **times)
    before = await now(there)
    there.clock.advance(86_400)
    await there.timers.catch_up()
    after = await now(there)
    assert (await issues_at(past, before), len(after.issues)) == ([], 1)
    assert await issues_at(past, after) == after.issues


async def test_what_the_log_no_longer_tells_keeps_its_words_of_now(
    there: Domain, past: Past
) -> None:
    issue_id = await there.issue(await there.component())
    await there.update(issue_id, "resolved")
    there.clock.advance(1)
    await there.component()
    await prune(there, keep_events=1)
    before = await now(there)
    assert [issue.id for issue in before.issues] == [issue_id]
    there.clock.advance(1)
    await there.update(issue_id, "addendum")
    assert await issues_at(past, before) == before.issues


async def test_what_is_no_longer_kept_is_refused(there: Domain, past: Past) -> None:
    before = await now(there)
    there.clock.advance(1)
    for name in "ab":
        await there.component(name)
    await prune(there, keep_events=1)
    with pytest.raises(Refused) as refused:
        await past.board(before.at)
    assert refused.value.code is Code.NOT_FOUND
    assert await past.board(there.clock.now) == there.board


async def test_a_board_is_made_once_for_all_who_ask(
    there: Domain, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    await there.component()
    reads = 0
    read = there.store.read

    async def counting(query: Callable[..., object]) -> object:
        nonlocal reads
        reads += 1
        return await read(query)

    boards = await asyncio.gather(*(past.board(there.clock.now) for _ in range(5)))
    assert all(board is boards[0] for board in boards)
    monkeypatch.setattr(there.store, "read", counting)
    assert await past.board(there.clock.now) is boards[0]
    assert reads == 2  # which board that is, and what was deleted from it


async def test_few_boards_are_held(there: Domain, past: Past) -> None:
    moments = []
    for _ in range(20):
        there.clock.advance(1)
        await there.component()
        moments.append(there.clock.now)
    first = [await past.board(at) for at in moments]
    assert await past.board(moments[-1]) is first[-1]
    assert await past.board(moments[0]) is not first[0]
    assert await past.board(moments[0]) == first[0]


async def test_retention_that_overtakes_leaves_a_way_on(
    there: Domain, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The events to fold are removed while they are being folded."""
    for name in "abcdef":
        await there.component(name)
    there.clock.advance(1)
    read, pruned = there.store.read, False

    async def read_late(query: Callable[..., object]) -> object:
        nonlocal pruned
        if "before" in getattr(query, "keywords", {}) and not pruned:
            pruned = True
            await prune(there, keep_events=1)
        return await read(query)

    monkeypatch.setattr(there.store, "read", read_late)
    assert await past.board(there.clock.now) == there.board
    assert pruned


async def test_the_time_asked_for_is_read_by_the_clock(there: Domain, past: Past) -> None:
    assert past.moment(str(there.clock.now)) == there.clock.now
    with pytest.raises(Refused, match="future"):
        past.moment(str(there.clock.now + 1))
