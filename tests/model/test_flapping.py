"""What recovers and comes back again and again."""

import pytest
from tests.model.refused import refused_path

from tocsin.model import flapping
from tocsin.model.flapping import Flapping

NOW = 1_700_000_000
DEFAULT = Flapping()


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (Flapping(changes=1), "changes"),
        (Flapping(changes=101), "changes"),
        (Flapping(minutes=0), "minutes"),
        (Flapping(minutes=1_441), "minutes"),
    ],
)
def test_numbers_out_of_range_are_refused(wrong: Flapping, path: str) -> None:
    flapping.check(DEFAULT)
    assert refused_path(lambda: flapping.check(wrong)) == f"flapping.{path}"


def test_the_fourth_change_within_an_hour_is_flapping() -> None:
    changes: flapping.Changes = ()
    for minute, expected in ((0, False), (10, False), (20, False), (59, True)):
        changes = flapping.changed(DEFAULT, changes, NOW + 60 * minute)
        assert flapping.is_flapping(DEFAULT, changes, NOW + 60 * minute) is expected


def test_it_ends_when_the_first_of_the_four_is_an_hour_ago() -> None:
    changes = tuple(NOW + 60 * minute for minute in (0, 10, 20, 30))
    assert flapping.is_flapping(DEFAULT, changes, NOW + 3_599)
    assert not flapping.is_flapping(DEFAULT, changes, NOW + 3_600)


def test_no_more_changes_are_kept_than_count() -> None:
    changes: flapping.Changes = ()
    for second in range(10):
        changes = flapping.changed(DEFAULT, changes, NOW + second)
    assert changes == (NOW + 6, NOW + 7, NOW + 8, NOW + 9)
    assert flapping.changed(DEFAULT, changes, NOW + 9_999) == (NOW + 9_999,)
