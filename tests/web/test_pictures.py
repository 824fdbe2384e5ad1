"""What each page shows now, and how seldom that is worked out."""

import gzip
from dataclasses import replace

import pytest
from tests.clock import HeldClock
from tests.web.sample import (
    HOUR,
    MINUTE,
    NOW,
    board,
    component,
    in_trouble,
    issue,
    page,
    three_fine,
)

from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.page import Group
from tocsin.model.status import Period
from tocsin.web.pictures import Pictures


class World:
    """A board that can be exchanged, a clock that is held, and the pictures of both."""

    def __init__(self, shown: Board) -> None:
        self.board = shown
        self.clock = HeldClock(NOW * 1_000)
        self.pictures = Pictures(lambda: self.board, self.clock, "https://tocsin.test")


@pytest.fixture
def world() -> World:
    return World(three_fine())


def test_a_page_is_rendered_once_for_a_picture_and_a_minute(world: World) -> None:
    first = world.pictures.document("main")
    world.board = replace(world.board)
    assert world.pictures.document("main") is first
    assert gzip.decompress(first.packed) == first.body


def test_another_minute_is_another_document_of_the_same_picture(world: World) -> None:
    first = world.pictures.document("main")
    world.clock.advance(60)
    second = world.pictures.document("main")
    assert second.name == first.name
    assert second.etag != first.etag


def test_a_change_of_the_page_is_another_picture(world: World) -> None:
    first = world.pictures.document("main")
    world.board = in_trouble()
    assert world.pictures.document("main").name != first.name


def test_what_does_not_concern_the_page_leaves_its_picture_alone(world: World) -> None:
    first = world.pictures.seen("main")
    other = page(Group(None, None, ("c9",)), id="p9", slug="other")
    world.board = replace(
        world.board,
        pages={**world.board.pages, "other": other},
        components={**world.board.components, "c9": component("c9", "Elsewhere")},
        periods={**world.board.periods, "c9": (Period(State.OPERATIONAL, NOW),)},
    )
    assert world.pictures.seen("main").name == first.name


def test_the_end_of_an_issue_is_the_last_change_of_its_pages() -> None:
    quiet = page(Group(None, None, ("c1",)))
    before = board(quiet, component("c1", "Website"), issues=(issue("i1", "Odd", "c1"),))
    after = replace(before, issues={})
    world = World(after)
    world.pictures.follow(before, after, NOW - MINUTE)
    assert world.pictures.seen("main").view.answer.changed_at == NOW - MINUTE


def test_the_end_of_an_issue_elsewhere_is_none_of_a_pages_business() -> None:
    before = board(
        page(Group(None, None, ("c1",))),
        component("c1", "Website"),
        component("c2", "Internal"),
        issues=(issue("i1", "Odd", "c2"),),
        c1=NOW - HOUR,
    )
    after = replace(before, issues={})
    world = World(after)
    world.pictures.follow(before, after, NOW)
    assert world.pictures.seen("main").view.answer.changed_at == NOW - HOUR


def test_a_page_that_comes_again_is_a_new_one(world: World) -> None:
    first = world.pictures.document("main")
    gone = replace(world.board, pages={})
    world.pictures.follow(world.board, gone, NOW)
    assert world.pictures.document("main") is not first


def test_a_page_is_linked_at_its_own_host() -> None:
    by_host = World(board(page(hosts=("status.acme.test", "other.test"))))
    assert b'content="https://status.acme.test/"' in by_host.pictures.document("main").body
    plain = World(board(page()))
    assert b'content="https://tocsin.test/pages/main"' in plain.pictures.document("main").body
