"""The words of the status page."""

from collections.abc import Mapping, Sequence

import pytest

from tocsin.model.issue import IssueLabel, UpdateLabel
from tocsin.model.page import Language
from tocsin.web import wording
from tocsin.web.view import Shown
from tocsin.web.words import WORDS

ENGLISH = WORDS[Language.ENGLISH]
GERMAN = WORDS[Language.GERMAN]


def named(**given: Sequence[str]) -> Mapping[Shown, Sequence[str]]:
    return {shown: given.get(shown, ()) for shown in Shown}


@pytest.mark.parametrize(
    ("shown", "names", "sentence"),
    [
        (Shown.OUTAGE, named(outage=["Website"]), "Outage of Website"),
        (Shown.OUTAGE, named(outage=["Website", "API"]), "Outage of Website and API"),
        (Shown.OUTAGE, named(outage=["Website", "B", "C"]), "Outage of Website and 2 more"),
        (Shown.DEGRADED, named(degraded=["Website"]), "Website is degraded"),
        (Shown.DEGRADED, named(degraded=["A", "B", "C", "D"]), "A and 3 more are degraded"),
        (Shown.MAINTENANCE, named(maintenance=["A"]), "Maintenance in progress"),
        (Shown.OPERATIONAL, named(operational=["A"]), "All systems operational"),
        (Shown.NONE, named(), "Nothing to report yet"),
    ],
)
def test_the_answer_is_named_after_what_is_affected(
    shown: Shown, names: Mapping[Shown, Sequence[str]], sentence: str
) -> None:
    assert wording.sentence(ENGLISH, shown, names) == sentence


def test_what_the_answer_leaves_out_is_said_after_it() -> None:
    all_at_once = named(outage=["A"], degraded=["B"], maintenance=["C"])
    assert wording.more(ENGLISH, Shown.OUTAGE, all_at_once, 2) == "B is degraded · Maintenance of C"
    assert wording.more(ENGLISH, Shown.DEGRADED, named(degraded=["A"]), 1) is None
    assert wording.more(ENGLISH, Shown.MAINTENANCE, named(maintenance=["A", "B"]), 0) == (
        "Maintenance of A and B"
    )


def test_a_page_without_trouble_does_not_hide_open_issues() -> None:
    fine = named(operational=["A"])
    assert wording.more(ENGLISH, Shown.OPERATIONAL, fine, 0) is None
    assert wording.more(ENGLISH, Shown.OPERATIONAL, fine, 1) == "1 issue is open"
    assert wording.more(ENGLISH, Shown.OPERATIONAL, fine, 2) == "2 issues are open"


def test_the_title_carries_the_state() -> None:
    assert wording.title(ENGLISH, "Acme") == "Acme status"
    assert wording.title(ENGLISH, "Status of Acme") == "Status of Acme"
    assert wording.headline(ENGLISH, Shown.OUTAGE, "Acme status") == "Outage · Acme status"
    assert wording.headline(ENGLISH, Shown.NONE, "Acme status") == "Acme status"


def test_a_group_sums_up_what_is_not_fine() -> None:
    assert wording.group_summary(ENGLISH, [Shown.OPERATIONAL] * 3) == "Operational"
    assert wording.group_summary(ENGLISH, [Shown.OUTAGE, Shown.OPERATIONAL]) == "1 outage"
    assert wording.group_summary(
        ENGLISH, [Shown.OUTAGE, Shown.OUTAGE, Shown.DEGRADED, Shown.MAINTENANCE]
    ) == ("2 outages, 1 degraded, 1 in maintenance")


@pytest.mark.parametrize("name", [*IssueLabel, *UpdateLabel])
def test_every_label_has_a_word(name: str) -> None:
    assert wording.label(ENGLISH, name)[0].isupper()


def test_what_is_said_without_a_label_is_an_update() -> None:
    assert wording.label(ENGLISH, None) == "Update"


def test_every_state_has_a_word() -> None:
    assert [wording.state(ENGLISH, shown) for shown in Shown] == [
        "No data",
        "Operational",
        "Maintenance",
        "Degraded",
        "Outage",
    ]


def test_german_says_it_in_german() -> None:
    names = named(outage=["A", "B", "C"], degraded=["D"])
    assert wording.sentence(GERMAN, Shown.OUTAGE, names) == "Ausfall: A und 2 weitere"
    assert wording.more(GERMAN, Shown.OUTAGE, names, 1) == "D ist beeinträchtigt"
    assert wording.title(GERMAN, "Acme") == "Status von Acme"
