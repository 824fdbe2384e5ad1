"""Components, and how their states follow what is said about them."""

import pytest
from tests.domain import Domain, data

from tocsin.app import pages
from tocsin.app.pages import PageChanges, Place
from tocsin.model.component import State
from tocsin.model.errors import Code, Refused
from tocsin.model.layout import WantedGroup
from tocsin.store import components as rows

STATUS = "component.status"


async def statuses(there: Domain, component_id: str) -> list[tuple[str, int, int | None]]:
    """Its statuses, oldest first, in seconds since the clock was first set."""
    found = await there.store.read(lambda conn: rows.listing_statuses(conn, component_id, None, 99))
    start = 1_700_000_000
    return [
        (one.state, one.began_at - start, one.ended_at and one.ended_at - start)
        for one in reversed(found)
    ]


async def test_a_new_component_stands_last_on_its_page_and_is_in_its_state_from_then(
    there: Domain,
) -> None:
    first = await there.component()
    second = await there.component(state=State.DEGRADED)
    assert (await there.page()).page.component_ids == (first, second)
    assert there.last == [
        ("component.created", f"component/{second}"),
        ("page.edited", "page/main"),
    ]
    assert await statuses(there, second) == [("degraded", 0, None)]
    assert (await there.page()).state is State.DEGRADED


async def test_a_component_for_a_page_or_group_that_is_not_there_is_not_made(there: Domain) -> None:
    for page, group in (("nowhere", None), ("main", "f" * 24)):
        with pytest.raises(Refused) as refusal:
            await there.component(page=page, group=group)
        assert refusal.value.code is Code.INVALID
    assert (await there.loaded()).components == {}


async def test_each_change_of_state_ends_a_status_and_begins_one(there: Domain) -> None:
    component_id = await there.component()
    for state in (State.DEGRADED, State.OUTAGE, State.OPERATIONAL):
        there.clock.advance(10)
        await there.edit_component(component_id, manual_state=state)
        assert there.last == [(STATUS, f"component/{component_id}")]
    assert await statuses(there, component_id) == [
        ("operational", 0, 10),
        ("degraded", 10, 20),
        ("outage", 20, 30),
        ("operational", 30, None),
    ]
    told = [data(change[0]) for change in there.changes[-3:]]
    assert [one["time_down"] for one in told] == [None, None, 20]
    assert [one["previous"] for one in told] == ["operational", "degraded", "outage"]
    assert told[-1]["component"]["manual_state"] == "operational"


async def test_a_component_born_in_trouble_was_down_since_it_was_made(there: Domain) -> None:
    component_id = await there.component(state=State.OUTAGE)
    there.clock.advance(7)
    await there.edit_component(component_id, manual_state=State.OPERATIONAL)
    assert data(there.changes[-1][0])["time_down"] == 7


async def test_the_worst_override_of_standing_issues_beats_the_manual_state(there: Domain) -> None:
    component_id = await there.component(state=State.OUTAGE)
    mild = await there.issue(component_id, state_override=State.OPERATIONAL)
    assert (await there.shown(component_id)).component.state is State.OPERATIONAL
    severe = await there.issue(component_id, state_override=State.DEGRADED)
    assert (await there.shown(component_id)).component.state is State.DEGRADED
    await there.issue(component_id)
    assert there.told == ["issue.created"]
    await there.update(severe, "resolved")
    assert there.told == [STATUS, "issue.resolved"]
    assert (await there.shown(component_id)).component.state is State.OPERATIONAL
    await there.update(mild, "resolved")
    assert (await there.shown(component_id)).component.state is State.OUTAGE


async def test_a_manual_state_under_an_override_is_told_and_kept_for_later(there: Domain) -> None:
    component_id = await there.component()
    issue_id = await there.issue(component_id, state_override=State.DEGRADED)
    await there.edit_component(component_id, manual_state=State.OUTAGE)
    assert there.told == ["component.edited"]
    await there.update(issue_id, "resolved")
    assert (await there.shown(component_id)).component.state is State.OUTAGE


async def test_a_new_name_and_a_new_state_are_both_told_the_state_first(there: Domain) -> None:
    component_id = await there.component()
    await there.edit_component(component_id, name="Shop", manual_state=State.OUTAGE)
    assert there.told == [STATUS, "component.edited"]


async def test_a_change_that_changes_nothing_writes_no_event(there: Domain) -> None:
    component_id = await there.component()
    head = there.store.head
    await there.edit_component(component_id, name="Website", manual_state=State.OPERATIONAL)
    assert there.store.head == head


async def test_placing_again_moves_to_another_page_and_group(there: Domain) -> None:
    await there.make_page("other")
    component_id = await there.component(group="Web")
    for place in (Place("other"), Place("main", None)):
        await there.edit_component(component_id, place)
        assert there.last == [("page.edited", f"page/{place.page}")]
    assert (await there.shown(component_id)).pages == ("main", "other")
    assert [group.name for group in (await there.page()).page.groups] == ["Web", None]


async def test_status_events_come_in_page_order(there: Domain) -> None:
    made = [await there.component(name) for name in "abc"]
    await there.make_page("other")
    elsewhere = await there.component("d", page="other")
    order = (made[2], made[0], made[1])
    changes = PageChanges(groups=(WantedGroup(None, None, order),))
    await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, "main"), changes))
    await there.issue(elsewhere, *made, state_override=State.OUTAGE)
    topics = [topic.removeprefix("component/") for _, topic in there.last[:-1]]
    assert topics == [*order, elsewhere]


async def test_a_component_of_a_standing_or_coming_issue_cannot_be_deleted(there: Domain) -> None:
    standing, coming, over = [await there.component(name) for name in "abc"]
    await there.issue(standing)
    now = there.clock.now
    far = {"starts_at": now + 30 * 86_400, "ends_at": now + 31 * 86_400}
    await there.issue(coming, **far)
    resolved = await there.issue(over)
    await there.update(resolved, "resolved")
    for component_id in (standing, coming):
        with pytest.raises(Refused) as refusal:
            await there.delete_component(component_id)
        assert refusal.value.code is Code.COMPONENT_IN_USE
    await there.delete_component(over)
    assert there.last == [("component.deleted", f"component/{over}"), ("page.edited", "page/main")]
    assert (await there.page()).page.component_ids == (standing, coming)
    await there.update(resolved, "addendum", body="It was the mail after all.")
    assert there.told == ["issue.updated"]
