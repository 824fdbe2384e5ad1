"""Issues: what is kept and told of them, and what their schedules do when their time comes."""

from typing import Any

import pytest
from tests.domain import Domain, data

from tocsin.app import issues
from tocsin.model.component import State
from tocsin.model.errors import Code, Refused
from tocsin.model.issue import IssueLabel, NewUpdate
from tocsin.model.issue_edit import Changes
from tocsin.store import components as component_rows

WEEK = 7 * 86_400
HOUR = 3_600
STATUS = "component.status"


async def edit(there: Domain, issue_id: str, **changes: Any) -> None:
    await there.do(lambda tx: issues.edit(tx, issues.get(tx.conn, issue_id), Changes(**changes)))


async def cancel(there: Domain, issue_id: str) -> None:
    await there.do(
        lambda tx: issues.cancel(tx, issues.get(tx.conn, issue_id), NewUpdate(tx.new_id()))
    )


def planned(there: Domain, begins: int, lasts: int = HOUR) -> dict[str, int]:
    """A schedule that begins in so many seconds."""
    starts_at = there.clock.now + begins
    return {"starts_at": starts_at, "ends_at": starts_at + lasts}


async def test_components_that_do_not_exist_are_refused_one_by_one(there: Domain) -> None:
    component_id = await there.component()
    named = (component_id, "f" * 24, "e" * 24)
    known = await there.issue(component_id)
    for attempt in (there.issue(*named), edit(there, known, component_ids=named)):
        with pytest.raises(Refused) as refusal:
            await attempt
        paths = [error.path for error in refusal.value.errors]
        assert paths == ["component_ids.1", "component_ids.2"]


async def test_an_issue_is_kept_as_it_was_made(there: Domain) -> None:
    a, b = await there.component("a"), await there.component("b")
    issue_id = await there.issue(b, a, title="Fire", body="*Hot*", state_override=State.OUTAGE)
    assert there.told == [STATUS, STATUS, "issue.created"]
    issue = await there.reported(issue_id)
    assert (issue.title, issue.body, issue.component_ids) == ("Fire", "*Hot*", (b, a))
    assert (issue.standing, issue.state_override) == (True, State.OUTAGE)


async def test_an_override_is_the_last_one_given_absent_keeps_and_null_clears(
    there: Domain,
) -> None:
    component_id = await there.component()
    issue_id = await there.issue(component_id, state_override=State.DEGRADED)
    await there.update(issue_id, "monitoring")
    assert there.told == ["issue.updated"]
    await there.update(issue_id, state_override=State.OUTAGE)
    assert there.told == [STATUS, "issue.updated"]
    await there.update(issue_id, state_override=None)
    assert there.told == [STATUS, "issue.updated"]
    issue = await there.reported(issue_id)
    assert issue.state_override is None
    said = [update.state_override for update in issue.updates]
    assert said[:2] == [None, State.OUTAGE]
    assert said[2] not in (None, *State)


async def test_reopening_brings_the_override_back(there: Domain) -> None:
    component_id = await there.component()
    issue_id = await there.issue(component_id, state_override=State.DEGRADED)
    await there.update(issue_id, "resolved")
    assert there.told == [STATUS, "issue.resolved"]
    await there.update(issue_id, "investigating")
    assert there.told == [STATUS, "issue.reopened"]
    assert (await there.shown(component_id)).component.state is State.DEGRADED


async def test_moving_an_issue_to_other_components_moves_its_override(there: Domain) -> None:
    a, b = await there.component("a"), await there.component("b")
    issue_id = await there.issue(a, state_override=State.OUTAGE)
    await edit(there, issue_id, component_ids=(b,))
    assert there.told == [STATUS, STATUS, "issue.edited"]
    states = [(await there.shown(one)).component.state for one in (a, b)]
    assert states == [State.OPERATIONAL, State.OUTAGE]
    assert (await there.reported(issue_id)).component_ids == (b,)


async def test_a_deleted_issue_is_as_if_it_had_never_been(there: Domain) -> None:
    component_id = await there.component()
    issue_id = await there.issue(component_id, state_override=State.OUTAGE)
    await there.update(issue_id, "monitoring")
    await there.do(lambda tx: issues.delete(tx, issues.get(tx.conn, issue_id)))
    assert there.told == [STATUS, "issue.deleted"]
    with pytest.raises(Refused):
        await there.reported(issue_id)


async def test_a_change_bumps_the_version_and_one_that_changes_nothing_does_not(
    there: Domain,
) -> None:
    issue_id = await there.issue(await there.component())
    await there.update(issue_id, "monitoring")
    head = there.store.head
    await edit(there, issue_id, title="Trouble")
    assert there.store.head == head
    stored = await there.store.read(lambda conn: issues.get(conn, issue_id))
    assert stored.version == 2


async def test_a_schedule_within_a_week_is_announced_at_once(there: Domain) -> None:
    component_id = await there.component()
    await there.issue(component_id, **planned(there, WEEK))
    assert there.told == ["issue.created", "issue.announced"]
    await there.issue(component_id, **planned(there, WEEK + 1))
    assert there.told == ["issue.created"]


async def test_a_schedule_takes_its_steps_as_its_times_come(there: Domain) -> None:
    component_id = await there.component()
    times = planned(there, WEEK + 60)
    issue_id = await there.issue(component_id, state_override=State.DEGRADED, **times)
    there.clock.advance(60)
    assert await there.timers.catch_up() == times["starts_at"] * 1_000
    assert there.told == ["issue.announced"]
    there.clock.advance(WEEK)
    assert await there.timers.catch_up() == times["ends_at"] * 1_000
    assert there.told == [STATUS, "issue.started"]
    assert (await there.reported(issue_id)).standing
    there.clock.advance(HOUR)
    assert await there.timers.catch_up() is None
    assert there.told == [STATUS, "issue.ended"]
    assert not (await there.reported(issue_id)).standing


async def test_steps_that_were_slept_through_are_taken_in_order_with_their_planned_times(
    there: Domain,
) -> None:
    a, b = await there.component("a"), await there.component("b")
    long = await there.issue(a, state_override=State.OUTAGE, **planned(there, WEEK + 100, 1_000))
    short = await there.issue(b, **planned(there, WEEK + 300, 100))
    begun = there.clock.now + WEEK + 100
    seen = len(there.changes)
    there.clock.advance(2 * WEEK)
    await there.timers.catch_up()
    told = [(change[-1].type, change[-1].topic) for change in there.changes[seen:]]
    assert told == [
        ("tocsin.issue.announced", f"issue/{long}"),
        ("tocsin.issue.announced", f"issue/{short}"),
        ("tocsin.issue.started", f"issue/{long}"),
        ("tocsin.issue.started", f"issue/{short}"),
        ("tocsin.issue.ended", f"issue/{short}"),
        ("tocsin.issue.ended", f"issue/{long}"),
    ]
    issue = await there.reported(long)
    assert (issue.began_at, issue.ended_at) == (begun, begun + 1_000)
    started, ended = there.changes[seen + 2], there.changes[-1]
    assert [event.time_ms for event in started] == [begun * 1_000] * 2
    assert data(ended[0])["time_down"] == 1_000
    found = await there.store.read(lambda conn: component_rows.listing_statuses(conn, a, None, 9))
    assert [one.began_at for one in found[:2]] == [begun + 1_000, begun]


async def test_a_status_begins_no_sooner_than_the_one_before(there: Domain) -> None:
    component_id = await there.component()
    await there.issue(component_id, state_override=State.OUTAGE, **planned(there, 10))
    there.clock.advance(30)
    await there.edit_component(component_id, manual_state=State.DEGRADED)
    await there.timers.catch_up()
    assert data(there.changes[-1][0])["began_at"] == there.clock.now


async def test_a_cancelled_schedule_takes_no_more_steps(there: Domain) -> None:
    component_id = await there.component()
    issue_id = await there.issue(component_id, state_override=State.OUTAGE, **planned(there, 10))
    there.clock.advance(10)
    await there.timers.catch_up()
    await cancel(there, issue_id)
    assert there.told == [STATUS, "issue.cancelled"]
    assert await there.timers.catch_up() is None


async def test_one_that_is_not_scheduled_cannot_be_cancelled(there: Domain) -> None:
    issue_id = await there.issue(await there.component())
    with pytest.raises(Refused) as refusal:
        await cancel(there, issue_id)
    assert refusal.value.code is Code.ISSUE_NOT_SCHEDULED


async def test_a_new_schedule_is_told_and_followed(there: Domain) -> None:
    component_id = await there.component()
    issue_id = await there.issue(component_id, **planned(there, 10))
    later = planned(there, HOUR)
    await edit(there, issue_id, **later)
    assert there.told == ["issue.edited"]
    assert data(there.changes[-1][0])["update"]["label"] is None
    there.clock.advance(20)
    assert await there.timers.catch_up() == later["starts_at"] * 1_000
    assert len((await there.reported(issue_id)).updates) == 1


async def test_a_schedule_moved_to_within_a_week_is_announced_now(there: Domain) -> None:
    component_id = await there.component()
    issue_id = await there.issue(component_id, **planned(there, 2 * WEEK))
    await edit(there, issue_id, **planned(there, HOUR))
    await there.timers.catch_up()
    assert there.told == ["issue.announced"]
    assert there.changes[-1][0].time_ms == there.clock.now_ms()


@pytest.mark.parametrize(
    "fields", [{"label": IssueLabel.INFORMATIONAL}, {"began_at": 1_000, "ended_at": 2_000}]
)
async def test_what_is_born_resolved_changes_no_state(
    there: Domain, fields: dict[str, Any]
) -> None:
    component_id = await there.component()
    await there.issue(component_id, **fields)
    assert there.told == ["issue.created"]
    assert not (await there.loaded()).issues
