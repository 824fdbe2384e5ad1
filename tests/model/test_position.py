"""Positions as they are written."""

import pytest

from tocsin.model.position import Position


@pytest.mark.parametrize(
    "position", [Position("k3x9", 0), Position("0", 9_999_999_999_999_999_999)]
)
def test_a_position_is_read_as_it_was_written(position: Position) -> None:
    assert Position.parse(str(position)) == position
    assert len(str(position)) <= 64


@pytest.mark.parametrize(
    "text", ["", "k3", "-1", "k3-", "k3-01", "k3--1", "K3-1", "k3-1 ", "k" * 41 + "-1"]
)
def test_anything_else_is_no_position(text: str) -> None:
    assert Position.parse(text) is None
