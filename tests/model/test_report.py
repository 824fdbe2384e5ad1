"""What a page reports: its issues, open and closed, and when things changed."""

from dataclasses import replace

import pytest
from tests.reports import closed, said
from tests.web.sample import (
    BORN,
    HOUR,
    MINUTE,
    NOW,
    board,
    component,
    in_trouble,
    issue,
    page,
    work,
)

from tocsin.model.component import State
from tocsin.model.issue import UpdateLabel
from tocsin.model.page import Group
from tocsin.model.report import closed_at, last_change, newest, report, state_at
from tocsin.model.status import Period

GROUP = Group(None, None, ("c1", "c2"))
BOARD = board(page(GROUP), component("c1", "Website"), component("c2", "Checkout"))


def test_issues_are_told_newest_first_closed_ones_among_the_open() -> None:
    open_one = issue("i2", "Open", "c1", created_at=NOW - HOUR)
    standing = replace(BOARD, issues={"i2": open_one})
    told = [closed("i3", ago=MINUTE), closed("i1", ago=2 * HOUR), closed("i0", ago=2 * HOUR)]
    assert [one.id for one in report(standing, "main", "", told).issues] == ["i3", "i2", "i0", "i1"]


def test_an_issue_that_the_board_shows_is_as_the_board_has_it() -> None:
    standing = replace(BOARD, issues={"i1": issue("i1", "Open", "c1")})
    (told,) = report(standing, "main", "", [closed("i1", ago=MINUTE)]).issues
    assert told.standing


def test_components_of_an_issue_are_those_on_the_page_in_its_order() -> None:
    about = issue("i1", "Both", "elsewhere", "c2", "c1")
    names = [one.name for one in report(BOARD, "main", "").components_of(about)]
    assert names == ["Website", "Checkout"]


def test_what_belongs_to_the_page_is_below_its_address() -> None:
    made = report(BOARD, "main", "https://status.acme.test")
    assert made.issue_address(issue("i1", "", "c1")) == "https://status.acme.test/issues/i1"


def test_it_changed_when_anything_in_it_did() -> None:
    assert report(board(page()), "main", "").changed_at == BORN
    assert report(BOARD, "main", "").changed_at == BORN
    assert report(in_trouble(), "main", "").changed_at == NOW - 3 * MINUTE
    told = [closed("i9", ago=MINUTE)]
    assert report(in_trouble(), "main", "", told).changed_at == NOW - MINUTE


def test_since_when_a_component_is_in_its_state() -> None:
    made = report(in_trouble(), "main", "")
    assert [made.since(one) for one in made.picture.components[:2]] == [NOW - 23 * MINUTE] * 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"created_at": 5, "began_at": 5}, 5),
        ({"created_at": 5, "began_at": 7}, 7),
        ({"created_at": 5, "began_at": 5, "ended_at": 9}, 9),
        ({"created_at": 5, "began_at": None}, 5),
        ({"created_at": 5, "began_at": 5, "updates": (said("u1", 11),)}, 11),
    ],
)
def test_the_last_change_of_an_issue(given: dict[str, object], expected: int) -> None:
    assert last_change(issue("i1", "", "c1", **given)) == expected


def test_an_issue_is_closed_when_it_ended() -> None:
    assert closed_at(issue("i1", "", "c1")) is None
    assert closed_at(closed("i1", ago=MINUTE)) == NOW - MINUTE
    assert closed_at(work("i1", "", "c1")) is None


def test_one_that_was_called_off_before_it_began_is_closed_from_then_on() -> None:
    off = said("u1", NOW - HOUR, UpdateLabel.CANCELLED)
    more = said("u2", NOW, UpdateLabel.ADDENDUM)
    assert closed_at(work("i1", "", "c1", cancelled=True, updates=(more, off))) == NOW - HOUR
    assert closed_at(work("i1", "", "c1", cancelled=True, created_at=BORN)) == BORN


def test_the_newest_update_with_a_label() -> None:
    updates = (
        said("u3", 3, UpdateLabel.RESOLVED),
        said("u2", 2, UpdateLabel.MONITORING),
        said("u1", 1, UpdateLabel.MONITORING),
    )
    about = issue("i1", "", "c1", updates=updates)
    assert newest(about, UpdateLabel.MONITORING) == updates[1]
    assert newest(about, UpdateLabel.IDENTIFIED) is None


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (9, State.OPERATIONAL),
        (10, State.DEGRADED),
        (19, State.DEGRADED),
        (20, State.OUTAGE),
        (99, State.OUTAGE),
    ],
)
def test_the_state_at_a_time(at: int, state: State) -> None:
    periods = (Period(State.DEGRADED, 10, 20), Period(State.OUTAGE, 20))
    assert state_at(periods, at) is state
