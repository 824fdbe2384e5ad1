"""The board that follows the log is always the one that a fresh load gives."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import board, issues, pages
from tocsin.app.pages import PageChanges, Place
from tocsin.model.component import State, effective
from tocsin.model.errors import Refused
from tocsin.model.issue import IssueLabel, NewUpdate, UpdateLabel
from tocsin.model.issue_edit import Changes
from tocsin.model.layout import WantedGroup

Step = Callable[[Domain], Awaitable[object]]

DAY = 86_400
SLUGS = ("main", "shop", "blog")
GROUPS = (None, "Web", "Data")

numbers = st.integers(0, 99)
states = st.sampled_from(State)
slugs = st.sampled_from(SLUGS)
groups = st.sampled_from(GROUPS)
overrides = st.none() | states
spans = st.integers(-DAY, 20 * DAY)


def component(there: Domain, number: int) -> str:
    """One of the components; an id that is nobody's without any."""
    return _pick(sorted(there.board.components), number)


def issue(there: Domain, number: int) -> str:
    """One of the issues, unfinished or not."""
    topics = {event.topic for change in there.changes for event in change}
    return _pick(sorted(t.removeprefix("issue/") for t in topics if t.startswith("issue/")), number)


def _pick(things: list[str], number: int) -> str:
    return things[number % len(things)] if things else "f" * 24


def make_page(slug: str) -> Step:
    return lambda there: there.make_page(slug)


def delete_page(slug: str) -> Step:
    return lambda there: there.do(lambda tx: pages.delete(tx, pages.get(tx.conn, slug)))


def arrange_page(slug: str, placed: list[tuple[str | None, list[int]]]) -> Step:
    async def step(there: Domain) -> None:
        wanted = tuple(
            WantedGroup(None, name, tuple(component(there, number) for number in members))
            for name, members in placed
        )
        changes = PageChanges(groups=wanted)
        await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, slug), changes))

    return step


def make_component(state: State, slug: str, group: str | None) -> Step:
    return lambda there: there.component("Website", state, slug, group)


def edit_component(number: int, name: str, state: State, place: Place | None) -> Step:
    return lambda there: there.edit_component(
        component(there, number), place, name=name, manual_state=state
    )


def delete_component(number: int) -> Step:
    return lambda there: there.delete_component(component(there, number))


def make_issue(members: list[int], override: State | None, label: IssueLabel | None) -> Step:
    return lambda there: there.issue(
        *{component(there, number) for number in members}, label=label, state_override=override
    )


def plan_issue(number: int, override: State | None, begins: int, lasts: int) -> Step:
    return lambda there: there.issue(
        component(there, number),
        state_override=override,
        starts_at=there.clock.now + begins,
        ends_at=there.clock.now + begins + lasts,
    )


def update_issue(number: int, label: UpdateLabel | None, said: dict[str, State | None]) -> Step:
    return lambda there: there.update(issue(there, number), label, **said)


def edit_issue(number: int, changes: Changes) -> Step:
    async def step(there: Domain) -> None:
        issue_id = issue(there, number)
        await there.do(lambda tx: issues.edit(tx, issues.get(tx.conn, issue_id), changes))

    return step


def cancel_issue(number: int) -> Step:
    async def step(there: Domain) -> None:
        told = issue(there, number)
        await there.do(
            lambda tx: issues.cancel(tx, issues.get(tx.conn, told), NewUpdate(tx.new_id()))
        )

    return step


def delete_issue(number: int) -> Step:
    async def step(there: Domain) -> None:
        issue_id = issue(there, number)
        await there.do(lambda tx: issues.delete(tx, issues.get(tx.conn, issue_id)))

    return step


def pass_time(seconds: int) -> Step:
    async def step(there: Domain) -> None:
        there.clock.advance(seconds)
        await there.timers.catch_up()

    return step


changes_of_issue = st.builds(
    Changes,
    title=st.sampled_from("AB"),
    state_override=overrides,
    ends_at=st.integers(1_700_000_000, 1_700_000_000 + 30 * DAY) | st.just(None),
)
steps = st.one_of(
    st.builds(make_component, states, slugs, groups),
    st.builds(make_issue, st.lists(numbers, min_size=1, max_size=3), overrides, st.none()),
    st.builds(
        make_issue,
        st.lists(numbers, min_size=1, max_size=3),
        overrides,
        st.sampled_from(IssueLabel),
    ),
    st.builds(plan_issue, numbers, overrides, spans, st.integers(1, DAY)),
    st.builds(plan_issue, numbers, states, st.integers(1, 9 * DAY), st.just(DAY)),
    st.builds(
        update_issue,
        numbers,
        st.none() | st.sampled_from(UpdateLabel),
        st.fixed_dictionaries({}, optional={"state_override": overrides}),
    ),
    st.builds(pass_time, st.integers(0, 10 * DAY)),
    st.builds(edit_component, numbers, st.sampled_from("ab"), states, st.none()),
    st.builds(edit_component, numbers, st.just("a"), states, st.builds(Place, slugs, groups)),
    st.builds(edit_issue, numbers, changes_of_issue),
    st.builds(cancel_issue, numbers),
    st.builds(delete_issue, numbers),
    st.builds(delete_component, numbers),
    st.builds(make_page, slugs),
    st.builds(
        arrange_page, slugs, st.lists(st.tuples(groups, st.lists(numbers, min_size=1, max_size=3)))
    ),
    st.builds(delete_page, slugs),
)


async def follow(url: str, todo: list[Step]) -> None:
    async with domain(url, HeldClock()) as there:
        for name in "ab":
            await there.component(name)
        for step in todo:
            before = len(there.changes)
            try:
                await step(there)
            except Refused:
                assert len(there.changes) == before
            assert await there.loaded() == there.board
            _check_states(there)
        loaded = await there.store.read(board.load)
        assert loaded.sequence == there.store.head


def _check_states(there: Domain) -> None:
    """Every component is in the state that its standing issues and its manual state make."""
    for one in there.board.components.values():
        naming = (issue for issue in there.board.issues.values() if one.id in issue.component_ids)
        given = [i.state_override for i in naming if i.standing and i.state_override is not None]
        assert one.state is effective(one.manual_state, given)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(steps, min_size=15, max_size=25))
def test_the_board_that_follows_is_the_one_that_is_loaded(migrated: Path, todo: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(migrated, folder)
        asyncio.run(follow(f"sqlite:///{file}", todo))
