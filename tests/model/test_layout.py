"""Placing components on a page."""

import pytest
from msgspec import UNSET, UnsetType

from tocsin.model.errors import Refused
from tocsin.model.layout import COMPONENTS_LIMIT, WantedGroup, arrange, named, place, remove
from tocsin.model.page import Group

WEB, DATA = "a" * 24, "b" * 24
LAYOUT = (
    Group(WEB, "Web", ("site", "shop")),
    Group(None, None, ("mail",)),
    Group(DATA, "Data", ()),
)
EXISTING = {"site", "shop", "mail", "new"}


def refused(*wanted: WantedGroup) -> list[str]:
    with pytest.raises(Refused) as refusal:
        arrange(LAYOUT, wanted, EXISTING)
    return [error.path for error in refusal.value.errors]


def test_groups_are_kept_in_the_order_wanted_wherever_the_ungrouped_ones_stand() -> None:
    wanted = (
        WantedGroup(DATA, "Data", ("mail",)),
        WantedGroup(None, None, ("shop",)),
        WantedGroup(WEB, "Web", ("site",)),
    )
    assert arrange(LAYOUT, wanted, EXISTING) == (
        Group(DATA, "Data", ("mail",)),
        Group(None, None, ("shop",)),
        Group(WEB, "Web", ("site",)),
    )


def test_a_group_is_known_by_its_name_too_and_a_new_one_has_no_id_yet() -> None:
    wanted = (WantedGroup(None, "Web", ()), WantedGroup(None, "Office", ()))
    assert arrange(LAYOUT, wanted, EXISTING) == (Group(WEB, "Web", ()), Group(None, "Office", ()))


def test_a_group_may_take_the_name_that_another_gives_up() -> None:
    wanted = (WantedGroup(WEB, "Internet", ()), WantedGroup(None, "Web", ()))
    assert arrange(LAYOUT, wanted, EXISTING) == (Group(WEB, "Internet", ()), Group(None, "Web", ()))


def test_what_is_not_wanted_leaves_the_page_and_no_ungrouped_ones_are_no_group() -> None:
    assert arrange(LAYOUT, (WantedGroup(None, None, ()),), EXISTING) == ()


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        ((WantedGroup("f" * 24, "Web", ()),), ["groups.0.id"]),
        ((WantedGroup(WEB, "A", ()), WantedGroup(WEB, "B", ())), ["groups.1.id"]),
        ((WantedGroup(WEB, None, ()),), ["groups.0.name"]),
        ((WantedGroup(None, "A", ()), WantedGroup(None, "A", ())), ["groups.1.name"]),
        ((WantedGroup(None, None, ()), WantedGroup(None, None, ())), ["groups.1.name"]),
        ((WantedGroup(None, "A", ("site", "gone")),), ["groups.0.component_ids.1"]),
        (
            (WantedGroup(None, "A", ("site",)), WantedGroup(None, "B", ("mail", "site"))),
            ["groups.1.component_ids.1"],
        ),
    ],
)
def test_what_cannot_be_placed_is_refused(
    wanted: tuple[WantedGroup, ...], paths: list[str]
) -> None:
    assert refused(*wanted) == paths


def test_every_fault_is_named_at_once() -> None:
    faulty = WantedGroup("f" * 24, "Web", ("gone",))
    assert refused(faulty) == ["groups.0.id", "groups.0.component_ids.0"]


def test_a_page_holds_only_so_many_components() -> None:
    many = tuple(f"{number}" for number in range(COMPONENTS_LIMIT))
    full = arrange((), (WantedGroup(None, None, many),), many)
    with pytest.raises(Refused):
        place(full, "new", None)
    assert place(full, "0", None) == full
    assert named((WantedGroup(None, None, many),)) == {*many}
    with pytest.raises(Refused):
        named((WantedGroup(None, None, many), WantedGroup(None, "Web", ("new",))))


@pytest.mark.parametrize("group", [DATA, "Data"])
def test_a_component_is_appended_to_the_group_of_that_id_or_name(group: str) -> None:
    assert place(LAYOUT, "new", group)[2] == Group(DATA, "Data", ("new",))


@pytest.mark.parametrize("group", [None, UNSET])
def test_without_a_group_a_component_joins_the_ungrouped_ones(
    group: UnsetType | None,
) -> None:
    assert place(LAYOUT, "new", group)[1] == Group(None, None, ("mail", "new"))


def test_the_first_ungrouped_component_stands_last() -> None:
    assert place(LAYOUT[:1], "new", None) == (LAYOUT[0], Group(None, None, ("new",)))


def test_a_new_name_makes_a_group() -> None:
    assert place(LAYOUT, "new", "Office")[3] == Group(None, "Office", ("new",))


def test_an_id_that_is_no_groups_is_refused() -> None:
    with pytest.raises(Refused):
        place(LAYOUT, "new", "f" * 24)


@pytest.mark.parametrize("group", [WEB, "Web", UNSET])
def test_what_stands_there_already_stays_where_it_is(group: str | UnsetType) -> None:
    assert place(LAYOUT, "site", group) is LAYOUT


def test_a_component_moves_to_another_group_and_stands_there_alone() -> None:
    assert place(LAYOUT, "mail", "Web") == (
        Group(WEB, "Web", ("site", "shop", "mail")),
        Group(DATA, "Data", ()),
    )


def test_removing_leaves_the_rest_and_an_empty_group_with_a_name() -> None:
    assert remove(LAYOUT, "mail") == (LAYOUT[0], LAYOUT[2])
    assert remove(LAYOUT, "site")[0] == Group(WEB, "Web", ("shop",))
