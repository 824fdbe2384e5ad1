"""Statuspage's public JSON, field for field as its own pages have it."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.reports import ADDRESS, closed, over, reported, said
from tests.web.sample import BORN, DAY, HOUR, MINUTE, NOW, board, in_trouble, issue, page, work

from tocsin.model.component import State
from tocsin.model.issue import Issue, IssueLabel, UpdateLabel
from tocsin.model.report import Report, report
from tocsin.wire import statuspage

PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id",
    "name",
    "status",
    "created_at",
    "updated_at",
    "position",
    "description",
    "showcase",
    "start_date",
    "group_id",
    "page_id",
    "group",
    "only_show_if_degraded",
}
INCIDENT = {
    "id",
    "name",
    "status",
    "created_at",
    "updated_at",
    "monitoring_at",
    "resolved_at",
    "impact",
    "shortlink",
    "started_at",
    "page_id",
    "incident_updates",
    "components",
    "reminder_intervals",
}
MAINTENANCE = INCIDENT | {"scheduled_for", "scheduled_until"}
UPDATE = {
    "id",
    "status",
    "body",
    "incident_id",
    "created_at",
    "updated_at",
    "display_at",
    "affected_components",
    "deliver_notifications",
    "custom_tweet",
    "tweet_id",
}
AFFECTED = {"code", "name", "old_status", "new_status"}


def read(made: Report, name: str) -> Any:
    return msgspec.json.decode(statuspage.render(made, name))


def incident(about: Issue) -> Any:
    (told,) = read(reported(about), "incidents")["incidents"]
    return told


def maintenance(about: Issue, *, told: bool = False) -> Any:
    made = reported(told=[about]) if told else reported(about)
    (shown,) = read(made, "scheduled-maintenances")["scheduled_maintenances"]
    return shown


def statuses(told: Any) -> list[str]:
    return [update["status"] for update in told["incident_updates"]]


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("summary", {"components", "incidents", "scheduled_maintenances", "status"}),
        ("status", {"status"}),
        ("components", {"components"}),
        ("incidents", {"incidents"}),
        ("incidents/unresolved", {"incidents"}),
        ("scheduled-maintenances", {"scheduled_maintenances"}),
        ("scheduled-maintenances/upcoming", {"scheduled_maintenances"}),
        ("scheduled-maintenances/active", {"scheduled_maintenances"}),
    ],
)
def test_the_eight_files(name: str, members: set[str]) -> None:
    told = read(report(in_trouble(), "main", ADDRESS), name)
    assert set(told) == {"page"} | members
    assert told["page"] == {
        "id": "p0",
        "name": "Acme",
        "url": ADDRESS,
        "time_zone": "Europe/Berlin",
        "updated_at": "2026-11-21T14:22:30.000Z",
    }


def test_there_are_no_others() -> None:
    assert len(statuspage.FILES) == 8


def test_every_object_has_the_fields_of_the_original() -> None:
    update = said("u1", NOW - MINUTE)
    made = reported(
        issue("i1", "Down", "c1", updates=(update,)), work("i2", "Upgrade", "c1", updates=(update,))
    )
    summary = read(made, "summary")
    assert set(summary["page"]) == PAGE
    group, *components = summary["components"]
    assert set(group) == COMPONENT | {"components"}
    assert [set(one) for one in components] == [COMPONENT, COMPONENT]
    (told,), (coming,) = summary["incidents"], summary["scheduled_maintenances"]
    assert set(told) == INCIDENT
    assert set(coming) == MAINTENANCE
    for one in (*told["incident_updates"], *coming["incident_updates"]):
        assert set(one) == UPDATE
        assert [set(affected) for affected in one["affected_components"]] == [AFFECTED]
    assert told["components"] == [components[0]]


@pytest.mark.parametrize(
    ("state", "indicator", "description"),
    [
        (State.OPERATIONAL, "none", "All Systems Operational"),
        (State.DEGRADED, "minor", "Partially Degraded Service"),
        (State.OUTAGE, "critical", "Major Service Outage"),
    ],
)
def test_the_state_of_the_whole(state: State, indicator: str, description: str) -> None:
    made = reported()
    made = replace(made, picture=replace(made.picture, state=state))
    assert read(made, "status")["status"] == {"indicator": indicator, "description": description}


def test_utc_has_the_name_that_its_readers_know() -> None:
    assert read(reported(), "status")["page"]["time_zone"] == "Etc/UTC"


def test_components_and_groups() -> None:
    group, website, checkout = read(reported(), "components")["components"]
    assert group == {
        "id": "g1",
        "name": "Shop",
        "status": "major_outage",
        "created_at": "2026-08-23T14:25:30.000Z",
        "updated_at": "2026-11-21T14:02:30.000Z",
        "position": 1,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": "p0",
        "group": True,
        "only_show_if_degraded": False,
        "components": ["c1"],
    }
    assert website == {
        "id": "c1",
        "name": "Website",
        "status": "major_outage",
        "created_at": "2026-08-23T14:25:30.000Z",
        "updated_at": "2026-11-21T14:02:30.000Z",
        "position": 1,
        "description": "What everybody sees",
        "showcase": True,
        "start_date": "2026-08-23",
        "group_id": "g1",
        "page_id": "p0",
        "group": False,
        "only_show_if_degraded": False,
    }
    assert checkout["group_id"] is None
    assert checkout["position"] == 2
    assert checkout["description"] is None


def test_positions_count_at_the_top_and_in_each_group() -> None:
    shown = read(report(in_trouble(), "main", ADDRESS), "components")["components"]
    assert [(one["id"], one["position"]) for one in shown] == [
        ("g1", 1),
        ("c1", 1),
        ("c2", 2),
        ("c3", 3),
        ("g2", 2),
        ("c4", 1),
        ("c5", 2),
        ("c6", 3),
    ]


def test_a_page_without_components_is_operational() -> None:
    told = read(report(board(page()), "main", ADDRESS), "summary")
    assert told["components"] == []
    assert told["status"]["indicator"] == "none"


def test_what_is_open_and_what_is_all() -> None:
    open_one, now, soon = (
        issue("i1", "Open", "c1"),
        work("i2", "Now", "c1", standing=True, began_at=NOW - HOUR),
        work("i3", "Soon", "c1"),
    )
    told = [
        closed("i4"),
        closed("i5", label=IssueLabel.INFORMATIONAL),
        over("i6"),
        work("i7", "Off", "c1", cancelled=True),
        work("i8", "Planned", "c1", announced=False),
    ]
    made = reported(open_one, now, soon, told=told)

    def ids(name: str) -> set[str]:
        ((_, listed),) = (item for item in read(made, name).items() if item[0] != "page")
        return {one["id"] for one in listed}

    assert ids("incidents") == {"i1", "i4", "i5"}
    assert ids("incidents/unresolved") == {"i1"}
    assert ids("scheduled-maintenances") == {"i2", "i3", "i6", "i7"}
    assert ids("scheduled-maintenances/upcoming") == {"i3"}
    assert ids("scheduled-maintenances/active") == {"i2"}
    summary = read(made, "summary")
    assert [one["id"] for one in summary["incidents"]] == ["i1"]
    assert {one["id"] for one in summary["scheduled_maintenances"]} == {"i2", "i3"}


def test_an_incident_in_full() -> None:
    about = issue(
        "i1",
        "Checkout fails",
        "c2",
        "c1",
        body="We are *looking*.",
        updates=(
            said("u2", NOW - MINUTE, UpdateLabel.MONITORING, "Fixed, we think."),
            said("u1", NOW - 5 * MINUTE, UpdateLabel.IDENTIFIED, "Found."),
        ),
        state_override=State.OUTAGE,
    )
    told = incident(about)
    components = told.pop("components")
    assert [one["id"] for one in components] == ["c1", "c2"]
    latest, earlier, opening = told.pop("incident_updates")
    assert told == {
        "id": "i1",
        "name": "Checkout fails",
        "status": "monitoring",
        "created_at": "2026-11-21T14:02:30.000Z",
        "updated_at": "2026-11-21T14:24:30.000Z",
        "monitoring_at": "2026-11-21T14:24:30.000Z",
        "resolved_at": None,
        "impact": "critical",
        "shortlink": f"{ADDRESS}/issues/i1",
        "started_at": "2026-11-21T14:02:30.000Z",
        "page_id": "p0",
        "reminder_intervals": None,
    }
    assert (latest["id"], latest["body"]) == ("u2", "Fixed, we think.")
    assert (earlier["id"], earlier["status"]) == ("u1", "identified")
    assert opening == {
        "id": "i1",
        "status": "investigating",
        "body": "We are *looking*.",
        "incident_id": "i1",
        "created_at": "2026-11-21T14:02:30.000Z",
        "updated_at": "2026-11-21T14:02:30.000Z",
        "display_at": "2026-11-21T14:02:30.000Z",
        "affected_components": [
            {
                "code": "c1",
                "name": "Shop - Website",
                "old_status": "operational",
                "new_status": "major_outage",
            },
            {
                "code": "c2",
                "name": "Checkout",
                "old_status": "operational",
                "new_status": "operational",
            },
        ],
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


@pytest.mark.parametrize(
    ("label", "status"),
    [
        (None, "investigating"),
        (IssueLabel.INVESTIGATING, "investigating"),
        (IssueLabel.ASSESSED, "identified"),
        (IssueLabel.IDENTIFIED, "identified"),
        (IssueLabel.MAINTENANCE, "identified"),
    ],
)
def test_what_an_incident_begins_with(label: IssueLabel | None, status: str) -> None:
    told = incident(issue("i1", "", "c1", label=label))
    assert told["status"] == status
    assert statuses(told) == [status]


L = UpdateLabel


@pytest.mark.parametrize(
    ("labels", "expected"),  # oldest first
    [
        ([L.IDENTIFIED, None], ["investigating", "identified", "identified"]),
        ([L.MONITORING, L.ADDENDUM], ["investigating", "monitoring", "postmortem"]),
        ([L.ADDENDUM, None], ["investigating", "postmortem", "investigating"]),
        ([L.RESOLVED, None], ["investigating", "resolved", "investigating"]),
        ([L.RESOLVED, L.IDENTIFIED], ["investigating", "resolved", "identified"]),
    ],
)
def test_an_open_incident_has_the_status_that_was_last_spoken_of(
    labels: list[UpdateLabel | None], expected: list[str]
) -> None:
    updates = tuple(said(f"u{at}", NOW + at, label) for at, label in enumerate(labels))[::-1]
    told = incident(issue("i1", "", "c1", updates=updates))
    assert statuses(told) == expected[::-1]
    assert told["status"] == next(one for one in expected[::-1] if one != "postmortem")
    assert told["resolved_at"] is None


@pytest.mark.parametrize(
    ("labels", "status"),
    [
        ([L.RESOLVED], "resolved"),
        ([L.RESOLVED, L.ADDENDUM], "postmortem"),
        ([L.RESOLVED, L.ADDENDUM, L.RESOLVED], "resolved"),
    ],
)
def test_an_addendum_to_a_closed_incident_is_its_postmortem(
    labels: list[UpdateLabel], status: str
) -> None:
    updates = [said(f"u{at}", NOW + at, label) for at, label in enumerate(labels)][::-1]
    (told,) = read(reported(told=[closed("i1", *updates)]), "incidents")["incidents"]
    assert told["status"] == status
    assert told["resolved_at"] == "2026-11-21T13:25:30.000Z"


def test_information_is_resolved_from_the_start_whatever_is_said_of_it() -> None:
    about = closed("i1", said("u1", NOW), label=IssueLabel.INFORMATIONAL)
    (told,) = read(reported(told=[about]), "incidents")["incidents"]
    assert told["status"] == "resolved"
    assert statuses(told) == ["resolved", "resolved"]
    assert told["impact"] == "none"


def test_what_was_told_afterwards_was_resolved_all_along() -> None:
    about = closed("i1", retrospective=True)
    (told,) = read(reported(told=[about]), "incidents")["incidents"]
    assert statuses(told) == ["resolved"]


@pytest.mark.parametrize(
    ("first", "later", "impact"),
    [
        (None, (), "none"),
        (State.OPERATIONAL, (), "none"),
        (State.DEGRADED, (), "minor"),
        (State.DEGRADED, (State.OUTAGE, State.OPERATIONAL), "critical"),
        (None, (None, State.DEGRADED), "minor"),
    ],
)
def test_the_impact_is_that_of_the_worst_state_it_gave(
    first: State | None, later: tuple[State | None, ...], impact: str
) -> None:
    updates = tuple(
        said(f"u{at}", NOW + at, state_override=state) for at, state in enumerate(later)
    )
    assert (
        incident(issue("i1", "", "c1", state_override=first, updates=updates))["impact"] == impact
    )


def test_a_maintenance_in_full() -> None:
    about = work("i1", "Upgrade", "c2", body="Read-only.")
    told = maintenance(about)
    assert told["status"] == "scheduled"
    assert told["impact"] == "maintenance"
    assert told["scheduled_for"] == "2026-11-22T02:25:30.000Z"
    assert told["scheduled_until"] == "2026-11-22T04:25:30.000Z"
    assert told["started_at"] == told["created_at"] == "2026-11-19T14:25:30.000Z"
    assert told["resolved_at"] is None
    assert [update["body"] for update in told["incident_updates"]] == ["Read-only."]


def test_the_course_of_a_maintenance() -> None:
    began_at = NOW - HOUR
    updates = (
        said("u4", NOW - MINUTE, L.MONITORING),
        said("u3", NOW - 2 * MINUTE, L.ADDENDUM),
        said("u2", began_at),
        said("u1", began_at - MINUTE, L.MONITORING),
    )
    under_way = work("i1", "", "c1", standing=True, began_at=began_at, updates=updates)
    told = maintenance(under_way)
    assert told["status"] == "verifying"
    assert statuses(told) == [
        "verifying",
        "in_progress",
        "in_progress",
        "scheduled",
        "scheduled",
    ]
    assert maintenance(replace(under_way, updates=updates[1:]))["status"] == "in_progress"
    assert maintenance(replace(under_way, updates=()))["status"] == "in_progress"


def test_a_maintenance_that_is_over_is_completed_and_so_is_what_is_said_then() -> None:
    updates = (said("u2", NOW, L.ADDENDUM), said("u1", NOW - HOUR, L.RESOLVED))
    told = maintenance(over("i1", *updates), told=True)
    assert told["status"] == "completed"
    assert statuses(told) == ["completed", "completed", "scheduled"]
    assert told["resolved_at"] == "2026-11-21T13:25:30.000Z"


def test_a_maintenance_that_was_called_off_is_completed() -> None:
    updates = (said("u2", NOW, L.ADDENDUM), said("u1", NOW - HOUR, L.CANCELLED))
    about = work("i1", "", "c1", cancelled=True, updates=updates)
    told = maintenance(about, told=True)
    assert told["status"] == "completed"
    assert statuses(told) == ["completed", "completed", "scheduled"]
    assert told["resolved_at"] == "2026-11-21T13:25:30.000Z"


def test_a_planned_one_that_nobody_knows_of_is_not_told() -> None:
    made = reported(told=[work("i1", "", "c1", announced=False)])
    assert read(made, "scheduled-maintenances")["scheduled_maintenances"] == []


def test_components_that_left_the_page_are_left_out() -> None:
    told = incident(issue("i1", "", "elsewhere", "c2", created_at=BORN - DAY))
    assert [one["id"] for one in told["components"]] == ["c2"]
