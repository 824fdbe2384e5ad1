"""Patterns of NATS."""

import pytest

from tocsin.ingest.subjects import covers


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        ("a.b", "a.b"),
        ("a.*", "a.b"),
        ("*.b", "a.b"),
        ("a.>", "a.b"),
        ("a.>", "a.b.c"),
        (">", "a"),
        ("a.*", "a.*"),
        ("a.>", "a.*"),
        ("a.>", "a.>"),
    ],
)
def test_a_pattern_covers(pattern: str, other: str) -> None:
    assert covers(pattern, other)


@pytest.mark.parametrize(
    ("pattern", "other"),
    [
        ("a.b", "a.c"),
        ("a.b", "a"),
        ("a.b", "a.b.c"),
        ("a.>", "a"),
        ("a.*", "a.b.c"),
        ("a.*", "a.>"),
        ("a.b", "a.*"),
        ("*", ">"),
    ],
)
def test_a_pattern_does_not_cover(pattern: str, other: str) -> None:
    assert not covers(pattern, other)
