"""The ids that the writer gives out."""

from tocsin.store.ids import Ids

NOW_MS = 1_700_000_000_000


def test_an_id_begins_with_the_time() -> None:
    made = Ids(0).new(NOW_MS)

    assert len(made) == 24
    assert int(made[:12], 16) == NOW_MS


def test_ids_rise_within_a_millisecond_and_against_the_clock() -> None:
    ids = Ids(0)
    made = [ids.new(NOW_MS + offset) for offset in (0, 0, 1, -1_000, 2)]

    assert made == sorted(set(made))


def test_two_makers_do_not_meet() -> None:
    assert Ids(0).new(NOW_MS) != Ids(0).new(NOW_MS)


def test_ids_rise_above_those_of_a_time_that_is_not_yet() -> None:
    assert Ids(NOW_MS).new(NOW_MS - 1_000) > Ids(0).new(NOW_MS)
