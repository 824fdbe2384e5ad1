"""When backups are made, and which of them stay."""

import pytest

from tocsin.model.backup import name_at, next_due, retry_after, surplus, time_of

NOON = 1_795_003_200
DAY = 86_400


def test_a_name_says_when() -> None:
    assert name_at(NOON) == "tocsin-20261118T120000Z.db"
    assert time_of(name_at(NOON)) == NOON


@pytest.mark.parametrize(
    "name",
    [
        "",
        "tocsin.db",
        "tocsin-20261118T120000Z.db.part",
        "my-tocsin-20261118T120000Z.db",
        "tocsin-20261318T120000Z.db",
    ],
)
def test_other_names_are_none_of_ours(name: str) -> None:
    assert time_of(name) is None


def test_the_next_is_due_when_the_newest_is_old_enough() -> None:
    names = [name_at(NOON), name_at(NOON - DAY), "zzz.db"]
    assert next_due(names, DAY, NOON + 5) == NOON + DAY


def test_the_first_is_due_at_once() -> None:
    assert next_due(["other.db"], DAY, NOON) == NOON


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    assert next_due([name_at(NOON + 30 * DAY)], DAY, NOON) == NOON + DAY


def test_a_failure_is_not_left_alone_for_long() -> None:
    assert (retry_after(DAY), retry_after(600)) == (3_600, 600)


def test_the_newest_are_kept_and_what_is_not_ours_is_left_alone() -> None:
    names = [name_at(NOON + day * DAY) for day in (2, 0, 3, 1)]
    assert surplus([*names, "tocsin.db", "a"], 2) == [name_at(NOON + DAY), name_at(NOON)]
    assert surplus(names, 4) == []
    assert surplus(names, 0) == []
