"""What a connection watches: each class once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.errors import Refused
from tocsin.model.watch import WATCHED_LIMIT, Narrowed, Watch

X, Y, Z = "xyz"
NONE: frozenset[str] = frozenset()


def test_a_class_is_watched_once() -> None:
    watch = Watch()
    assert watch.subscribe([X, Y]) == {X, Y}
    assert watch.subscribe([Y, Z]) == {Z}
    assert watch.live == {X, Y, Z}


def test_what_is_followed_is_not_watched_beside_it() -> None:
    watch = Watch()
    watch.subscribe([X, Y])
    assert watch.follow(frozenset({Y, Z})) == (frozenset({Y}), [])
    assert watch.subscribe([X, Y, Z]) == set()
    assert watch.live == {X}
    assert watch.trails == {frozenset({Y, Z})}


def test_a_trail_goes_on_without_the_classes_that_leave_it() -> None:
    watch = Watch()
    watch.follow(frozenset({X, Y}))
    assert watch.follow(frozenset({Y, Z})) == (
        NONE,
        [Narrowed(frozenset({X, Y}), frozenset({X}))],
    )
    assert watch.unsubscribe([Z]) == (NONE, [Narrowed(frozenset({Y, Z}), frozenset({Y}))])
    assert watch.unsubscribe([X, "never"]) == (NONE, [Narrowed(frozenset({X}), NONE)])
    assert watch.trails == {frozenset({Y})}


def test_following_the_same_again_begins_again() -> None:
    watch = Watch()
    watch.follow(frozenset({X, Y}))
    assert watch.follow(frozenset({X, Y})) == (NONE, [Narrowed(frozenset({X, Y}), NONE)])
    assert watch.trails == {frozenset({X, Y})}


def test_a_connection_watches_so_many_classes_and_no_more() -> None:
    watch = Watch()
    many = [f"c{number}" for number in range(WATCHED_LIMIT)]
    watch.subscribe(many)
    assert watch.subscribe(many) == set()
    with pytest.raises(Refused):
        watch.subscribe([X])
    with pytest.raises(Refused):
        watch.follow(frozenset({X}))
    assert watch.live == set(many)
    watch.follow(frozenset(many))
    assert watch.live == NONE
    assert watch.trails == {frozenset(many)}


_classes = st.frozensets(st.sampled_from("abcd"), min_size=1)
_steps = st.tuples(st.sampled_from(["subscribe", "follow", "unsubscribe"]), _classes)


@given(st.lists(_steps))
def test_no_class_is_ever_watched_twice_or_lost(steps: list[tuple[str, frozenset[str]]]) -> None:
    watch = Watch()
    expected: set[str] = set()
    for do, classes in steps:
        getattr(watch, do)(classes)
        expected = expected - classes if do == "unsubscribe" else expected | classes
        watched = [*watch.live, *(one for trail in watch.trails for one in trail)]
        assert sorted(watched) == sorted(expected)
