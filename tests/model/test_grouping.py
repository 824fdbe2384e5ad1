"""Which incident an alert joins."""

from dataclasses import replace

import pytest
from tests.model.refused import refused_path

from tocsin.model import grouping
from tocsin.model.grouping import ALERTS_LIMIT, WINDOW_LIMIT, Candidate, Facts, Grouping, Since
from tocsin.model.incident import GroupMethod

NOW = 1_700_000_000
PATTERN = Grouping(GroupMethod.PATTERN, equal=("labels.service", "labels.host"))
LIKE = Grouping(GroupMethod.INTELLIGENT)
FACTS = {"title": "Disk full", "labels.service": "shop", "labels.host": "db1"}


def same(one: str, other: str) -> float:
    return 1.0 if one == other else 0.0


def candidate(name: str, facts: Facts = FACTS, rule: Grouping = PATTERN) -> Candidate:
    return Candidate(name, grouping.key(rule, facts), facts, NOW - 100, NOW - 10, 1)


def chosen(rule: Grouping, *candidates: Candidate, facts: Facts = FACTS) -> str | None:
    return grouping.choose(rule, facts, candidates, NOW, same)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (replace(PATTERN, equal=()), "equal"),
        (replace(PATTERN, equal=("a", "a")), "equal"),
        (replace(PATTERN, equal=tuple("abcdef")), "equal"),
        (replace(PATTERN, equal=("",)), "equal"),
        (replace(LIKE, threshold=0.4), "threshold"),
        (replace(LIKE, threshold=1.1), "threshold"),
        (replace(LIKE, window_s=-1), "window_s"),
        (replace(LIKE, window_s=WINDOW_LIMIT + 1), "window_s"),
    ],
)
def test_a_grouping_that_makes_no_sense_is_refused(wrong: Grouping, path: str) -> None:
    assert refused_path(lambda: grouping.check(wrong)) == f"grouping.{path}"


@pytest.mark.parametrize(
    "fine",
    [
        Grouping(),
        PATTERN,
        LIKE,
        replace(LIKE, threshold=0.5),
        replace(LIKE, threshold=1),
        replace(PATTERN, equal=(*"abcd", "x" * 128)),
        replace(PATTERN, window_s=30 * 24 * 3_600),
    ],
)
def test_a_grouping_that_makes_sense(fine: Grouping) -> None:
    grouping.check(fine)


def test_without_grouping_every_alert_makes_its_own() -> None:
    assert chosen(Grouping(), candidate("i1")) is None
    assert grouping.key(Grouping(), FACTS) == ""


def test_by_pattern_what_is_equal_comes_together() -> None:
    other = FACTS | {"labels.host": "db2"}
    assert chosen(PATTERN, candidate("i1", other), candidate("i2"), candidate("i3")) == "i2"
    assert chosen(PATTERN, candidate("i1", other)) is None


def test_by_pattern_what_is_missing_on_both_is_equal_unless_strict() -> None:
    lacking = {"labels.service": "shop"}
    empty = {"labels.service": "shop", "labels.host": ""}
    assert chosen(PATTERN, candidate("i1", empty), facts=lacking) == "i1"
    assert chosen(PATTERN, candidate("i1"), facts=lacking) is None
    strict = replace(PATTERN, strict=True)
    assert chosen(strict, candidate("i1", empty, strict), facts=lacking) is None
    assert chosen(strict, candidate("i1", FACTS, strict)) == "i1"


def test_values_do_not_run_into_each_other() -> None:
    one = {"labels.service": 'a","b', "labels.host": "c"}
    other = {"labels.service": "a", "labels.host": 'b","c'}
    assert grouping.key(PATTERN, one) != grouping.key(PATTERN, other)
    assert len(grouping.key(PATTERN, one)) == 32


def test_by_likeness_the_most_alike_is_chosen_if_it_is_alike_enough() -> None:
    near = FACTS | {"title": "Disk nearly full"}
    assert chosen(LIKE, candidate("i1", near), candidate("i2"), candidate("i3")) == "i2"
    assert chosen(LIKE, candidate("i1", near)) is None
    assert chosen(replace(LIKE, threshold=0.5), candidate("i1", near)) == "i1"
    assert chosen(LIKE) is None


def test_likeness_is_the_mean_over_what_either_says() -> None:
    one = {"title": "a", "description": "b", "labels.service": "c"}
    other = {"title": "a", "description": "x", "labels.resource": "d"}
    assert grouping.likeness(one, other, same) == 0.25
    assert grouping.likeness({}, {}, same) == 0


@pytest.mark.parametrize(
    ("since", "window_s", "joins"),
    [
        (Since.TRIGGER, 0, True),
        (Since.TRIGGER, 101, True),
        (Since.TRIGGER, 100, False),
        (Since.MERGE, 11, True),
        (Since.MERGE, 10, False),
    ],
)
def test_a_window_ends_what_takes_more(since: Since, window_s: int, joins: bool) -> None:
    rule = replace(PATTERN, since=since, window_s=window_s)
    assert (chosen(rule, candidate("i1")) == "i1") is joins


def test_a_full_incident_takes_no_more() -> None:
    full = candidate("i1")._replace(alert_cnt=ALERTS_LIMIT)
    assert chosen(PATTERN, full) is None
    assert chosen(PATTERN, full._replace(alert_cnt=ALERTS_LIMIT - 1)) == "i1"
