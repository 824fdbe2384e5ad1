"""What alerts make of an incident."""

from dataclasses import replace

from tests.model.incidents import ANNA, NOW, by, made, raised

from tocsin.model.alert import Alert
from tocsin.model.incident import Incident
from tocsin.model.incident_alerts import AlertTotals, follow
from tocsin.model.incident_edit import Changes, edit
from tocsin.model.severity import Severity, Status

TOTALS = AlertTotals(3, "Alert", "It is", Severity.CRITICAL, Status.INFO, NOW + 9, 0, ("c1",))


def followed(incident: Incident, totals: AlertTotals = TOTALS) -> Incident:
    return follow(incident, totals, NOW + 10)


def test_an_incident_follows_its_alerts() -> None:
    incident = followed(raised())
    assert AlertTotals.of(incident) == TOTALS
    assert incident.updated_at == NOW + 10


def test_alerts_write_no_event() -> None:
    before, after = raised(), followed(raised())
    assert (after.version, after.event_ms) == (before.version, before.event_ms)


def test_what_was_set_by_hand_stays() -> None:
    changes = Changes(title="T", severity=Severity.INFO)
    incident = followed(edit(raised(), changes, (), by(ANNA)).incident)
    assert (incident.title, incident.severity) == ("T", Severity.INFO)
    assert (incident.description, incident.status) == ("It is", Status.INFO)
    assert incident.component_ids == ("c1",)


def test_what_people_made_has_the_status_of_its_alerts_once_it_has_some() -> None:
    incident = followed(made())
    assert (incident.title, incident.severity) == ("Shop is down", Severity.CRITICAL)
    assert (incident.status, incident.alert_cnt, incident.last_time) == (Status.INFO, 3, NOW + 9)


def test_recovery_of_all_sets_the_end_and_a_new_alert_takes_it_back() -> None:
    recovered = followed(raised(), replace(TOTALS, status=Status.OK, end_time=NOW + 9))
    assert (recovered.status, recovered.end_time) == (Status.OK, NOW + 9)
    assert followed(recovered).end_time == 0


def test_without_any_more_alerts_it_keeps_what_they_said() -> None:
    incident = followed(raised(), replace(TOTALS, alert_cnt=0))
    assert incident == replace(raised(), alert_cnt=0, updated_at=NOW + 10)


ALERT = Alert(
    "a1", "disk", "n1", "Disk", "", Severity.INFO, Status.OK, NOW, NOW + 5, component_id="c2"
)


def test_what_is_heard_of_some_alerts_is_added() -> None:
    critical = replace(ALERT, severity=Severity.CRITICAL, last_time=NOW + 20, component_id="c1")
    before = replace(TOTALS, severity=Severity.WARNING)
    heard = before.heard([ALERT, critical, replace(ALERT, component_id=None)], joining=2)
    assert heard == replace(
        before,
        alert_cnt=5,
        severity=Severity.CRITICAL,
        last_time=NOW + 20,
        component_ids=("c1", "c2"),
    )


def test_hearing_the_same_again_adds_nothing() -> None:
    assert TOTALS.heard([replace(ALERT, component_id=None)], joining=0) == TOTALS
