"""FlashDuty's push, field for field as in seeds/flashduty-incident-webhook.txt."""

from dataclasses import fields, replace
from typing import Any

import msgspec
from tests.model.incidents import ANNA, BERT, ID, MANUAL, NOW, NOW_MS, by, made, raised

from tocsin.model.alert import Alert
from tocsin.model.incident import Incident
from tocsin.model.incident_command import Decision, ack, comment, create, snooze, time_out
from tocsin.model.incident_edit import Changes, resolve
from tocsin.model.severity import Severity, Status
from tocsin.wire import flashduty

URL = f"https://tocsin.example.org/console/incidents/{ID}"
EVENT_ID = "0" * 31 + "1"

# The seed's table of the incident; `num` and `dedup_key` are in its sample.
REQUIRED = {
    *("incident_id", "title", "incident_severity", "incident_status", "progress"),
    *("created_at", "updated_at", "start_time", "detail_url"),
}
OPTIONAL = {
    *("description", "impact", "root_cause", "resolution", "last_time", "end_time", "ack_time"),
    *("close_time", "snoozed_before", "fields", "alert_cnt", "channel_id", "channel_name"),
    *("group_method", "num", "dedup_key"),
}
OF_SOME = {"labels", "creator", "closer", "responders"}

ANNA_JSON = {"person_id": 1, "person_name": "Anna", "email": "anna@example.org"}


def pushed(decision: Decision) -> dict[str, Any]:
    """The body of the decision's last event."""
    entry, incident = decision.steps[-1]
    body: dict[str, Any] = msgspec.json.decode(flashduty.push(entry, incident, EVENT_ID, URL))
    return body


def test_what_a_person_makes_is_pushed_with_the_person() -> None:
    body = pushed(create(MANUAL, (), by(ANNA)))
    incident = body.pop("incident")
    assert body == {
        "event_time": NOW_MS,
        "event_type": "i_new",
        "event_id": EVENT_ID,
        "person": ANNA_JSON,
    }
    assert incident == {
        "incident_id": ID,
        "num": "F60718",
        "title": "Shop is down",
        "description": "",
        "impact": "",
        "root_cause": "",
        "resolution": "",
        "incident_severity": "Critical",
        "incident_status": "Critical",
        "progress": "Triggered",
        "created_at": NOW,
        "updated_at": NOW,
        "start_time": NOW,
        "last_time": 0,
        "end_time": 0,
        "ack_time": 0,
        "close_time": 0,
        "snoozed_before": 0,
        "fields": {},
        "creator": ANNA_JSON,
        "alert_cnt": 0,
        "channel_id": 0,
        "channel_name": "",
        "detail_url": URL,
        "group_method": "n",
        "dedup_key": "",
    }


def test_what_happens_by_itself_is_pushed_without_a_person() -> None:
    body = pushed(time_out(raised(), by(None, 5)))
    assert "person" not in body
    assert "closer" not in body["incident"]
    assert body["incident"]["labels"] == {"host": "db1"}
    assert body["incident"]["channel_name"] == "Shop"


def test_every_field_of_the_seed_is_there_and_none_else() -> None:
    least = flashduty.pushed_incident(raised(), URL).keys()
    assert least == REQUIRED | OPTIONAL | {"labels"}
    assert flashduty.pushed_incident(full(), URL).keys() == REQUIRED | OPTIONAL | OF_SOME


def test_responders_are_persons_with_their_times() -> None:
    body = pushed(ack(made(BERT), ANNA, by(ANNA, 5)))
    assert body["incident"]["responders"] == [
        {
            "person_id": 2,
            "person_name": "Bert",
            "email": "bert@example.org",
            "assigned_at": NOW,
            "acknowledged_at": 0,
        },
        {**ANNA_JSON, "assigned_at": NOW + 5, "acknowledged_at": NOW + 5},
    ]


def test_the_times_of_an_incident_are_seconds() -> None:
    body = pushed(snooze(made(), 10, by(ANNA, 5)))
    assert body["event_time"] == (NOW + 5) * 1_000
    assert body["incident"]["snoozed_before"] == NOW + 605


def test_a_custom_action_carries_the_alerts() -> None:
    entry, incident = comment(raised(), "x", by(ANNA)).steps[-1]
    body = msgspec.json.decode(flashduty.push(entry, incident, EVENT_ID, URL, [{"alert_id": "a"}]))
    assert body["incident"]["alerts"] == [{"alert_id": "a"}]


def test_the_api_has_components_and_version_beside_what_is_pushed() -> None:
    incident = replace(raised(), component_ids=("c1",))
    told = flashduty.api_incident(incident, URL)
    assert (told.pop("component_ids"), told.pop("version")) == (["c1"], 1)
    assert told == flashduty.pushed_incident(incident, URL)


def test_an_entry_of_the_timeline() -> None:
    [entry] = comment(made(), "Hm", by(ANNA, 1)).entries
    assert flashduty.api_entry(entry, "e1", "p-3") == {
        "id": "e1",
        "type": "i_comm",
        "event_time": NOW_MS + 1_000,
        "person": ANNA_JSON,
        "detail": {"comment": "Hm"},
        "position": "p-3",
    }
    [entry] = time_out(made(), by(None, 1)).entries
    assert "person" not in flashduty.api_entry(entry, "e1", "p-4")


def test_an_alert_of_no_incident_says_what_keeps_it_out() -> None:
    alert = Alert("a", "k", "i", "Disk full", "", Severity.CRITICAL, Status.WARNING, NOW, NOW)
    told = flashduty.api_alert(alert)
    assert told == {
        "alert_id": "a",
        "alert_key": "k",
        "title": "Disk full",
        "description": "",
        "alert_severity": "Critical",
        "alert_status": "Warning",
        "labels": {},
        "start_time": NOW,
        "last_time": NOW,
        "end_time": 0,
        "event_cnt": 1,
        "incident_id": None,
        "integration_id": "i",
        "kept_out": "",
        "flapping": False,
    }
    assert flashduty.api_alert(replace(alert, kept_out="silence"))["kept_out"] == "silence"


def test_an_incident_is_shown_in_the_console() -> None:
    assert flashduty.detail_url("https://tocsin.example.org", ID) == URL


def full() -> Incident:
    """One that has all that only some have."""
    closed = resolve(made(BERT), Changes(), (), by(ANNA)).incident
    return replace(closed, labels={})


def test_every_field_of_the_model_is_told_but_bookkeeping() -> None:
    names = {one.name for one in fields(Incident)}
    own = {"id": "incident_id", "severity": "incident_severity", "status": "incident_status"}
    told = flashduty.api_incident(full(), URL).keys()
    assert {own.get(name, name) for name in names} - told == {
        "event_ms",
        "by_hand",
        "opened_at",
        "storms",
        "merged_into",
    }
