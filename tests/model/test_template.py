"""Issue templates: what they fill in."""

from typing import Any

import pytest

from tocsin.model.component import State
from tocsin.model.errors import Refused
from tocsin.model.issue import IssueLabel
from tocsin.model.template import Template, fill

LOAD = Template(
    id="t1",
    name="Load",
    title="Heavy load",
    body="*Slow*",
    body_html="<p><em>Slow</em></p>\n",
    label=IssueLabel.INVESTIGATING,
    state_override=State.DEGRADED,
    component_ids=("a", "b"),
    created_at=5,
)
SAID = {
    "title": "Heavy load",
    "body": "*Slow*",
    "body_html": "<p><em>Slow</em></p>\n",
    "label": IssueLabel.INVESTIGATING,
    "state_override": State.DEGRADED,
    "component_ids": ("a", "b"),
}


def test_a_template_says_everything_that_is_not_given() -> None:
    assert fill(LOAD, {}) == SAID


@pytest.mark.parametrize(
    "given",
    [
        {"title": "Load"},
        {"body": "", "body_html": ""},
        {"label": None},
        {"state_override": None},
        {"component_ids": ("c",)},
        {"starts_at": 7, "ends_at": 9},
    ],
)
def test_what_is_given_counts(given: dict[str, Any]) -> None:
    assert fill(LOAD, given) == {**SAID, **given}


def test_without_a_template_what_is_given_is_all() -> None:
    given = {"title": "Load", "component_ids": ("c",)}
    assert fill(None, given) == {**given, "body": "", "body_html": ""}


@pytest.mark.parametrize(
    ("given", "path"), [({"component_ids": ("c",)}, "title"), ({"title": "T"}, "component_ids")]
)
def test_an_issue_without_title_or_components_is_refused(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Refused) as refused:
        fill(None, given)
    assert [error.path for error in refused.value.errors] == [path]


def test_a_template_may_leave_the_components_to_the_issue() -> None:
    open_to_all = Template(**{**vars(LOAD), "component_ids": ()})
    assert fill(open_to_all, {"component_ids": ("c",)})["component_ids"] == ("c",)
    with pytest.raises(Refused):
        fill(open_to_all, {})
