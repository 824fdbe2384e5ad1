"""The Hund Live Event API, v1: which events, in which order, with which fields.

That a client that follows them holds what a newcomer is given: `test_hund_invariant.py`.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from tests.live_world import START, World, component, page

from tocsin.model.component import State
from tocsin.model.errors import Code, Refused
from tocsin.model.event import Event
from tocsin.model.issue import ANNOUNCED_BEFORE, IssueLabel, NewIssue, NewUpdate, UpdateLabel
from tocsin.model.issue_edit import Changes
from tocsin.wire import hund
from tocsin.wire.hund_frame import Frame

NEW = NewIssue(
    "i1",
    "Heavy Load",
    component_ids=("web", "api"),
    body="We're working on it.",
    body_html="<p>We're working on it.</p>\n",
    label=IssueLabel.INVESTIGATING,
)
SOON = replace(NEW, starts_at=START + 60, ends_at=START + 120, label=IssueLabel.ASSESSED)
LATER = replace(SOON, starts_at=START + 8 * 86_400, ends_at=START + 9 * 86_400)
SAID = NewUpdate("u1", "Better.", "<p>Better.</p>\n", UpdateLabel.MONITORING)
RESOLVED = replace(SAID, id="u2", label=UpdateLabel.RESOLVED)
ADDENDUM = replace(SAID, id="u3", label=UpdateLabel.ADDENDUM)


@pytest.fixture
def world() -> World:
    """Page `main` with api, web, db; page `inner` with db, web."""
    world = World()
    for name in ("api", "web", "db"):
        world.commit(partial(world.add_component, component(name)))
    world.commit(lambda: world.add_page(page(1, "main", ("api", "web", "db"))))
    world.commit(lambda: world.add_page(page(2, "inner", ("db", "web"))))
    return world


Sent = list[tuple[str, dict[str, Any]]]


def sent(
    world: World, work: Callable[[], object], slug: str = "main", component_id: str | None = None
) -> Sent:
    """What one change sends to a stream: names and data without `state`, which is the stream's."""
    before, change = world.commit(work)
    frames = hund.frames(before, world.board, change, slug, component_id)
    picture = world.board.picture(slug, component_id)
    assert picture is not None
    told = []
    for frame in frames:
        data = json.loads(frame.data)
        assert data.pop("state") == picture.state
        told.append((frame.event, data))
    return told


def names(told: Sent) -> list[str]:
    return [name for name, _ in told]


def fresh(world: World, slug: str = "main", component_id: str | None = None) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(hund.init_event(world.board, slug, component_id, 9).data)
    return data


# Fields


def test_a_page_without_anything_is_operational() -> None:
    world = World()
    world.commit(lambda: world.add_page(page(1, "main")))
    frame = hund.init_event(world.board, "main", None, 41)
    assert frame == Frame(41, "init_event", b'{"state":"operational","issues":[]}')


def test_an_issue_has_the_seeds_fields(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    world.commit(lambda: world.update("i1", SAID))
    assert fresh(world) == {
        "state": "operational",
        "issues": [
            {
                "id": "i1",
                "title": "Heavy Load",
                "body": "<p>We're working on it.</p>\n",
                "label": "investigating",
                "component": "api",
                "standing": True,
                "scheduled": False,
                "created_at": START,
                "updates": [
                    {
                        "issue_id": "i1",
                        "body": "<p>Better.</p>\n",
                        "label": "monitoring",
                        "created_at": START,
                    }
                ],
            }
        ],
    }


def test_a_scheduled_issue_has_its_times_beside(world: World) -> None:
    world.commit(lambda: world.create(SOON))
    issue = fresh(world)["issues"][0]
    assert (issue["scheduled"], issue["standing"]) == (True, False)
    assert (issue["starts_at"], issue["ends_at"]) == (START + 60, START + 120)


def test_the_component_is_the_first_in_page_order_or_the_streams_own(world: World) -> None:
    world.commit(lambda: world.create(replace(NEW, component_ids=("web", "db", "api"))))
    named = {
        stream: fresh(world, *stream)["issues"][0]["component"]
        for stream in [("main", None), ("inner", None), ("main", "web"), ("inner", "db")]
    }
    assert named == {
        ("main", None): "api",
        ("inner", None): "db",
        ("main", "web"): "web",
        ("inner", "db"): "db",
    }


def test_the_data_may_stand_in_a_script_element(world: World) -> None:
    told = hund.init_event(world.board, "main", None, 0).data
    world.commit(lambda: world.create(replace(NEW, title="</script> & \u2028\n")))
    told = hund.init_event(world.board, "main", None, 0).data
    assert not set(b"<>&\n") & set(told)
    assert b"\\u003c/script\\u003e \\u0026" in told
    assert json.loads(told)["issues"][0]["title"] == "</script> & \u2028\n"


@pytest.mark.parametrize(
    ("slug", "component_id"), [("none", None), ("main", "x"), ("inner", "api")]
)
def test_there_is_no_stream_of_what_is_not_there(
    world: World, slug: str, component_id: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        hund.init_event(world.board, slug, component_id, 0)
    assert refused.value.code is Code.NOT_FOUND


# Statuses


def test_a_status_goes_to_the_streams_that_show_the_component(world: World) -> None:
    def fail() -> None:
        world.edit_component("api", manual_state=State.OUTAGE)

    before, change = world.commit(fail)
    page_frames = hund.frames(before, world.board, change, "main", None)
    assert [frame.event for frame in page_frames] == ["status_event"]
    assert json.loads(page_frames[0].data) == {
        "state": "outage",
        "status": {"component": "api", "state": "outage"},
    }
    assert hund.frames(before, world.board, change, "main", "api") == page_frames
    assert hund.frames(before, world.board, change, "main", "web") == []
    assert hund.frames(before, world.board, change, "inner", None) == []


def test_statuses_come_first_and_all_frames_carry_the_state_after_the_change(world: World) -> None:
    told = sent(world, lambda: world.create(replace(NEW, state_override=State.DEGRADED)))
    assert names(told) == ["status_event", "status_event", "issue_event"]
    assert [one["status"]["component"] for _, one in told[:2]] == ["api", "web"]


def test_a_frame_has_the_sequence_of_its_event(world: World) -> None:
    world.commit(lambda: world.create(replace(NEW, state_override=State.OUTAGE)))
    before, change = world.commit(lambda: world.drop_issue("i1"))
    frames = hund.frames(before, world.board, change, "main", "web")
    assert [frame.event for frame in frames] == ["status_event", "init_event"]
    assert [frame.sequence for frame in frames] == [change[1].sequence, change[-1].sequence]


# Issues and updates


def test_a_created_issue_is_told_whole(world: World) -> None:
    told = sent(world, lambda: world.create(NEW))
    assert told == [("issue_event", {"issue": fresh(world)["issues"][0]})]


def test_an_issue_goes_only_to_the_streams_that_show_one_of_its_components(world: World) -> None:
    assert sent(world, lambda: world.create(NEW), "main", "db") == []
    assert sent(world, lambda: world.update("i1", SAID), "main", "db") == []


def test_updates_are_told_alone(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    assert sent(world, lambda: world.update("i1", RESOLVED)) == [
        (
            "update_event",
            {
                "update": {
                    "issue_id": "i1",
                    "body": "<p>Better.</p>\n",
                    "label": "resolved",
                    "created_at": START,
                }
            },
        )
    ]


def test_an_addendum_to_a_resolved_issue_is_told_to_whoever_remembers_it(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    world.commit(lambda: world.update("i1", RESOLVED))
    assert names(sent(world, lambda: world.update("i1", ADDENDUM))) == ["update_event"]


def test_a_reopening_is_an_update_and_a_new_picture(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    world.commit(lambda: world.update("i1", RESOLVED))
    told = sent(world, lambda: world.update("i1", SAID))
    assert names(told) == ["update_event", "init_event"]
    assert len(told[1][1]["issues"][0]["updates"]) == 2


def test_informational_and_retrospective_issues_make_no_live_event(world: World) -> None:
    noted = replace(NEW, label=IssueLabel.INFORMATIONAL)
    past = replace(NEW, id="i2", began_at=START - 9, ended_at=START - 3)
    assert sent(world, lambda: world.create(noted)) == []
    assert sent(world, lambda: world.update("i1", SAID)) == []
    assert sent(world, lambda: world.create(past)) == []
    assert sent(world, lambda: world.update("i2", ADDENDUM)) == []
    assert sent(world, lambda: world.drop_issue("i2")) == []


def test_a_retrospective_issue_that_is_reopened_is_live_from_then_on(world: World) -> None:
    world.commit(lambda: world.create(replace(NEW, began_at=START - 9, ended_at=START - 3)))
    assert names(sent(world, lambda: world.update("i1", SAID))) == ["update_event", "init_event"]
    assert names(sent(world, lambda: world.update("i1", RESOLVED))) == ["update_event"]


# Schedules


def test_a_scheduled_issue_is_told_when_announced_at_once(world: World) -> None:
    told = sent(world, lambda: world.create(SOON))
    assert told == [("issue_event", {"issue": fresh(world)["issues"][0]})]


def test_until_its_announcement_nothing_of_a_scheduled_issue_is_told(world: World) -> None:
    assert sent(world, lambda: world.create(LATER)) == []
    assert sent(world, lambda: world.update("i1", SAID)) == []
    assert sent(world, lambda: world.edit("i1", Changes(title="T", ends_at=START + 99**4))) == []
    world.now = START + 86_400
    told = sent(world, lambda: world.take_due_step("i1"))
    assert names(told) == ["issue_event"]
    assert told[0][1]["issue"]["title"] == "T"
    assert len(told[0][1]["issue"]["updates"]) == 2


def test_one_that_was_cancelled_unannounced_was_never_there(world: World) -> None:
    world.commit(lambda: world.create(LATER))
    assert sent(world, lambda: world.cancel("i1")) == []
    assert sent(world, lambda: world.update("i1", ADDENDUM)) == []


def test_begin_and_end_are_told_whole(world: World) -> None:
    world.commit(lambda: world.create(SOON))
    world.commit(lambda: world.update("i1", SAID))
    for now, standing in [(START + 60, True), (START + 120, False)]:
        world.now = now
        told = sent(world, lambda: world.take_due_step("i1"))
        assert names(told) == ["issue_event"]
        assert told[0][1]["issue"]["standing"] is standing
        assert len(told[0][1]["issue"]["updates"]) == 1


def test_begin_and_end_may_fall_into_one_change(world: World) -> None:
    world.commit(lambda: world.create(LATER))
    world.now += 10 * ANNOUNCED_BEFORE
    told = sent(world, lambda: world.take_due_steps("i1"))
    assert [one["issue"]["standing"] for _, one in told] == [False, True, False]


@pytest.mark.parametrize("begun", [False, True])
def test_cancelling_is_an_update(world: World, begun: bool) -> None:
    world.commit(lambda: world.create(SOON))
    world.now += 60
    if begun:
        world.commit(lambda: world.take_due_steps("i1"))
    told = sent(world, lambda: world.cancel("i1"))
    assert names(told) == ["update_event"]
    assert told[0][1]["update"]["label"] == "cancelled"


def test_resolving_maintenance_is_an_update(world: World) -> None:
    world.commit(lambda: world.create(SOON))
    world.now += 60
    world.commit(lambda: world.take_due_steps("i1"))
    assert names(sent(world, lambda: world.update("i1", RESOLVED))) == ["update_event"]


def test_a_new_schedule_is_an_update_and_a_new_picture(world: World) -> None:
    world.commit(lambda: world.create(SOON))
    told = sent(world, lambda: world.edit("i1", Changes(ends_at=START + 999)))
    assert names(told) == ["update_event", "init_event"]


# What only a new picture tells


@pytest.mark.parametrize(
    "changes",
    [
        Changes(title="New"),
        Changes(body="b", body_html="<p>b</p>\n"),
        Changes(label=IssueLabel.IDENTIFIED),
        Changes(component_ids=("api", "db")),
        Changes(component_ids=("db",)),
    ],
)
def test_an_edit_is_a_new_picture(world: World, changes: Changes) -> None:
    world.commit(lambda: world.create(NEW))
    assert names(sent(world, lambda: world.edit("i1", changes))) == ["init_event"]


def test_an_edit_reaches_the_streams_that_lose_and_that_get_the_issue(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    before, change = world.commit(lambda: world.edit("i1", Changes(component_ids=("api", "db"))))
    told = {
        one: [frame.event for frame in hund.frames(before, world.board, change, "main", one)]
        for one in ("api", "web", "db")
    }
    assert told == {"api": ["init_event"], "web": ["init_event"], "db": ["init_event"]}
    assert fresh(world, "main", "web")["issues"] == []


def test_an_edit_of_the_override_alone_is_told_by_the_status(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    told = sent(
        world, lambda: world.edit("i1", Changes(state_override=State.OUTAGE)), "main", "api"
    )
    assert names(told) == ["status_event"]


def test_an_edit_of_what_no_picture_shows_is_not_told(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    world.commit(lambda: world.update("i1", RESOLVED))
    assert sent(world, lambda: world.edit("i1", Changes(title="New"))) == []
    assert sent(world, lambda: world.drop_issue("i1")) == []


def test_deleting_a_shown_issue_is_a_new_picture(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    assert sent(world, lambda: world.drop_issue("i1")) == [("init_event", {"issues": []})]


def test_components_added_renamed_moved_and_removed_are_a_new_picture(world: World) -> None:
    for work in (
        lambda: world.place("main", ("web", "api", "db")),
        lambda: world.place("main", ("web", "api")),
        lambda: world.place("main", ("web", "api", "db")),
        lambda: world.edit_component("web", name="Web"),
        lambda: world.drop_component("db"),
    ):
        assert names(sent(world, work)) == ["init_event"]


def test_a_component_stream_is_told_of_its_own_component_only(world: World) -> None:
    assert sent(world, lambda: world.place("main", ("web", "api")), "main", "api") == []
    assert sent(world, lambda: world.edit_component("web", name="W"), "main", "api") == []
    told = sent(world, lambda: world.edit_component("api", name="A"), "main", "api")
    assert names(told) == ["init_event"]


def test_the_stream_of_what_is_gone_is_told_nothing(world: World) -> None:
    before, change = world.commit(lambda: world.drop_component("api"))
    assert hund.frames(before, world.board, change, "main", "api") == []
    before, change = world.commit(lambda: world.drop_page("inner"))
    assert hund.frames(before, world.board, change, "inner", None) == []


def test_what_comes_into_view_begins_with_its_picture(world: World) -> None:
    before, change = world.commit(lambda: world.place("inner", ("db", "web", "api")))
    frames = hund.frames(before, world.board, change, "inner", "api")
    assert [frame.event for frame in frames] == ["init_event"]


def test_other_events_of_a_change_are_passed_over(world: World) -> None:
    other = Event(99, 99, "tocsin.user.edited", "user/1", "user/1", "/tocsin", 0, 0, b"{}")
    assert hund.frames(world.board, world.board, (other,), "main", None) == []
