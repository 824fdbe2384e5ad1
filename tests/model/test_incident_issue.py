"""What the status page says of an incident."""

from dataclasses import replace

import pytest
from tests.model.incidents import ANNA, by, made, types

from tocsin.model.component import State
from tocsin.model.incident_issue import draft, posted
from tocsin.model.severity import Severity


def test_a_draft_says_what_is_wrong_and_what_that_means_but_not_why() -> None:
    incident = replace(
        made(), description="Nobody can pay.", impact="All shops", root_cause="A typo"
    )
    drafted = draft(replace(incident, component_ids=("a", "b")))
    assert (drafted.title, drafted.body) == (incident.title, "Nobody can pay.\n\nAll shops")
    assert drafted.component_ids == ("a", "b")


def test_a_draft_has_a_title_that_an_issue_can_have() -> None:
    assert draft(replace(made(), title="x" * 512)).title == "x" * 255


@pytest.mark.parametrize(
    ("severity", "state"),
    [
        (Severity.CRITICAL, State.OUTAGE),
        (Severity.WARNING, State.DEGRADED),
        (Severity.INFO, None),
    ],
)
def test_a_draft_overrides_states_as_bad_as_it_is(severity: Severity, state: State | None) -> None:
    assert draft(replace(made(), severity=severity)).state_override is state


def test_the_timeline_tells_of_the_issue_that_was_posted() -> None:
    decision = posted(made(), "1" * 24, "Trouble", by(ANNA, 5))
    assert types(decision) == ["i_comm"]
    assert decision.entries[0].detail == {
        "comment": "Posted on the status page: Trouble",
        "issue_id": "1" * 24,
    }
