"""What a page shows of the board."""

from dataclasses import replace

from tests.web.sample import (
    BORN,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    board,
    component,
    in_trouble,
    issue,
    nothing,
    page,
    recent_of,
    three_fine,
    update,
    work,
)

from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.issue import Issue, UpdateLabel
from tocsin.model.page import Group, Visibility
from tocsin.web import compose as composing
from tocsin.web.view import PageView, Shown


def compose(shown: Board, slug: str, touched_at: int = 0) -> PageView:
    return composing.compose(shown, slug, recent_of(shown), NOW, touched_at)


def shown(view: PageView) -> dict[str, Shown]:
    return {one.name: one.shown for group in view.groups for one in group.components}


def one_component(state: State, *issues: Issue) -> Board:
    return board(
        page(Group(None, None, ("c1",))), component("c1", "Website", state), issues=issues, c1=NOW
    )


def test_a_page_without_components_has_nothing_to_report() -> None:
    view = compose(nothing(), "main")
    assert view.answer.shown is Shown.NONE
    assert view.answer.headline == view.look.title == "Status"
    assert view.answer.changed_at is None
    assert (view.groups, view.issues, view.maintenance) == ((), (), ())


def test_a_page_is_fine_since_its_last_recovery() -> None:
    answer = compose(three_fine(), "main").answer
    assert (answer.sentence, answer.since) == ("All systems operational", NOW - 3 * DAY)


def test_a_page_that_never_had_trouble_does_not_say_since_when() -> None:
    assert compose(one_component(State.OPERATIONAL), "main").answer.since == NOW
    fresh = board(page(Group(None, None, ("c1",))), component("c1", "Website"))
    assert compose(fresh, "main").answer.since is None


def test_the_answer_is_the_worst_since_the_first_in_that_state() -> None:
    answer = compose(in_trouble(), "main").answer
    assert answer.shown is Shown.OUTAGE
    assert answer.headline == "Outage · Acme status"
    assert answer.sentence == "Outage of Website and Checkout"
    assert answer.more == "Search is degraded · Maintenance of Frankfurt"
    assert answer.since == NOW - 23 * MINUTE
    assert answer.changed_at == NOW - 3 * MINUTE


def test_the_last_change_counts_what_the_board_no_longer_shows() -> None:
    assert compose(in_trouble(), "main", NOW).answer.changed_at == NOW


def test_issues_are_newest_first_with_their_entries_newest_first() -> None:
    first, second = compose(in_trouble(), "main").issues
    assert [first.title, second.title] == [
        "Checkout fails for many customers",
        "Search results are slow",
    ]
    assert [entry.label for entry in first.entries] == ["Monitoring", "Identified", "Investigating"]
    assert first.affects == ("Website", "Checkout")
    assert (first.shown, second.shown) == (Shown.OUTAGE, Shown.DEGRADED)


def test_an_issue_names_only_the_components_of_this_page() -> None:
    elsewhere = board(
        page(Group(None, None, ("c2", "c1"))),
        component("c1", "Website"),
        component("c2", "API"),
        component("c3", "Internal"),
        issues=(issue("i1", "Slow", "c1", "c3", "c2"), issue("i2", "Other", "c3")),
    )
    (only,) = compose(elsewhere, "main").issues
    assert only.affects == ("API", "Website")
    assert only.shown is Shown.NONE


def test_maintenance_in_progress_stands_before_what_is_coming_next() -> None:
    later = work("i9", "Later", "c1", starts_at=NOW + 3 * DAY, ends_at=NOW + 4 * DAY)
    shows = in_trouble()
    view = compose(replace(shows, issues={**shows.issues, "i9": later}), "main")
    assert [(one.title, one.in_progress) for one in view.maintenance] == [
        ("New switches in Frankfurt", True),
        ("Database upgrade to version 18", False),
        ("Later", False),
    ]
    assert [entry.label for entry in view.maintenance[0].updates] == ["Update"]


def test_what_is_not_announced_yet_is_not_shown() -> None:
    planned = work("i1", "Secret", "c1", announced=False)
    assert compose(one_component(State.OPERATIONAL, planned), "main").maintenance == ()


def underway(override: State | None) -> Issue:
    return work("w1", "Works", "c1", standing=True, state_override=override, began_at=NOW - HOUR)


def test_a_component_is_in_maintenance_when_that_is_all_there_is_to_it() -> None:
    for state, override in (
        (State.OPERATIONAL, None),
        (State.OPERATIONAL, State.OPERATIONAL),
        (State.OUTAGE, State.OUTAGE),
    ):
        view = compose(one_component(state, underway(override)), "main")
        assert shown(view) == {"Website": Shown.MAINTENANCE}
        assert view.answer.sentence == "Maintenance in progress"
        assert view.answer.since == NOW - HOUR


def test_trouble_that_maintenance_does_not_declare_is_shown() -> None:
    view = compose(one_component(State.DEGRADED, underway(None)), "main")
    assert shown(view) == {"Website": Shown.DEGRADED}


def test_trouble_that_an_issue_declares_too_is_shown() -> None:
    accident = issue("i1", "Accident", "c1", state_override=State.OUTAGE)
    view = compose(one_component(State.OUTAGE, underway(State.DEGRADED), accident), "main")
    assert shown(view) == {"Website": Shown.OUTAGE}


def test_only_what_is_not_fine_says_since_when() -> None:
    rows = {row.name: row.since for row in compose(in_trouble(), "main").groups[0].components}
    assert rows["Search"] == NOW - 5 * HOUR
    assert {row.since for row in compose(three_fine(), "main").groups[0].components} == {None}


def test_groups_are_in_page_order_and_sum_up() -> None:
    groups = compose(in_trouble(), "main").groups
    assert [(group.name, group.shown, group.summary) for group in groups] == [
        ("Customer-facing", Shown.OUTAGE, "2 outages, 1 degraded"),
        ("Regions", Shown.MAINTENANCE, "1 in maintenance"),
        (None, Shown.OPERATIONAL, "Operational"),
    ]


def test_an_empty_group_is_not_shown() -> None:
    empty = page(Group("g1", "Empty", ()), Group("g2", "Full", ("c1",)))
    view = compose(board(empty, component("c1", "Website")), "main")
    assert [group.name for group in view.groups] == ["Full"]


def test_an_update_is_a_change_of_the_page() -> None:
    said = issue(
        "i1",
        "Slow",
        "c1",
        created_at=BORN,
        began_at=BORN,
        updates=(update("u1", NOW + 5, UpdateLabel.MONITORING, ""),),
    )
    assert compose(one_component(State.OPERATIONAL, said), "main").answer.changed_at == NOW + 5


def test_search_engines_may_list_what_everybody_may_see_unless_told_otherwise() -> None:
    assert compose(nothing(), "main").look.listed
    for hidden in (page(visibility=Visibility.PRIVATE), page(robots=False)):
        assert not compose(board(hidden), "main").look.listed
