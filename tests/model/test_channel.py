"""Channels: the rules that one can have."""

from dataclasses import replace
from typing import Any

import pytest
from tests.model.refused import refused_path

from tocsin.model.assignment import Level, Rule
from tocsin.model.channel import Channel, Rules, check, person_ids
from tocsin.model.custom_field import CustomField, Kind
from tocsin.model.flapping import Flapping
from tocsin.model.grouping import Grouping
from tocsin.model.inhibition import Inhibition
from tocsin.model.matcher import Condition, Operator
from tocsin.model.silence import Once, Silence

FILTER = ((Condition("labels.host", Operator.IN, ("db*",)),),)
SILENCE = Silence("Move", FILTER, Once(1, 2))
INHIBITION = Inhibition(FILTER, FILTER)
RULE = Rule(FILTER, (Level((1, 2)), Level((3,))))


def test_a_channel_with_nothing_but_a_name_groups_nothing_and_closes_what_recovers() -> None:
    rules = Rules("Shop")
    check(rules)
    assert (rules.grouping, rules.flapping) == (Grouping(), Flapping(changes=4, minutes=60))
    assert (rules.close_on_recovery, rules.close_after_s) == (True, 0)


def test_a_channel_with_every_rule_there_is_is_taken() -> None:
    check(
        Channel(
            id=1,
            created_at=5,
            name="Shop",
            storm_thresholds=(5,),
            close_after_s=30 * 86_400,
            assignment=(RULE,),
            silences=(SILENCE,) * 100,
            inhibitions=(INHIBITION,) * 50,
            flapping=None,
            fields=(CustomField("customer", Kind.TEXT),),
        )
    )


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("grouping", Grouping(threshold=0.1), "grouping.threshold"),
        ("storm_thresholds", (1,), "storm_thresholds"),
        ("close_after_s", -1, "close_after_s"),
        ("close_after_s", 30 * 86_400 + 1, "close_after_s"),
        ("assignment", (Rule(FILTER, ()),), "assignment.0.levels"),
        ("silences", (SILENCE,) * 101, "silences"),
        ("silences", (SILENCE, replace(SILENCE, window=Once(2, 2))), "silences.1.window.ends_at"),
        ("inhibitions", (INHIBITION,) * 51, "inhibitions"),
        ("inhibitions", (INHIBITION, Inhibition((), FILTER)), "inhibitions.1.source"),
        ("flapping", Flapping(changes=1), "flapping.changes"),
        ("fields", (CustomField("1", Kind.TEXT),), "fields.0.name"),
    ],
)
def test_rules_that_make_no_sense_are_refused(field: str, value: Any, path: str) -> None:
    rules: Rules = replace(Rules("Shop"), **{field: value})
    assert refused_path(lambda: check(rules)) == path


def test_everybody_whom_the_rules_name_is_found_with_where() -> None:
    assert dict(person_ids(Rules("Shop", assignment=(RULE,)))) == {
        "assignment.0.levels.0.person_ids.0": 1,
        "assignment.0.levels.0.person_ids.1": 2,
        "assignment.0.levels.1.person_ids.0": 3,
    }
