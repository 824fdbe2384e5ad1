"""The board: folding changes, and the picture of a stream.

That the fold gives what a fresh load gives is held by `tests/wire/test_hund_invariant.py` too, for
arbitrary histories.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from tests.live_world import START, World, component, page

from tocsin.model import event_data
from tocsin.model.board import Board, is_told
from tocsin.model.component import State
from tocsin.model.event import Change, Event
from tocsin.model.issue import ANNOUNCED_BEFORE, IssueEvent, NewIssue, NewUpdate, UpdateLabel
from tocsin.model.status import Period


def issue(*component_ids: str, **given: Any) -> NewIssue:
    return NewIssue("i1", "Title", "b", "<p>b</p>\n", component_ids, **given)


@pytest.fixture
def world() -> World:
    """Two pages: `main` with a and b, `inner` with b and c."""
    world = World()
    for name in "abc":
        world.commit(partial(world.add_component, component(name)))
    world.commit(lambda: world.add_page(page(1, "main", "ab")))
    world.commit(lambda: world.add_page(page(2, "inner", "bc")))
    return world


def shown(board: Board, slug: str, component_id: str | None = None) -> list[str]:
    """The issues that a stream shows."""
    picture = board.picture(slug, component_id)
    assert picture is not None
    return list(picture.issues)


def change_of(*events: tuple[str, bytes]) -> Change:
    return tuple(
        Event(number, 1, type_, "t", "t", "/tocsin", 0, 0, data)
        for number, (type_, data) in enumerate(events, 1)
    )


def test_what_concerns_no_board_leaves_the_same_board(world: World) -> None:
    assert world.board.apply(change_of(("build.done", b"1"), ("tocsin.token.created", b"{}"))) is (
        world.board
    )
    assert world.board.apply(()) is world.board


@pytest.mark.parametrize(
    ("type_", "told"),
    [("tocsin.issue.edited", True), ("tocsin.page.deleted", True), ("tocsin.user.edited", False)],
)
def test_boards_are_folded_of_events_about_pages_components_and_issues(
    type_: str, told: bool
) -> None:
    (event,) = change_of((type_, b"{}"))
    assert is_told(event) is told


def test_a_page_follows_its_id_when_its_slug_changes(world: World) -> None:
    moved = replace(world.pages["inner"], slug="inside")
    board = world.board.apply(change_of(("tocsin.page.edited", event_data.of_page(moved))))
    assert list(board.pages) == ["main", "inside"]


def test_a_deleted_page_is_gone(world: World) -> None:
    world.commit(lambda: world.drop_page("inner"))
    assert list(world.board.pages) == ["main"]
    assert world.board.picture("inner") is None


def test_a_host_chooses_its_page_and_every_other_host_main(world: World) -> None:
    assert world.board.slug_of("INNER.test:80") == "inner"
    assert world.board.slug_of("elsewhere.test") == "main"


def test_a_component_is_in_its_state_since_its_status_began(world: World) -> None:
    assert list(world.board.periods["a"]) == [Period(State.OPERATIONAL, START)]
    world.now += 60
    world.commit(lambda: world.edit_component("a", manual_state=State.OUTAGE))
    assert world.board.components["a"].state is State.OUTAGE
    assert list(world.board.periods["a"]) == [
        Period(State.OPERATIONAL, START, START + 60),
        Period(State.OUTAGE, START + 60),
    ]
    world.now += 60
    before = world.board.periods["a"]
    world.commit(lambda: world.edit_component("a", name="A"))
    assert (world.board.components["a"].name, world.board.periods["a"]) == ("A", before)


def test_a_deleted_component_is_gone(world: World) -> None:
    world.commit(lambda: world.drop_component("a"))
    assert world.board == world.loaded()
    assert world.board.picture("main", "a") is None


def test_a_picture_has_the_worst_state_of_its_components(world: World) -> None:
    world.commit(lambda: world.edit_component("c", manual_state=State.DEGRADED))
    states = {
        stream: picture.state
        for stream in [("main", None), ("inner", None), ("inner", "b"), ("inner", "c")]
        if (picture := world.board.picture(*stream))
    }
    assert states == {
        ("main", None): State.OPERATIONAL,
        ("inner", None): State.DEGRADED,
        ("inner", "b"): State.OPERATIONAL,
        ("inner", "c"): State.DEGRADED,
    }


def test_there_is_no_picture_of_what_is_not_there(world: World) -> None:
    assert world.board.picture("nowhere") is None
    assert world.board.picture("main", "c") is None
    assert world.board.picture("main", "x") is None


def test_an_issue_is_shown_wherever_one_of_its_components_is(world: World) -> None:
    world.commit(lambda: world.create(issue("b", "a")))
    streams = [("main", None), ("main", "a"), ("main", "b"), ("inner", None), ("inner", "b")]
    assert all(shown(world.board, *stream) == ["i1"] for stream in streams)
    assert shown(world.board, "inner", "c") == []


def test_a_name_is_that_of_the_first_component_in_page_order(world: World) -> None:
    picture, other = world.board.picture("main"), world.board.picture("inner")
    assert picture is not None
    assert other is not None
    assert picture.first_named(("c", "b", "a")) == "a"
    assert other.first_named(("c", "b", "a")) == "b"
    assert other.first_named(("a",)) is None


def test_issues_are_shown_newest_first_and_by_id_within_a_second(world: World) -> None:
    for id_, later in [("i2", 0), ("i1", 0), ("i3", 5)]:
        world.now += later
        world.commit(partial(world.create, replace(issue("a"), id=id_)))
    assert shown(world.board, "main") == ["i3", "i1", "i2"]


def test_a_planned_issue_is_known_but_not_shown_until_it_is_announced(world: World) -> None:
    starts_at = world.now + ANNOUNCED_BEFORE + 60
    world.commit(lambda: world.create(issue("a", starts_at=starts_at, ends_at=starts_at + 60)))
    world.commit(lambda: world.update("i1", NewUpdate("u1")))
    assert list(world.board.issues) == ["i1"]
    assert shown(world.board, "main") == []
    world.now += 60
    world.commit(lambda: world.take_due_steps("i1"))
    assert shown(world.board, "main") == ["i1"]
    assert [one.id for one in world.board.issues["i1"].updates] == ["u1"]


def test_a_resolved_issue_is_forgotten_and_comes_back_with_all_its_updates(world: World) -> None:
    world.commit(lambda: world.create(issue("a")))
    world.commit(lambda: world.update("i1", NewUpdate("u1")))
    world.commit(lambda: world.update("i1", NewUpdate("u2", label=UpdateLabel.RESOLVED)))
    assert world.board.issues == {}
    same = world.board
    world.commit(lambda: world.update("i1", NewUpdate("u3", label=UpdateLabel.ADDENDUM)))
    assert world.board is same
    world.commit(lambda: world.update("i1", NewUpdate("u4")))
    updates = world.board.issues["i1"].updates
    assert [one.id for one in updates] == ["u4", "u3", "u2", "u1"]


def test_an_edit_keeps_the_updates(world: World) -> None:
    world.commit(lambda: world.create(issue("a")))
    world.commit(lambda: world.update("i1", NewUpdate("u1")))
    edited = replace(world.issues["i1"], title="New")
    data = event_data.of_issue(IssueEvent.EDITED, edited)
    board = world.board.apply(change_of((IssueEvent.EDITED, data)))
    assert board.issues["i1"] == edited


def test_a_deleted_issue_is_gone(world: World) -> None:
    world.commit(lambda: world.create(issue("a")))
    world.commit(lambda: world.drop_issue("i1"))
    assert world.board.issues == {}
