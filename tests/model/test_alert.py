"""Alerts, and what is said of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import alert as alerts
from tocsin.model.alert import Alert, AlertEvent, Effect, Taken, take
from tocsin.model.severity import Severity, Status

NOW = 1_700_000_000
RAISED = AlertEvent("disk", Status.WARNING, "Disk", "90 %", {"host": "db1"}, NOW)
RECOVERY = replace(RAISED, status=Status.OK, time=NOW + 60)


def begun(event: AlertEvent = RAISED) -> Alert:
    taken = take(None, event, "a1", 7)
    assert taken.effect is Effect.BEGIN
    assert taken.alert is not None
    return taken.alert


def after(alert: Alert | None, *events: AlertEvent) -> Alert:
    for event in events:
        alert = take(alert, event, "a2", 7).alert
    assert alert is not None
    return alert


RECOVERED = after(begun(), RECOVERY)
CLOSED = alerts.closed_by_hand(begun(), NOW + 30)


def test_what_is_not_known_begins_an_alert() -> None:
    assert begun() == Alert(
        "a1", "disk", 7, "Disk", "90 %", Severity.WARNING, Status.WARNING, NOW, NOW, {"host": "db1"}
    )
    assert begun().open


@pytest.mark.parametrize("latest", [None, RECOVERED, CLOSED])
def test_a_recovery_of_what_is_not_open_changes_nothing(latest: Alert | None) -> None:
    late = replace(RECOVERY, time=NOW + 90)
    assert take(latest, late, "a2", 7) == Taken(Effect.NONE, latest)


@pytest.mark.parametrize("latest", [RECOVERED, CLOSED])
def test_what_is_not_open_begins_anew(latest: Alert) -> None:
    effect, alert = take(latest, replace(RAISED, time=NOW + 90), "a2", 7)
    assert effect is Effect.BEGIN
    assert alert is not None
    assert (alert.id, alert.start_time) == ("a2", NOW + 90)


@pytest.mark.parametrize("latest", [begun(), RECOVERED])
def test_an_older_event_changes_nothing(latest: Alert) -> None:
    old = replace(RAISED, title="Old", time=latest.last_time - 1)
    assert take(latest, old, "a2", 7) == Taken(Effect.NONE, latest)


def test_the_same_again_only_moves_the_last_time() -> None:
    again = replace(RAISED, time=NOW + 5)
    assert take(begun(), again, "a2", 7) == Taken(
        Effect.REPEAT, replace(begun(), last_time=NOW + 5)
    )


@pytest.mark.parametrize(
    "said", [{"title": "T"}, {"description": "D"}, {"labels": {}}, {"status": Status.INFO}]
)
def test_anything_else_updates_the_alert(said: dict[str, object]) -> None:
    event = replace(RAISED, time=NOW + 5, **said)  # type: ignore[arg-type]
    effect, alert = take(begun(), event, "a2", 7)
    assert effect is Effect.UPDATE
    assert alert == replace(begun(), last_time=NOW + 5, event_cnt=2, **said)  # type: ignore[arg-type]


def test_severity_is_the_highest_it_had_and_status_the_latest() -> None:
    worse = replace(RAISED, status=Status.CRITICAL)
    alert = after(begun(), worse, replace(RAISED, status=Status.INFO))
    assert (alert.severity, alert.status) == (Severity.CRITICAL, Status.INFO)


def test_a_recovery_ends_it_adds_labels_and_says_nothing_else() -> None:
    event = replace(RECOVERY, title="Fine", labels={"host": "other", "rack": "9"})
    effect, alert = take(begun(), event, "a2", 7)
    assert effect is Effect.RECOVER
    assert alert == replace(
        begun(),
        status=Status.OK,
        labels={"host": "db1", "rack": "9"},
        last_time=NOW + 60,
        end_time=NOW + 60,
        event_cnt=2,
    )
    assert not alert.open


def test_closing_by_hand_takes_no_more_events_and_leaves_what_has_recovered() -> None:
    assert (CLOSED.open, CLOSED.status, CLOSED.closed_at) == (False, Status.WARNING, NOW + 30)
    assert alerts.closed_by_hand(RECOVERED, NOW + 90) is RECOVERED


def test_reopening_opens_what_closing_closed_unless_there_is_a_newer_one() -> None:
    assert alerts.reopened(CLOSED, frozenset()) == begun()
    assert alerts.reopened(CLOSED, frozenset({"disk"})) is CLOSED
    assert not alerts.reopened(RECOVERED, frozenset()).open


def test_alerts_add_up() -> None:
    second = replace(
        begun(), title="Other", severity=Severity.CRITICAL, status=Status.INFO, last_time=NOW + 9
    )
    total = alerts.totals([begun(), second, RECOVERED], ("c1",))
    assert (total.alert_cnt, total.title, total.description) == (3, "Disk", "90 %")
    assert (total.severity, total.status) == (Severity.CRITICAL, Status.WARNING)
    assert (total.last_time, total.end_time, total.component_ids) == (NOW + 60, 0, ("c1",))


def test_alerts_that_have_all_recovered_are_ok_since_the_last() -> None:
    first = replace(RECOVERED, end_time=NOW + 20)
    total = alerts.totals([RECOVERED, first])
    assert (total.status, total.end_time) == (Status.OK, NOW + 60)


def test_rules_see_the_fields_and_labels_of_an_alert() -> None:
    assert alerts.facts(begun()) == {
        "severity": "Warning",
        "status": "Warning",
        "title": "Disk",
        "description": "90 %",
        "alert_key": "disk",
        "integration_id": "7",
        "labels.host": "db1",
    }


EVENTS = st.builds(
    AlertEvent,
    st.just("disk"),
    st.sampled_from(Status),
    st.sampled_from(["A", "B"]),
    st.just(""),
    st.sampled_from([{}, {"host": "db1"}]),
    st.integers(NOW, NOW + 9),
)


@given(st.lists(EVENTS, max_size=8))
def test_what_was_taken_last_changes_nothing_more_when_it_comes_again(
    events: list[AlertEvent],
) -> None:
    alert: Alert | None = None
    for event in events:
        alert = take(alert, event, "a1", 7).alert
        again = take(alert, event, "a2", 7)
        assert again.effect in (Effect.NONE, Effect.REPEAT)
        assert again.alert == alert
        if alert is not None:
            assert alert.open is (alert.end_time == 0)
            assert alert.start_time <= alert.last_time
