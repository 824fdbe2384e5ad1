"""Changing what an incident says."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import UNSET
from tests.model.incidents import ANNA, BERT, MANUAL, NOW, by, made, raised, types

from tocsin.model import incident_edit
from tocsin.model.custom_field import CustomField, Kind
from tocsin.model.errors import Code, Refused
from tocsin.model.incident import ByHand, Progress
from tocsin.model.incident_command import Decision, create, snooze, time_out
from tocsin.model.incident_edit import COMPONENTS_LIMIT, Changes
from tocsin.model.severity import Severity, Status

FIELDS = (CustomField("team", Kind.TEXT), CustomField("paid", Kind.CHECKBOX))


def edit(changes: Changes) -> Decision:
    return incident_edit.edit(made(), changes, FIELDS, by(ANNA, 5))


@pytest.mark.parametrize(
    ("name", "event", "value"),
    [
        ("title", "i_r_title", "New"),
        ("description", "i_r_desc", "New"),
        ("impact", "i_r_impact", "New"),
        ("root_cause", "i_r_rc", "New"),
        ("resolution", "i_r_rsltn", "New"),
        ("severity", "i_r_severity", Severity.INFO),
    ],
)
def test_each_field_has_its_event_which_says_what_was(name: str, event: str, value: Any) -> None:
    decision = edit(Changes(**{name: value}))
    assert types(decision) == [event]
    assert decision.entries[0].detail == {"from": getattr(made(), name), "to": value}
    assert getattr(decision.incident, name) == value


def test_there_is_one_event_for_each_field_that_really_changes() -> None:
    decision = edit(
        Changes(
            title="Shop is down",
            impact="Everybody",
            severity=Severity.WARNING,
            fields={"paid": True, "team": "A"},
            component_ids=("c1",),
        )
    )
    assert types(decision) == ["i_r_impact", "i_r_severity", "i_r_field", "i_r_field", "i_r_field"]
    assert [entry.detail for entry in decision.entries[2:]] == [
        {"field_name": "team", "from": None, "to": "A"},
        {"field_name": "paid", "from": None, "to": True},
        {"attribute": "component_ids", "from": [], "to": ["c1"]},
    ]
    assert decision.incident.fields == {"team": "A", "paid": True}
    assert decision.incident.component_ids == ("c1",)
    assert decision.incident.version == made().version + 5


def test_an_edit_that_changes_nothing_is_no_event() -> None:
    incident = made()
    changes = Changes(title=incident.title, fields={"team": None}, component_ids=())
    assert incident_edit.edit(incident, changes, FIELDS, by(ANNA, 5)) == Decision(incident)


def test_a_field_is_emptied_by_nothing() -> None:
    filled = edit(Changes(fields={"team": "A", "paid": False})).incident
    decision = incident_edit.edit(filled, Changes(fields={"team": None}), FIELDS, by(ANNA, 6))
    assert decision.entries[0].detail == {"field_name": "team", "from": "A", "to": None}
    assert decision.incident.fields == {"paid": False}


def test_what_is_set_by_hand_is_known() -> None:
    changes = Changes(
        title="T", description="D", severity=Severity.INFO, component_ids=("c",), impact="I"
    )
    decision = incident_edit.edit(raised(), changes, (), by(ANNA))
    assert decision.incident.by_hand == set(ByHand)


def test_the_status_of_what_has_no_alerts_is_its_severity() -> None:
    changes = Changes(severity=Severity.INFO)
    assert edit(changes).incident.status is Status.INFO
    assert incident_edit.edit(raised(), changes, (), by(ANNA)).incident.status is Status.WARNING
    with_alerts = replace(made(), alert_cnt=1)
    edited = incident_edit.edit(with_alerts, changes, (), by(ANNA)).incident
    assert edited.status is Status.CRITICAL


def test_what_is_closed_can_still_be_edited() -> None:
    closed = time_out(made(), by(None)).incident
    incident = incident_edit.edit(closed, Changes(root_cause="A cable"), (), by(ANNA)).incident
    assert (incident.root_cause, incident.progress) == ("A cable", Progress.CLOSED)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (Changes(title=""), "title"),
        (Changes(title="t" * 513), "title"),
        (Changes(impact="t" * 6_145), "impact"),
        (Changes(fields={"other": "x"}), "fields.other"),
        (Changes(fields={"paid": "yes"}), "fields.paid"),
        (Changes(component_ids=("c", "c")), "component_ids"),
        (Changes(component_ids=tuple(map(str, range(COMPONENTS_LIMIT + 1)))), "component_ids"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: Changes, field: str) -> None:
    with pytest.raises(Refused) as refused:
        edit(changes)
    assert refused.value.code is Code.INVALID
    assert refused.value.errors[0].path == field


def test_an_incident_affects_a_hundred_components_at_most() -> None:
    every = tuple(map(str, range(100)))
    assert edit(Changes(component_ids=every)).incident.component_ids == every


def test_resolving_by_hand_names_the_closer_and_leaves_the_status() -> None:
    snoozed = snooze(create(MANUAL, [BERT], by(ANNA)).incident, 5, by(BERT)).incident
    decision = incident_edit.resolve(snoozed, Changes(), (), by(BERT, 5))
    incident = decision.incident
    assert (types(decision), decision.entries[0].detail) == (["i_rslv"], {})
    assert (incident.progress, incident.closer, incident.close_time) == (
        Progress.CLOSED,
        BERT,
        NOW + 5,
    )
    assert (incident.status, incident.end_time, incident.snoozed_before) == (Status.CRITICAL, 0, 0)


def test_what_is_said_at_resolving_is_told_before() -> None:
    changes = Changes(resolution="Cable replaced", root_cause=UNSET)
    decision = incident_edit.resolve(made(), changes, (), by(ANNA))
    assert types(decision) == ["i_r_rsltn", "i_rslv"]
    assert decision.incident.resolution == "Cable replaced"


def test_what_is_closed_is_not_resolved_again_nor_edited_by_it() -> None:
    closed = time_out(made(), by(None)).incident
    with pytest.raises(Refused) as refused:
        incident_edit.resolve(closed, Changes(resolution="x"), (), by(ANNA))
    assert refused.value.code is Code.INCIDENT_CLOSED
