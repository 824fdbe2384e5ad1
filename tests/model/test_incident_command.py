"""What can be done to an incident."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.model.incidents import (
    ANNA,
    BERT,
    CLEO,
    ID,
    MANUAL,
    NOW,
    NOW_MS,
    RAISED,
    by,
    made,
    raised,
    types,
)

from tocsin.model import incident_command as command
from tocsin.model.errors import Code, Refused
from tocsin.model.incident import ByHand, Incident, NewIncident, Progress
from tocsin.model.incident_command import Act, Decision
from tocsin.model.incident_edit import Changes, resolve
from tocsin.model.person import Person, Responder
from tocsin.model.severity import Severity, Status

Call = Callable[[], Decision]


def refused(call: Call) -> Code:
    with pytest.raises(Refused) as raised_:
        call()
    return raised_.value.code


def refused_field(call: Call) -> str:
    with pytest.raises(Refused) as raised_:
        call()
    assert raised_.value.code is Code.INVALID
    return raised_.value.errors[0].path


def acked(incident: Incident, *people: Person, after_s: int = 0) -> Incident:
    for person in people:
        incident = command.ack(incident, person, by(person, after_s)).incident
    return incident


def closed(incident: Incident) -> Incident:
    return resolve(incident, Changes(), (), by(ANNA, 50)).incident


# Birth


def test_an_incident_that_people_make_is_triggered_and_theirs() -> None:
    decision = command.create(MANUAL, (), by(ANNA))
    incident = decision.incident
    assert types(decision) == ["i_new"]
    assert (incident.progress, incident.status) == (Progress.TRIGGERED, Status.CRITICAL)
    assert (incident.creator, incident.labels, incident.alert_cnt) == (ANNA, None, 0)
    assert (incident.created_at, incident.updated_at, incident.start_time) == (NOW, NOW, NOW)
    assert (incident.event_ms, incident.version) == (NOW_MS, 1)
    assert incident.by_hand == {ByHand.TITLE, ByHand.DESCRIPTION, ByHand.SEVERITY}


def test_components_given_at_birth_are_set_by_hand() -> None:
    new = replace(MANUAL, component_ids=("c1",))
    assert ByHand.COMPONENTS in command.create(new, (), by(ANNA)).incident.by_hand


def test_an_incident_that_an_alert_makes_is_nobodys_and_leaves_all_to_alerts() -> None:
    decision = command.create(RAISED, (), by(None))
    incident = decision.incident
    assert decision.entries[0].person is None
    assert (incident.creator, incident.by_hand) == (None, frozenset())
    assert (incident.labels, incident.alert_cnt, incident.last_time) == (
        {"host": "db1"},
        1,
        NOW - 5,
    )
    assert (incident.created_at, incident.start_time) == (NOW, NOW - 5)


def test_who_is_named_at_birth_is_assigned_by_an_event_of_its_own() -> None:
    decision = command.create(MANUAL, (BERT, CLEO), by(ANNA))
    assert types(decision) == ["i_new", "i_assign"]
    assert decision.steps[0].incident.responders == ()
    assert decision.incident.responders == (Responder(BERT, NOW), Responder(CLEO, NOW))
    assert decision.incident.version == 2


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (replace(MANUAL, title=""), "title"),
        (replace(MANUAL, title="t" * 513), "title"),
        (replace(MANUAL, description="d" * 6_145), "description"),
    ],
)
def test_what_is_too_short_or_too_long_makes_no_incident(new: NewIncident, field: str) -> None:
    assert refused_field(lambda: command.create(new, (), by(ANNA))) == field


# People


def test_assigning_replaces_the_responders() -> None:
    decision = command.assign(made(BERT), [CLEO], by(ANNA, 5))
    assert types(decision) == ["i_assign"]
    assert decision.incident.responders == (Responder(CLEO, NOW + 5),)
    assert decision.entries[0].detail == {
        "to": [{"person_id": 3, "person_name": "Cleo", "email": "cleo@example.org"}]
    }


def test_assigning_to_others_takes_the_acknowledgement_and_the_progress_back() -> None:
    incident = command.assign(acked(made(BERT), BERT), [CLEO], by(ANNA, 5)).incident
    assert incident.progress is Progress.TRIGGERED


def test_assigning_to_who_has_acknowledged_leaves_it_in_processing() -> None:
    incident = command.assign(acked(made(BERT), BERT), [CLEO, BERT], by(ANNA, 5)).incident
    assert incident.progress is Progress.PROCESSING
    assert incident.responders == (Responder(CLEO, NOW + 5), Responder(BERT, NOW + 5, NOW))


def test_assigning_ends_a_snooze() -> None:
    snoozed = command.snooze(made(), 10, by(ANNA)).incident
    incident = command.assign(snoozed, [BERT], by(ANNA, 5)).incident
    assert (incident.snoozed_before, incident.progress) == (0, Progress.TRIGGERED)


def test_why_it_is_assigned_is_told() -> None:
    decision = command.assign(raised(), [BERT], by(None), level=2)
    assert decision.entries[0].detail["level"] == 2


@pytest.mark.parametrize(
    "people", [[], [ANNA, ANNA], [replace(ANNA, person_id=n) for n in range(101)]]
)
def test_an_incident_is_given_to_somebody_and_to_each_once(people: list[Person]) -> None:
    assert refused_field(lambda: command.assign(made(), people, by(ANNA))) == "person_ids"
    assert refused_field(lambda: command.add_responders(made(), people, by(ANNA))) == "person_ids"


def test_adding_responders_keeps_the_others() -> None:
    decision = command.add_responders(acked(made(BERT), BERT), [BERT, CLEO], by(ANNA, 5))
    assert types(decision) == ["i_a_rspd"]
    assert decision.incident.responders == (Responder(BERT, NOW, NOW), Responder(CLEO, NOW + 5))
    assert decision.incident.progress is Progress.PROCESSING
    assert [one["person_id"] for one in decision.entries[0].detail["to"]] == [3]


def test_adding_who_is_there_changes_nothing() -> None:
    incident = made(BERT)
    decision = command.add_responders(incident, [BERT], by(ANNA, 5))
    assert (decision.incident, decision.entries) == (incident, ())


# Acknowledging


def test_anybody_may_acknowledge_and_becomes_a_responder() -> None:
    decision = command.ack(made(BERT), CLEO, by(CLEO, 5))
    assert types(decision) == ["i_ack"]
    incident = decision.incident
    assert (incident.progress, incident.ack_time) == (Progress.PROCESSING, NOW + 5)
    assert incident.responders == (Responder(BERT, NOW), Responder(CLEO, NOW + 5, NOW + 5))


def test_the_first_acknowledgement_sets_the_time_for_good() -> None:
    incident = acked(acked(made(), BERT, after_s=1), CLEO, after_s=9)
    assert incident.ack_time == NOW + 1
    again = command.ack(command.unack(incident, BERT, by(BERT, 10)).incident, BERT, by(BERT, 11))
    assert again.incident.ack_time == NOW + 1


def test_nobody_acknowledges_twice() -> None:
    incident = acked(made(), BERT)
    assert (
        refused(lambda: command.ack(incident, BERT, by(BERT))) is Code.INCIDENT_ALREADY_ACKNOWLEDGED
    )


def test_only_the_last_one_to_take_it_back_makes_it_triggered() -> None:
    incident = acked(made(), BERT, CLEO)
    one_left = command.unack(incident, BERT, by(BERT, 5))
    assert (types(one_left), one_left.incident.progress) == (["i_unack"], Progress.PROCESSING)
    nobody = command.unack(one_left.incident, CLEO, by(CLEO, 6)).incident
    assert nobody.progress is Progress.TRIGGERED
    assert [one.acknowledged_at for one in nobody.responders] == [0, 0]


@pytest.mark.parametrize("incident", [made(BERT), acked(made(BERT), CLEO)])
def test_who_has_not_acknowledged_cannot_take_it_back(incident: Incident) -> None:
    assert (
        refused(lambda: command.unack(incident, BERT, by(BERT))) is Code.INCIDENT_NOT_ACKNOWLEDGED
    )


def test_who_acknowledges_for_another_is_told_beside_them() -> None:
    entry = command.ack(made(), BERT, by(ANNA)).entries[0]
    assert entry.person == BERT
    assert entry.detail["by"]["person_id"] == ANNA.person_id
    assert "by" not in command.ack(made(), BERT, by(BERT)).entries[0].detail
    assert command.unack(acked(made(), BERT), BERT, by(ANNA)).entries[0].person == BERT


# Snoozing


def test_a_snooze_puts_it_into_processing_for_a_while() -> None:
    decision = command.snooze(made(BERT), 30, by(BERT, 5))
    assert (types(decision), decision.entries[0].detail) == (["i_snooze"], {"minutes": 30})
    assert decision.incident.progress is Progress.PROCESSING
    assert decision.incident.snoozed_before == NOW + 5 + 1_800
    assert command.snoozed_until_ms(decision.incident) == (NOW + 1_805) * 1_000


@pytest.mark.parametrize("minutes", [0, 1_441, -1])
def test_a_snooze_is_a_minute_to_a_day(minutes: int) -> None:
    assert refused_field(lambda: command.snooze(made(), minutes, by(ANNA))) == "minutes"


@pytest.mark.parametrize(
    ("before", "after"),
    [(made(BERT), Progress.TRIGGERED), (acked(made(BERT), BERT), Progress.PROCESSING)],
)
def test_waking_leaves_it_to_those_who_have_acknowledged(before: Incident, after: Progress) -> None:
    snoozed = command.snooze(before, 30, by(BERT)).incident
    decision = command.wake(snoozed, by(BERT, 5))
    assert types(decision) == ["i_wake"]
    assert (decision.incident.snoozed_before, decision.incident.progress) == (0, after)


@pytest.mark.parametrize("incident", [made(), acked(made(), BERT)])
def test_what_is_not_snoozed_does_not_wake(incident: Incident) -> None:
    assert refused(lambda: command.wake(incident, by(ANNA))) is Code.INCIDENT_NOT_SNOOZED


def test_an_acknowledgement_taken_back_in_a_snooze_does_not_end_it() -> None:
    snoozed = command.snooze(acked(made(), BERT), 30, by(BERT)).incident
    incident = command.unack(snoozed, BERT, by(BERT, 5)).incident
    assert (incident.progress, incident.snoozed_before > 0) == (Progress.PROCESSING, True)


def test_a_snooze_that_runs_out_assigns_the_incident_again_when_it_was_due() -> None:
    snoozed = command.snooze(acked(made(BERT), CLEO), 1, by(CLEO)).incident
    assert command.begin(snoozed, NOW_MS + 59_999) == Decision(snoozed)
    decision = command.begin(snoozed, NOW_MS + 99_000)
    [entry] = decision.entries
    assert (entry.type, entry.person, entry.event_time) == ("i_assign", None, NOW_MS + 60_000)
    assert entry.detail["reason"] == "snooze expired"
    assert decision.incident.responders == (
        Responder(BERT, NOW + 60),
        Responder(CLEO, NOW + 60, NOW),
    )
    assert (decision.incident.snoozed_before, decision.incident.progress) == (
        0,
        Progress.PROCESSING,
    )


def test_a_snooze_of_nobodys_incident_runs_out_without_an_event() -> None:
    snoozed = command.snooze(made(), 1, by(ANNA)).incident
    decision = command.begin(snoozed, NOW_MS + 60_000)
    assert decision.entries == ()
    assert (decision.incident.snoozed_before, decision.incident.progress) == (0, Progress.TRIGGERED)
    assert decision.incident.version == snoozed.version


def test_a_snooze_that_has_run_out_ends_before_anything_else_happens() -> None:
    snoozed = command.snooze(made(BERT), 1, by(ANNA)).incident
    assert types(command.comment(snoozed, "Hm", by(ANNA, 61))) == ["i_assign", "i_comm"]
    assert refused(lambda: command.wake(snoozed, by(ANNA, 61))) is Code.INCIDENT_NOT_SNOOZED


def test_what_is_not_snoozed_has_nothing_to_wait_for() -> None:
    assert command.snoozed_until_ms(made()) is None
    assert command.begin(made(), NOW_MS * 2) == Decision(made())


# Storms, actions, comments


def test_a_storm_is_told_once_for_each_threshold() -> None:
    decision = command.storm(raised(), 10, by(None))
    assert (types(decision), decision.entries[0].detail) == (["i_storm"], {"threshold": 10})
    assert command.storm(decision.incident, 10, by(None)).entries == ()
    assert command.storm(decision.incident, 20, by(None)).incident.storms == (10, 20)


def test_a_storm_has_a_threshold_that_a_channel_could_have() -> None:
    assert refused_field(lambda: command.storm(raised(), 1, by(ANNA))) == "threshold"


def test_a_custom_action_is_told_by_its_name() -> None:
    [entry] = command.custom(closed(made()), "a1", "Restart", by(ANNA, 60)).entries
    assert entry.type == "i_custom"
    assert entry.detail == {"integration_id": "a1", "integration_name": "Restart"}


def test_a_comment_changes_nothing_but_that_it_was_made() -> None:
    incident = closed(made())
    decision = command.comment(incident, "Well done", by(BERT, 60))
    assert (types(decision), decision.entries[0].detail) == (["i_comm"], {"comment": "Well done"})
    assert decision.incident == replace(
        incident, version=3, event_ms=NOW_MS + 60_000, updated_at=NOW + 60
    )
    assert refused_field(lambda: command.comment(incident, "", by(BERT))) == "comment"


# The end, and a new beginning


def test_recovery_closes_it_by_itself_and_is_ok() -> None:
    decision = command.recover(raised(BERT), by(None, 5))
    incident = decision.incident
    assert (types(decision), decision.entries[0].detail["reason"]) == (["i_rslv"], "recovery")
    assert (incident.progress, incident.status) == (Progress.CLOSED, Status.OK)
    assert (incident.end_time, incident.close_time, incident.closer) == (NOW + 5, NOW + 5, None)


def test_recovery_keeps_the_time_that_the_alerts_gave() -> None:
    incident = replace(raised(), end_time=NOW + 2)
    assert command.recover(incident, by(None, 5)).incident.end_time == NOW + 2


def test_a_timeout_closes_it_by_itself_and_says_nothing_of_recovery() -> None:
    decision = command.time_out(raised(), by(None, 5))
    incident = decision.incident
    assert decision.entries[0].detail == {"reason": "timeout"}
    assert (incident.status, incident.end_time, incident.close_time) == (
        Status.WARNING,
        0,
        NOW + 5,
    )


@pytest.mark.parametrize("close", [command.recover, command.time_out])
def test_closing_ends_a_snooze(close: Callable[[Incident, Act], Decision]) -> None:
    snoozed = command.snooze(raised(), 10, by(ANNA)).incident
    assert close(snoozed, by(None, 5)).incident.snoozed_before == 0


def test_reopening_begins_anew_and_keeps_who_responds() -> None:
    recovered = command.recover(acked(raised(BERT), BERT, after_s=1), by(None, 5)).incident
    decision = command.reopen(recovered, "It came back", by(ANNA, 9))
    assert (types(decision), decision.entries[0].detail) == (
        ["i_reopen"],
        {"reason": "It came back"},
    )
    incident = decision.incident
    assert incident.progress is Progress.TRIGGERED
    assert (incident.close_time, incident.end_time, incident.closer) == (0, 0, None)
    assert incident.responders == (Responder(BERT, NOW),)


def test_reopening_needs_no_reason_but_a_closed_incident() -> None:
    assert command.reopen(closed(made()), "", by(ANNA, 60)).entries[0].detail == {}
    assert refused(lambda: command.reopen(made(), "", by(ANNA))) is Code.INCIDENT_OPEN
    assert refused_field(lambda: command.reopen(closed(made()), "r" * 6_145, by(ANNA))) == "reason"


@pytest.mark.parametrize(
    "call",
    [
        lambda incident: command.assign(incident, [BERT], by(ANNA, 60)),
        lambda incident: command.assign(incident, [], by(ANNA, 60)),
        lambda incident: command.add_responders(incident, [BERT], by(ANNA, 60)),
        lambda incident: command.ack(incident, BERT, by(BERT, 60)),
        lambda incident: command.ack(incident, CLEO, by(BERT, 60)),
        lambda incident: command.unack(incident, BERT, by(BERT, 60)),
        lambda incident: command.snooze(incident, 5, by(BERT, 60)),
        lambda incident: command.wake(incident, by(BERT, 60)),
        lambda incident: command.storm(incident, 5, by(BERT, 60)),
        lambda incident: command.recover(incident, by(None, 60)),
        lambda incident: command.time_out(incident, by(None, 60)),
        lambda incident: resolve(incident, Changes(), (), by(BERT, 60)),
    ],
)
def test_what_is_closed_refuses_work(call: Callable[[Incident], Decision]) -> None:
    incident = closed(acked(command.storm(made(), 5, by(ANNA)).incident, CLEO))
    assert refused(lambda: call(incident)) is Code.INCIDENT_CLOSED


# Time


def test_event_times_increase_though_the_clock_stands_still_or_steps_back() -> None:
    incident = made()
    times = [incident.event_ms]
    for after_s in (0, 0, -100, 3):
        incident = command.comment(incident, "x", by(ANNA, after_s)).incident
        times.append(incident.event_ms)
    assert times == [NOW_MS, NOW_MS + 1, NOW_MS + 2, NOW_MS + 3, NOW_MS + 3_000]
    assert incident.id == ID
    assert incident.severity is Severity.CRITICAL
