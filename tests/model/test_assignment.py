"""To whom a channel gives its incidents."""

from dataclasses import replace

import pytest
from tests.model.incidents import ANNA, by, raised
from tests.model.refused import refused_path

from tocsin.model import assignment
from tocsin.model.assignment import Escalation, Level, Rule
from tocsin.model.incident_command import ack, snooze, time_out
from tocsin.model.matcher import Condition, Operator

NOW = 1_700_000_000
DATABASES = ((Condition("labels.host", Operator.IN, ("db*",)),),)
FIRST, SECOND = Level((1,), 15), Level((2, 3))
RULE = Rule(DATABASES, (FIRST, SECOND), delay_s=60)
ANYTHING = Rule((), (SECOND,))


def test_the_first_rule_that_is_for_the_incident_counts() -> None:
    rules = (RULE, ANYTHING)
    assert assignment.begin(rules, {"labels.host": "db1"}, NOW) == Escalation(
        (FIRST, SECOND), 1, 60, NOW + 60
    )
    assert assignment.begin(rules, {}, NOW) == Escalation((SECOND,), 1, 0, NOW)


def test_where_no_rule_is_nobody_is_asked() -> None:
    assert assignment.begin((RULE,), {}, NOW) is None


def test_the_levels_are_asked_one_after_the_other() -> None:
    escalation = assignment.begin((RULE,), {"labels.host": "db1"}, NOW)
    assert escalation is not None
    level, following = assignment.ask(escalation, NOW + 60)
    assert (level, following) == (FIRST, Escalation((SECOND,), 2, 900, NOW + 60 + 900))
    assert following is not None
    assert assignment.ask(following, NOW + 999) == (SECOND, None)


def test_rules_see_what_people_say_of_an_incident() -> None:
    seen = assignment.facts(raised())
    assert (seen["severity"], seen["title"]) == (raised().severity.value, raised().title)


def test_asking_rests_while_somebody_works_on_the_incident() -> None:
    incident = raised()
    asking = Escalation((SECOND,), 2, 900, NOW + 900)
    assert assignment.follow(asking, incident, NOW + 100) == asking
    resting = assignment.follow(asking, ack(incident, ANNA, by(ANNA)).incident, NOW + 100)
    assert resting == replace(asking, due_at=0)
    assert assignment.follow(resting, incident, NOW + 500) == replace(asking, due_at=NOW + 1_400)


def test_who_takes_the_incident_ends_the_waiting() -> None:
    incident = raised()
    assert assignment.waits(incident)
    assert not assignment.waits(ack(incident, ANNA, by(ANNA)).incident)
    assert not assignment.waits(snooze(incident, 5, by(ANNA)).incident)
    assert not assignment.waits(time_out(incident, by(None)).incident)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (replace(RULE, filter=((),)), "filter.0"),
        (replace(RULE, delay_s=-1), "delay_s"),
        (replace(RULE, delay_s=3_601), "delay_s"),
        (replace(RULE, levels=()), "levels"),
        (replace(RULE, levels=(FIRST,) * 7), "levels"),
        (replace(RULE, levels=(FIRST, Level(()))), "levels.1.person_ids"),
        (replace(RULE, levels=(Level((1, 1)),)), "levels.0.person_ids"),
        (replace(RULE, levels=(Level((1,), 0),)), "levels.0.after_minutes"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: Rule, path: str) -> None:
    assert refused_path(lambda: assignment.check((RULE, wrong))) == f"assignment.1.{path}"


def test_a_channel_has_so_many_rules() -> None:
    assignment.check((RULE,) * 50)
    assert refused_path(lambda: assignment.check((RULE,) * 51)) == "assignment"
