"""The Hund Live Event API, v2: which events, in which order, with which fields.

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
from tocsin.model.issue import IssueLabel, NewIssue, NewUpdate, UpdateLabel
from tocsin.model.issue_edit import Changes
from tocsin.model.page import Group
from tocsin.wire import hund_v2
from tocsin.wire.hund_frame import Frame
from tocsin.wire.hund_v2 import View

DAY = 86_400
NEW = NewIssue(
    "i1",
    "Heavy Load",
    component_ids=("web", "api"),
    body="We're working on it.",
    body_html="<p>We're working on it.</p>\n",
    label=IssueLabel.INVESTIGATING,
)
SOON = replace(NEW, starts_at=START + 60, ends_at=START + 120, label=IssueLabel.MAINTENANCE)
LATER = replace(SOON, starts_at=START + 8 * DAY, ends_at=START + 9 * DAY)
SAID = NewUpdate("u1", "Better.", "<p>Better.</p>\n", UpdateLabel.MONITORING)
RESOLVED = replace(SAID, id="u2", label=UpdateLabel.RESOLVED)
ADDENDUM = replace(SAID, id="u3", label=UpdateLabel.ADDENDUM)
HEAD = ("state", "percent_uptime", "incident_free_streak")


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


def view(world: World, slug: str = "main", component_id: str | None = None) -> View:
    return View(slug, component_id, world.now, "https://hub.test")


def init(world: World, slug: str = "main", component_id: str | None = None) -> dict[str, Any]:
    frame = hund_v2.init_event(world.board, view(world, slug, component_id), 9)
    data: dict[str, Any] = json.loads(frame.data)
    return data


def sent(
    world: World, work: Callable[[], object], slug: str = "main", component_id: str | None = None
) -> Sent:
    """What one change sends to a stream: names and data without the head, which is a newcomer's."""
    before, change = world.commit(work)
    frames = hund_v2.frames(before, world.board, change, view(world, slug, component_id))
    fresh = init(world, slug, component_id)
    told = []
    for frame in frames:
        data = json.loads(frame.data)
        assert [data.pop(name) for name in HEAD] == [fresh[name] for name in HEAD]
        told.append((frame.event, data))
    return told


def names(told: Sent) -> list[str]:
    return [name for name, _ in told]


# The head


def head(world: World, component_id: str | None = None) -> list[object]:
    data = init(world, "main", component_id)
    return [data[name] for name in HEAD]


def test_a_page_without_anything_has_all_its_uptime() -> None:
    world = World()
    world.commit(lambda: world.add_page(page(1, "main")))
    world.now += 60
    assert hund_v2.init_event(world.board, view(world), 41) == Frame(
        41,
        "init_event",
        b'{"state":"operational","percent_uptime":100.0,"incident_free_streak":60.0,'
        b'"issues":[],"groups":[]}',
    )


def test_the_numbers_are_of_the_component_and_of_the_page_the_mean_and_the_least(
    world: World,
) -> None:
    world.now += 15 * DAY
    world.commit(lambda: world.edit_component("api", manual_state=State.OUTAGE))
    world.now += 3 * DAY
    assert head(world) == ["outage", pytest.approx(100 - 100 / 18), 0.0]
    assert head(world, "api") == ["outage", pytest.approx(100 - 300 / 18), 0.0]
    assert head(world, "web") == ["operational", 100.0, 18.0 * DAY]
    world.commit(lambda: world.edit_component("api", manual_state=State.OPERATIONAL))
    world.now += 12 * DAY
    assert head(world) == ["operational", pytest.approx(100 - 10 / 3), 12.0 * DAY]
    assert head(world, "api") == ["operational", pytest.approx(90), 12.0 * DAY]


def test_a_page_counts_from_its_own_making_and_a_component_from_its(world: World) -> None:
    world.now += 60
    world.commit(lambda: world.add_component(replace(component("new"), created_at=world.now)))
    world.commit(lambda: world.place("main", ("api", "new")))
    world.now += 5
    assert head(world)[2] == 65.0
    assert head(world, "new")[2] == 5.0


def test_the_cache_grows_by_the_head_alone(world: World) -> None:
    world.now += 3600
    grown = hund_v2.cache_grown(world.board, view(world), 12)
    assert grown is not None
    assert (grown.sequence, grown.event) == (12, "cache_grown")
    assert json.loads(grown.data) == {
        "state": "operational",
        "percent_uptime": 100.0,
        "incident_free_streak": 3600.0,
    }
    assert hund_v2.cache_grown(world.board, view(world, "none"), 12) is None


# The picture


def test_an_issue_names_its_components_and_its_own_page(world: World) -> None:
    world.commit(lambda: world.edit_component("web", description="Shop & blog"))
    world.commit(lambda: world.create(replace(NEW, state_override=State.DEGRADED)))
    world.commit(lambda: world.update("i1", SAID))
    assert init(world)["issues"] == [
        {
            "id": "i1",
            "title": "Heavy Load",
            "body": "<p>We're working on it.</p>\n",
            "label": "Investigating",
            "components": [
                {"id": "api", "name": "api", "description": "", "state": "degraded"},
                {"id": "web", "name": "web", "description": "Shop & blog", "state": "degraded"},
            ],
            "standing": True,
            "scheduled": False,
            "created_at": START,
            "updates": [
                {
                    "issue_id": "i1",
                    "body": "<p>Better.</p>\n",
                    "label": "Monitoring",
                    "created_at": START,
                }
            ],
            "url": "https://main.test/issues/i1",
        }
    ]


def test_the_url_is_below_the_services_where_the_page_has_no_host(world: World) -> None:
    world.commit(lambda: world.edit_page("main", hosts=()))
    world.commit(lambda: world.create(NEW))
    assert init(world)["issues"][0]["url"] == "https://hub.test/pages/main/issues/i1"


def test_only_the_components_of_the_stream_are_named(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    named = {
        stream: [one["id"] for one in init(world, *stream)["issues"][0]["components"]]
        for stream in [("main", None), ("inner", None), ("main", "api")]
    }
    assert named == {
        ("main", None): ["api", "web"],
        ("inner", None): ["web"],
        ("main", "api"): ["api"],
    }


def test_a_scheduled_issue_has_its_times_beside(world: World) -> None:
    world.commit(lambda: world.create(replace(SOON, label=None)))
    issue = init(world)["issues"][0]
    assert (issue["scheduled"], issue["standing"], issue["label"]) == (True, False, None)
    assert (issue["starts_at"], issue["ends_at"]) == (START + 60, START + 120)


def test_groups_are_in_page_order_with_what_the_stream_shows(world: World) -> None:
    groups = (
        Group("g1", "Web", ("web", "api")),
        Group("g2", "None", ()),
        Group(None, None, ("db",)),
    )
    world.commit(lambda: world.edit_page("main", groups=groups))
    world.commit(lambda: world.edit_component("api", manual_state=State.OUTAGE))
    web = {"id": "web", "name": "web", "state": "operational"}
    api = {"id": "api", "name": "api", "state": "outage"}
    database = {"id": "db", "name": "db", "state": "operational"}
    assert init(world)["groups"] == [
        {"id": "g1", "name": "Web", "components": [web, api]},
        {"id": None, "name": None, "components": [database]},
    ]
    assert init(world, "main", "api")["groups"] == [
        {"id": "g1", "name": "Web", "components": [api]}
    ]


@pytest.mark.parametrize(
    ("slug", "component_id"), [("none", None), ("main", "x"), ("inner", "api")]
)
def test_there_is_no_stream_of_what_is_not_there(
    world: World, slug: str, component_id: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        init(world, slug, component_id)
    assert refused.value.code is Code.NOT_FOUND


# Statuses


def test_trouble_is_a_new_status_and_degraded(world: World) -> None:
    told = sent(world, lambda: world.edit_component("api", manual_state=State.OUTAGE))
    status = {
        "component": {"id": "api", "name": "api", "description": "", "state": "outage"},
        "state": "outage",
    }
    assert told == [("status_created", {"status": status}), ("degraded", {"status": status})]


def test_recovery_is_a_new_status_and_restored_with_the_time_it_took(world: World) -> None:
    world.commit(lambda: world.edit_component("api", manual_state=State.DEGRADED))
    world.now += 40
    told = sent(world, lambda: world.edit_component("api", manual_state=State.OUTAGE))
    assert names(told) == ["status_created", "degraded"]
    world.now += 2
    told = sent(world, lambda: world.edit_component("api", manual_state=State.OPERATIONAL))
    status = {
        "component": {"id": "api", "name": "api", "description": "", "state": "operational"},
        "state": "operational",
    }
    assert told == [
        ("status_created", {"status": status}),
        ("restored", {"status": status, "time_down": 42}),
    ]


def test_a_status_goes_to_the_streams_that_show_the_component(world: World) -> None:
    def fail(state: State) -> Callable[[], None]:
        return lambda: world.edit_component("api", manual_state=state)

    assert names(sent(world, fail(State.OUTAGE), "main", "api")) == ["status_created", "degraded"]
    assert sent(world, fail(State.DEGRADED), "main", "web") == []
    assert sent(world, fail(State.OUTAGE), "inner") == []


def test_statuses_come_first_and_frames_have_the_sequences_of_their_events(world: World) -> None:
    new = replace(NEW, state_override=State.OUTAGE)
    before, change = world.commit(lambda: world.create(new))
    frames = hund_v2.frames(before, world.board, change, view(world))
    assert [(frame.event, frame.sequence) for frame in frames] == [
        ("status_created", change[0].sequence),
        ("degraded", change[0].sequence),
        ("status_created", change[1].sequence),
        ("degraded", change[1].sequence),
        ("issue_created", change[2].sequence),
    ]


# Issues and updates


def test_a_created_issue_is_told_whole(world: World) -> None:
    told = sent(world, lambda: world.create(NEW))
    assert told == [("issue_created", {"issue": init(world)["issues"][0]})]


def test_an_issue_goes_only_to_the_streams_that_show_one_of_its_components(world: World) -> None:
    assert sent(world, lambda: world.create(NEW), "main", "db") == []
    assert sent(world, lambda: world.update("i1", SAID), "main", "db") == []


def test_each_update_has_one_event(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    update = {
        "issue_id": "i1",
        "body": "<p>Better.</p>\n",
        "label": "Monitoring",
        "created_at": START,
    }
    assert sent(world, lambda: world.update("i1", SAID)) == [("issue_updated", {"update": update})]
    assert sent(world, lambda: world.update("i1", RESOLVED)) == [
        ("issue_resolved", {"update": update | {"label": "Resolved"}})
    ]
    assert sent(world, lambda: world.update("i1", ADDENDUM)) == [
        ("issue_updated", {"update": update | {"label": "Addendum"}})
    ]


def test_a_reopening_carries_the_whole_issue(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    world.commit(lambda: world.update("i1", RESOLVED))
    ((name, data),) = sent(world, lambda: world.update("i1", replace(SAID, id="u9", label=None)))
    assert name == "issue_reopened"
    assert data["update"].pop("issue") == init(world)["issues"][0]
    assert data["update"] == {
        "issue_id": "i1",
        "body": "<p>Better.</p>\n",
        "label": None,
        "created_at": START,
    }


def test_informational_and_retrospective_issues_make_no_live_event(world: World) -> None:
    noted = replace(NEW, label=IssueLabel.INFORMATIONAL)
    past = replace(NEW, id="i2", began_at=START - 9, ended_at=START - 3)
    assert sent(world, lambda: world.create(noted)) == []
    assert sent(world, lambda: world.create(past)) == []
    assert sent(world, lambda: world.update("i2", ADDENDUM)) == []
    assert names(sent(world, lambda: world.update("i2", SAID))) == ["issue_reopened"]


# Schedules


def test_a_scheduled_issue_is_created_when_it_is_announced(world: World) -> None:
    assert names(sent(world, lambda: world.create(replace(SOON, id="i2")))) == ["issue_created"]
    assert sent(world, lambda: world.create(LATER)) == []
    assert sent(world, lambda: world.update("i1", SAID)) == []
    world.now = START + DAY
    ((name, data),) = sent(world, lambda: world.take_due_step("i1"))
    assert name == "issue_created"
    assert len(data["issue"]["updates"]) == 1


def test_a_scheduled_issue_starts_and_ends(world: World) -> None:
    world.commit(lambda: world.create(SOON))
    for now, wanted, standing in [
        (START + 60, "issue_started", True),
        (START + 120, "issue_ended", False),
    ]:
        world.now = now
        ((name, data),) = sent(world, lambda: world.take_due_step("i1"))
        assert (name, data["issue"]["standing"]) == (wanted, standing)


def test_cancelling_and_resolving_maintenance_are_updates_of_their_own_names(world: World) -> None:
    world.commit(lambda: world.create(SOON))
    world.commit(lambda: world.create(replace(SOON, id="i2")))
    ((name, data),) = sent(world, lambda: world.cancel("i1"))
    assert (name, data["update"]["label"]) == ("issue_cancelled", "Cancelled")
    world.now += 60
    world.commit(lambda: world.take_due_step("i2"))
    assert names(sent(world, lambda: world.update("i2", RESOLVED))) == ["issue_resolved"]


def test_a_new_schedule_is_an_update_and_a_new_picture(world: World) -> None:
    world.commit(lambda: world.create(SOON))
    told = sent(world, lambda: world.edit("i1", Changes(ends_at=START + 999)))
    assert names(told) == ["issue_updated", "init_event"]


# What only a new picture tells


@pytest.mark.parametrize(
    "changes", [Changes(title="New"), Changes(component_ids=("db",)), Changes(label=None)]
)
def test_an_edit_of_what_is_shown_is_a_new_picture(world: World, changes: Changes) -> None:
    world.commit(lambda: world.create(NEW))
    assert names(sent(world, lambda: world.edit("i1", changes))) == ["init_event"]
    world.commit(lambda: world.update("i1", RESOLVED))
    assert sent(world, lambda: world.edit("i1", Changes(title="Late"))) == []


def test_deleting_a_shown_issue_is_a_new_picture(world: World) -> None:
    world.commit(lambda: world.create(NEW))
    assert names(sent(world, lambda: world.drop_issue("i1"))) == ["init_event"]


def test_another_layout_name_description_or_address_is_a_new_picture(world: World) -> None:
    for work in (
        lambda: world.place("main", ("web", "api", "db")),
        lambda: world.place("main", ("web", "api", "db"), "Group"),
        lambda: world.place("main", ("web", "api"), "Group"),
        lambda: world.edit_component("web", name="Web"),
        lambda: world.edit_component("web", description="Shop"),
        lambda: world.edit_page("main", hosts=("other.test",)),
        lambda: world.drop_component("web"),
    ):
        assert names(sent(world, work)) == ["init_event"]
    assert sent(world, lambda: world.edit_page("main", description="d", timezone="CET")) == []


def test_the_stream_of_what_is_gone_is_told_nothing(world: World) -> None:
    before, change = world.commit(lambda: world.drop_component("api"))
    assert hund_v2.frames(before, world.board, change, view(world, "main", "api")) == []


def test_what_comes_into_view_begins_with_its_picture(world: World) -> None:
    before, change = world.commit(lambda: world.place("inner", ("db", "web", "api")))
    frames = hund_v2.frames(before, world.board, change, view(world, "inner", "api"))
    assert [frame.event for frame in frames] == ["init_event"]


def test_other_events_of_a_change_are_passed_over(world: World) -> None:
    other = Event(99, 99, "tocsin.user.edited", "user/1", "user/1", "/tocsin", 0, 0, b"{}")
    assert hund_v2.frames(world.board, world.board, (other,), view(world)) == []
