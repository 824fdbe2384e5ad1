"""What a live stream has to tell of an event, whatever a version calls it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from tests.live_world import START, World, component, page

from tocsin.model.event import Event
from tocsin.model.issue import IssueLabel, NewIssue, NewUpdate, UpdateLabel
from tocsin.model.issue_edit import Changes
from tocsin.wire.hund_news import IssueNews, concerns, looks_other, news_of

NEW = NewIssue("i1", "Title", "b", "<p>b</p>\n", ("api",), IssueLabel.INVESTIGATING)
LATER = replace(NEW, starts_at=START + 8 * 86_400, ends_at=START + 9 * 86_400)
SAID = NewUpdate("u1", "s", "<p>s</p>\n", UpdateLabel.MONITORING)


@pytest.fixture
def world() -> World:
    """Page `main` with api and web."""
    world = World()
    for name in ("api", "web"):
        world.commit(partial(world.add_component, component(name)))
    world.commit(lambda: world.add_page(page(1, "main", ("api", "web"))))
    return world


def news(
    world: World, work: Callable[[], object], component_id: str | None = None
) -> list[IssueNews]:
    """What the issue events of a change have to tell."""
    before, change = world.commit(work)
    picture = world.board.picture("main", component_id)
    assert picture is not None
    told = (news_of(event, before, picture) for event in change if "issue" in event.type)
    return [one for one in told if one]


@pytest.mark.parametrize(
    ("type_", "concerned"),
    [
        ("tocsin.issue.updated", True),
        ("tocsin.component.status", True),
        ("tocsin.page.edited", True),
        ("tocsin.token.created", False),
        ("build.done", False),
    ],
)
def test_only_pages_components_and_issues_concern_live_streams(type_: str, concerned: bool) -> None:
    event = Event(1, 1, type_, "t", "t", "/tocsin", 0, 0, b"{}")
    assert concerns((event,)) is concerned
    assert not concerns(())


def test_a_new_issue_is_shown_whole(world: World) -> None:
    assert news(world, lambda: world.create(NEW)) == [IssueNews(world.issues["i1"], True, None)]


def test_what_is_elsewhere_is_no_news(world: World) -> None:
    assert news(world, lambda: world.create(NEW), "web") == []


def test_an_update_is_told_with_its_issue(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    (told,) = news(world, lambda: world.update("i1", SAID))
    assert (told.is_whole, told.update) == (False, world.issues["i1"].updates[0])


def test_a_schedule_is_told_from_its_announcement_with_the_updates_so_far(world: World) -> None:
    assert news(world, lambda: world.create(LATER)) == []
    assert news(world, lambda: world.update("i1", SAID)) == []
    world.now = START + 8 * 86_400
    announced, started = news(world, lambda: world.take_due_steps("i1"))
    assert announced.is_whole
    assert started.is_whole
    assert [one.id for one in announced.issue.updates] == ["u1"]
    assert (announced.issue.standing, started.issue.standing) == (False, True)


def test_a_reopened_issue_comes_with_all_its_updates(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    world.commit(lambda: world.update("i1", replace(SAID, label=UpdateLabel.RESOLVED)))
    (told,) = news(world, lambda: world.update("i1", replace(SAID, id="u2")))
    assert told == IssueNews(world.issues["i1"], False, world.issues["i1"].updates[0])
    assert [one.id for one in told.issue.updates] == ["u2", "u1"]


def looks(world: World, work: Callable[[], object]) -> bool:
    """Whether the change's first issue event makes its issue look other."""
    before, change = world.commit(work)
    was, now = before.picture("main"), world.board.picture("main")
    assert was is not None
    assert now is not None
    event = next(event for event in change if "issue" in event.type)
    return looks_other(event, was, now)


def test_an_edit_and_the_end_make_an_issue_look_other_and_updates_do_not(world: World) -> None:
    assert looks(world, lambda: world.create(NEW))
    assert not looks(world, lambda: world.update("i1", SAID))
    assert looks(world, lambda: world.edit("i1", Changes(title="T")))
    assert looks(world, lambda: world.drop_issue("i1"))
