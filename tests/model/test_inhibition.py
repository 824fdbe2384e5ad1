"""Inhibition."""

from dataclasses import replace

import pytest
from tests.model.refused import refused_path

from tocsin.model import inhibition
from tocsin.model.inhibition import WITHIN, Inhibition, Source, inhibits
from tocsin.model.matcher import Condition, Operator

NOW = 1_700_000_000
DOWN = ((Condition("title", Operator.IN, ("Host down",)),),)
SLOW = ((Condition("title", Operator.IN, ("Slow*",)),),)
RULE = Inhibition(DOWN, SLOW, ("labels.host", "labels.rack"))
SOURCE = Source({"title": "Host down", "labels.host": "db1"}, NOW - WITHIN)
TARGET = {"title": "Slow queries", "labels.host": "db1"}


def test_a_target_is_held_back_by_a_source_with_equal_facts() -> None:
    assert inhibits(RULE, TARGET, [SOURCE], NOW)


@pytest.mark.parametrize(
    "source",
    [
        SOURCE._replace(last_time=NOW - WITHIN - 1),
        SOURCE._replace(facts={**SOURCE.facts, "labels.host": "db2"}),
        SOURCE._replace(facts={**SOURCE.facts, "labels.rack": "9"}),
        SOURCE._replace(facts={**SOURCE.facts, "title": "Fine"}),
    ],
)
def test_a_source_has_to_be_one_and_fresh_and_of_the_same_thing(source: Source) -> None:
    assert not inhibits(RULE, TARGET, [source], NOW)
    assert inhibits(RULE, TARGET, [source, SOURCE], NOW)


def test_what_is_no_target_is_not_held_back() -> None:
    assert not inhibits(RULE, {**TARGET, "title": "Fast"}, [SOURCE], NOW)
    assert not inhibits(RULE, TARGET, [], NOW)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (replace(RULE, source=()), "source"),
        (replace(RULE, target=()), "target"),
        (replace(RULE, target=((),)), "target.0"),
        (replace(RULE, equal=tuple(map(str, range(11)))), "equal"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: Inhibition, path: str) -> None:
    inhibition.check(RULE, "inhibitions.0")
    assert refused_path(lambda: inhibition.check(wrong, "inhibitions.0")) == f"inhibitions.0.{path}"
