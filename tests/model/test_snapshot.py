"""Boards as bytes."""

from dataclasses import fields, replace

from tests.live_world import World, component, page

from tocsin.model import snapshot
from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.issue import NewIssue, NewUpdate, UpdateLabel
from tocsin.model.page import Link, Logo, LogoType


def inhabited() -> Board:
    """A board with something in each of its fields."""
    world = World()

    def arrange() -> None:
        world.add_component(component("a"))
        world.add_component(component("b", State.DEGRADED))
        logo = Logo(LogoType.SVG, "0123")
        links = (Link("Imprint", "https://example.org"),)
        world.add_page(replace(page(1, "main", ("a", "b")), logo=logo, links=links))

    def report() -> None:
        given = NewIssue("i", "<T>", "b", "<p>b</p>\n", ("a",), state_override=State.OUTAGE)
        world.create(given)
        world.create(replace(given, id="j", starts_at=world.now + 60, ends_at=world.now + 120))
        world.update("i", NewUpdate("u1", label=UpdateLabel.MONITORING))
        world.update("i", NewUpdate("u2", state_override=None))
        world.update("i", NewUpdate("u3", state_override=State.DEGRADED))

    world.commit(arrange)
    world.commit(report)
    return world.board


def test_a_board_comes_back_as_it_was() -> None:
    board = inhabited()
    assert all(getattr(board, field.name) for field in fields(Board))
    assert snapshot.decode(snapshot.encode(board)) == board


def test_an_empty_board_comes_back() -> None:
    assert snapshot.decode(snapshot.encode(Board())) == Board()


def test_what_was_restored_goes_on() -> None:
    board = inhabited()
    restored = snapshot.decode(snapshot.encode(board))
    assert restored.apply(()) is restored
    assert restored.picture("main") == board.picture("main")
