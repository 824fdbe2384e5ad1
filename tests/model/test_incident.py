"""The course of an incident, as a table."""

from dataclasses import replace

import pytest
from tests.model.incidents import ANNA, BERT, NOW, made, raised

from tocsin.model.errors import Code, Refused
from tocsin.model.incident import (
    COURSE,
    ON_PEOPLE,
    Command,
    IncidentEvent,
    Progress,
    allowed,
    id_of,
    refusal,
    topic_of,
)
from tocsin.model.person import Responder


def test_the_table_has_every_command_in_every_row_but_the_running_out_of_a_snooze() -> None:
    every = set(Command)
    assert set(COURSE[Progress.PROCESSING]) == every
    assert (
        set(COURSE[Progress.TRIGGERED]) == set(COURSE[Progress.CLOSED]) == every - {Command.EXPIRE}
    )


@pytest.mark.parametrize("progress", list(Progress))
def test_within_a_row_the_event_alone_says_what_follows(progress: Progress) -> None:
    cells = [cell for cell in COURSE[progress].values() if not isinstance(cell, Code)]
    assert len({event for _, event in cells}) == len(set(cells))


def test_every_event_but_the_birth_is_in_the_table() -> None:
    told = {
        cell[1] for row in COURSE.values() for cell in row.values() if not isinstance(cell, Code)
    }
    assert told == set(IncidentEvent) - {IncidentEvent.NEW}


def test_closed_takes_a_reopening_comments_edits_and_custom_actions_alone() -> None:
    taken = {
        command for command, cell in COURSE[Progress.CLOSED].items() if not isinstance(cell, Code)
    }
    edits = {command for command in Command if command.name.startswith("SET_")}
    assert taken == {Command.REOPEN, Command.LEAVE, Command.COMMENT, Command.CUSTOM} | edits
    codes = {cell for cell in COURSE[Progress.CLOSED].values() if isinstance(cell, Code)}
    assert codes == {Code.INCIDENT_CLOSED}


def test_a_command_is_allowed_or_refused_as_the_table_says() -> None:
    assert allowed(Progress.CLOSED, Command.REOPEN) is IncidentEvent.REOPEN
    with pytest.raises(Refused) as refused:
        allowed(Progress.TRIGGERED, Command.REOPEN)
    assert refused.value.code is Code.INCIDENT_OPEN


def test_every_refusal_of_the_table_has_words() -> None:
    codes = {cell for row in COURSE.values() for cell in row.values() if isinstance(cell, Code)}
    assert all(refusal(code).detail for code in codes)


@pytest.mark.parametrize(
    ("event", "log_type"),
    [
        (IncidentEvent.NEW, "tocsin.incident.new"),
        (IncidentEvent.ADD_RESPONDERS, "tocsin.incident.a_rspd"),
        (IncidentEvent.ROOT_CAUSE, "tocsin.incident.r_rc"),
    ],
)
def test_an_event_goes_into_the_log_by_the_seeds_name(event: IncidentEvent, log_type: str) -> None:
    assert event.log_type == log_type


def test_progress_follows_from_the_people_where_the_table_says_so() -> None:
    incident = made()
    assert incident.by_people(ON_PEOPLE) is Progress.TRIGGERED
    assert incident.by_people(Progress.CLOSED) is Progress.CLOSED
    acknowledged = replace(incident, responders=(Responder(ANNA, NOW), Responder(BERT, NOW, NOW)))
    assert acknowledged.by_people(ON_PEOPLE) is Progress.PROCESSING
    assert replace(incident, snoozed_before=NOW).by_people(ON_PEOPLE) is Progress.PROCESSING


def test_what_follows_from_an_event_is_in_the_row_of_the_progress() -> None:
    incident = made()
    assert incident.open
    assert incident.after(IncidentEvent.RESOLVE) is Progress.CLOSED
    closed = replace(incident, progress=Progress.CLOSED)
    assert not closed.open
    assert closed.after(IncidentEvent.REOPEN) is Progress.TRIGGERED


def test_people_call_an_incident_by_the_end_of_its_id() -> None:
    assert made().num == "F60718"


def test_an_incident_that_people_made_has_a_creator() -> None:
    assert made().manual
    assert not raised().manual


def test_only_an_acknowledgement_makes_a_responder_one_who_has_acknowledged() -> None:
    incident = replace(made(), responders=(Responder(ANNA, NOW, NOW), Responder(BERT, NOW)))
    assert incident.has_acknowledged(ANNA)
    assert not incident.has_acknowledged(BERT)
    assert not made().has_acknowledged(ANNA)


def test_what_is_told_of_an_incident_is_told_on_its_topic() -> None:
    assert topic_of("f607") == "incident/f607"
    assert id_of(topic_of("f607")) == "f607"
