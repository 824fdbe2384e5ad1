"""The newest frames of a feed."""

from tocsin.push.ring import Ring


def test_an_empty_ring_has_everything_above_its_floor_which_is_nothing() -> None:
    ring = Ring(7, 100)
    assert ring.newest == 7
    assert ring.after(7) == ring.after(9) == b""
    assert ring.after(6) is None


def test_it_gives_what_lies_above_a_sequence() -> None:
    ring = Ring(0, 100)
    ring.extend([(2, b"a"), (2, b"b"), (5, b"c")])
    assert ring.after(0) == ring.after(1) == b"abc"
    assert ring.after(2) == ring.after(4) == b"c"
    assert ring.after(5) == b""
    assert ring.newest == 5


def test_beyond_its_capacity_it_forgets_the_oldest_and_says_so() -> None:
    ring = Ring(0, 4)
    ring.extend([(1, b"aa"), (2, b"bb")])
    ring.extend([(3, b"c")])
    assert ring.floor == 1
    assert ring.after(0) is None
    assert ring.after(1) == b"bbc"


def test_what_was_last_put_in_stays_whatever_its_size() -> None:
    ring = Ring(0, 4)
    ring.extend([(1, b"aa")])
    ring.extend([(2, b"b" * 10), (3, b"c")])
    assert ring.floor == 1
    assert ring.after(1) == b"b" * 10 + b"c"


def test_an_answer_is_not_repeated_once_there_is_more() -> None:
    ring = Ring(0, 100)
    ring.extend([(1, b"a")])
    assert ring.after(0) == b"a"
    ring.extend([(2, b"b")])
    assert ring.after(0) == b"ab"
