"""Alerts, and what is said of them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model import alert as alerts
from tocsin.model.alert import Alert, Effect, Taken, take
from tocsin.model.alert_event import AlertEvent
from tocsin.model.severity import Severity, Status

NOW = 1_700_000_000
RAISED = AlertEvent(
    "disk",
    "Disk",
    Status.WARNING,
    NOW,
    NOW - 5,
    description="90 %",
    labels={"host": "db1"},
)
RECOVERY = replace(RAISED, status=Status.OK, time=NOW + 60)


def begun(event: AlertEvent = RAISED) -> Alert:
    taken = take(None, event, "a1", "n1")
    assert taken.effect is Effect.BEGIN
    assert taken.alert is not None
    return taken.alert


def after(alert: Alert | None, *events: AlertEvent) -> Alert:
    for event in events:
        alert = take(alert, event, "a2", "n1").alert
    assert alert is not None
    return alert


RECOVERED = after(begun(), RECOVERY)
CLOSED = replace(begun(), closed_at=NOW + 30)


def test_what_is_not_known_begins_an_alert() -> None:
    assert begun() == Alert(
        "a1",
        "disk",
        "n1",
        "Disk",
        "90 %",
        Severity.WARNING,
        Status.WARNING,
        NOW - 5,
        NOW,
        {"host": "db1"},
    )
    assert begun().open


@pytest.mark.parametrize("latest", [None, RECOVERED, CLOSED])
def test_a_recovery_of_what_is_not_open_changes_nothing(latest: Alert | None) -> None:
    late = replace(RECOVERY, time=NOW + 90)
    assert take(latest, late, "a2", "n1") == Taken(Effect.NONE, latest)


@pytest.mark.parametrize("latest", [RECOVERED, CLOSED])
def test_what_is_not_open_begins_anew(latest: Alert) -> None:
    effect, alert = take(latest, replace(RAISED, time=NOW + 90), "a2", "n1")
    assert effect is Effect.BEGIN
    assert alert is not None
    assert (alert.id, alert.last_time) == ("a2", NOW + 90)


@pytest.mark.parametrize("latest", [begun(), RECOVERED])
def test_an_older_event_changes_nothing(latest: Alert) -> None:
    old = replace(RAISED, title="Old", time=latest.last_time - 1)
    assert take(latest, old, "a2", "n1") == Taken(Effect.NONE, latest)


def test_the_same_again_only_moves_the_last_time() -> None:
    again = replace(RAISED, time=NOW + 5)
    assert take(begun(), again, "a2", "n1") == Taken(
        Effect.REPEAT, replace(begun(), last_time=NOW + 5)
    )


@pytest.mark.parametrize(
    "said", [{"title": "T"}, {"description": "D"}, {"labels": {}}, {"status": Status.INFO}]
)
def test_anything_else_updates_the_alert(said: dict[str, object]) -> None:
    event = replace(RAISED, time=NOW + 5, **said)  # type: ignore[arg-type]
    effect, alert = take(begun(), event, "a2", "n1")
    assert effect is Effect.UPDATE
    assert alert == replace(begun(), last_time=NOW + 5, event_cnt=2, **said)  # type: ignore[arg-type]


def test_severity_is_the_highest_it_had_and_status_the_latest() -> None:
    worse = replace(RAISED, status=Status.CRITICAL)
    alert = after(begun(), worse, replace(RAISED, status=Status.INFO))
    assert (alert.severity, alert.status) == (Severity.CRITICAL, Status.INFO)


def test_a_recovery_ends_it_adds_labels_and_says_nothing_else() -> None:
    event = replace(RECOVERY, title="Fine", labels={"host": "other", "rack": "9"})
    effect, alert = take(begun(), event, "a2", "n1")
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


def test_an_event_without_a_key_begins_an_alert_whose_key_is_its_id() -> None:
    assert begun(replace(RAISED, key=None)).alert_key == "a1"


def test_what_recovered_or_was_closed_by_hand_takes_no_more_events() -> None:
    assert not RECOVERED.open
    assert not CLOSED.open


def test_an_alert_recovers_by_itself_at_the_end_that_its_sender_gave() -> None:
    alert = begun(replace(RAISED, ends_at=NOW + 300))
    assert alerts.lapse(alert, NOW + 299) == Taken(Effect.NONE, alert)
    effect, lapsed = alerts.lapse(alert, NOW + 900)
    assert effect is Effect.RECOVER
    assert lapsed == replace(
        alert,
        status=Status.OK,
        last_time=NOW + 300,
        end_time=NOW + 300,
        ends_at=0,
        event_cnt=2,
    )


def test_an_event_in_between_moves_the_end() -> None:
    alert = begun(replace(RAISED, ends_at=NOW + 300))
    again = after(alert, replace(RAISED, time=NOW + 60, ends_at=NOW + 360))
    assert alerts.lapse(again, NOW + 300).effect is Effect.NONE
    without = after(alert, replace(RAISED, title="Other", time=NOW + 60))
    assert alerts.lapse(without, NOW + 900).effect is Effect.NONE


def test_what_is_not_open_has_no_end_to_come() -> None:
    closed = replace(CLOSED, ends_at=NOW + 60)
    assert alerts.lapse(closed, NOW + 60) == Taken(Effect.NONE, closed)


def test_rules_see_the_fields_and_labels_of_an_alert() -> None:
    assert alerts.facts(begun()) == {
        "severity": "Warning",
        "status": "Warning",
        "title": "Disk",
        "description": "90 %",
        "alert_key": "disk",
        "integration_id": "n1",
        "labels.host": "db1",
    }


EVENTS = st.builds(
    AlertEvent,
    st.just("disk"),
    st.sampled_from(["A", "B"]),
    st.sampled_from(Status),
    st.integers(NOW, NOW + 9),
    st.just(NOW),
    labels=st.sampled_from([{}, {"host": "db1"}]),
)


@settings(max_examples=40)
@given(st.lists(EVENTS, max_size=8))
def test_what_was_taken_last_changes_nothing_more_when_it_comes_again(
    events: list[AlertEvent],
) -> None:
    alert: Alert | None = None
    for event in events:
        alert = take(alert, event, "a1", "n1").alert
        again = take(alert, event, "a2", "n1")
        assert again.effect in (Effect.NONE, Effect.REPEAT)
        assert again.alert == alert
        if alert is not None:
            assert alert.open is (alert.end_time == 0)
            assert alert.start_time <= alert.last_time
