"""Alertmanager's own API, for those who send alerts to it."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.wire.json_values import spoilt, vectors

from tocsin.model.alert_event import AlertEvent
from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.severity import Status
from tocsin.wire import alertmanager_api

NOW = 1_795_310_700  # 2026-11-22T01:25:00Z
VECTORS = vectors("alertmanager_api")
LEAST = {"labels": {"alertname": "Down", "severity": "critical"}}


def one(**given_: Any) -> AlertEvent:
    return alertmanager_api.read(json.dumps([LEAST | given_]).encode(), NOW)[0]


def fault(**given_: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        alertmanager_api.read(json.dumps([LEAST, LEAST | given_]).encode(), NOW)
    assert refused.value.code is Code.INVALID
    return [error.path for error in refused.value.errors]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["about"])
def test_what_senders_push(vector: dict[str, Any]) -> None:
    events = alertmanager_api.read(json.dumps(vector["body"]).encode(), NOW)
    assert events == [
        msgspec.convert({"time": NOW, **event}, AlertEvent) for event in vector["events"]
    ]


@pytest.mark.parametrize(
    ("ends_at", "status", "recovers"),
    [
        (None, Status.CRITICAL, NOW + 300),
        ("0001-01-01T00:00:00Z", Status.CRITICAL, NOW + 300),
        ("2026-11-22T01:25:01Z", Status.CRITICAL, NOW + 1),
        ("2026-11-22T01:25:00.9Z", Status.OK, 0),
        ("2026-11-22T01:00:00Z", Status.OK, 0),
        ("9999-12-31T23:59:59-23:59", Status.CRITICAL, 253_402_300_799),
    ],
)
def test_an_alert_recovers_when_its_end_is_or_becomes_past(
    ends_at: str | None, status: Status, recovers: int
) -> None:
    event = one(endsAt=ends_at)
    assert (event.status, event.ends_at, event.time) == (status, recovers, NOW)


def test_what_says_of_itself_that_it_is_ok_has_recovered() -> None:
    event = one(labels={"severity": "ok"})
    assert (event.status, event.ends_at) == (Status.OK, 0)


def test_an_alert_began_when_it_says_but_not_after_now() -> None:
    assert one(startsAt="2026-11-22T01:24:00Z").started_at == NOW - 60
    assert one(startsAt="2026-11-22T02:24:00Z").started_at == NOW
    assert one(endsAt="2026-11-22T01:24:00Z").started_at == NOW


def test_the_key_is_the_labels_alone() -> None:
    assert one(annotations={"a": "b"}, startsAt="2026-11-22T01:24:00Z").key == one().key
    assert one(labels={"alertname": "Up"}).key != one().key


@pytest.mark.parametrize(
    ("given_", "path"),
    [
        ({"labels": {}}, "1.labels"),
        ({"labels": {"alertname": ""}}, "1.labels"),
        ({"labels": {"a": 1}}, "1.labels"),
        ({"labels": None}, "1.labels"),
        ({"endsAt": "tomorrow"}, "1.endsAt"),
        ({"startsAt": "2026-11-22T01:00:01Z", "endsAt": "2026-11-22T01:00:00Z"}, "1.startsAt"),
    ],
)
def test_alerts_with_one_thing_wrong_are_refused_as_a_whole(
    given_: dict[str, Any], path: str
) -> None:
    assert fault(**given_) == [path]


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"null", b"[null]", b"[{}]"])
def test_alerts_are_an_array(body: bytes) -> None:
    with pytest.raises(Refused):
        alertmanager_api.read(body, NOW)


@settings(max_examples=15, deadline=None)
@given(spoilt([vector["body"] for vector in VECTORS]))
def test_whatever_is_pushed_is_within_the_limits_or_refused(body: bytes) -> None:
    try:
        events = alertmanager_api.read(body, NOW)
    except Refused:
        return
    for event in events:
        assert event.key
        assert event.ends_at == 0 or event.ends_at > NOW
        assert (event.status is Status.OK) == (event.ends_at == 0)
        assert 0 <= event.started_at <= event.time == NOW


# Answers


def test_alerts_that_were_taken_are_answered_with_nothing() -> None:
    assert alertmanager_api.accepted() == (200, b"")


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (invalid("0.labels", "must be at least one"), 400),
        (Refused(Code.UNAUTHORIZED, "no"), 401),
        (Refused(Code.TOO_LARGE, "no"), 413),
        (Refused(Code.TOO_MANY_REQUESTS, "no"), 429),
        (Refused(Code.UNAVAILABLE, "no"), 503),
    ],
)
def test_a_refusal_is_answered_with_a_text(refusal: Refused, status: int) -> None:
    answer = alertmanager_api.refused(refusal)
    assert (answer.status, json.loads(answer.body)) == (status, refusal.detail)


def test_the_status_has_all_members_that_its_readers_require() -> None:
    said = json.loads(alertmanager_api.status("1.2.3", NOW))
    assert said["uptime"] == "2026-11-22T01:25:00Z"
    assert said["cluster"] == {"status": "disabled", "peers": []}
    assert said["versionInfo"]["version"] == "1.2.3"
    assert set(said["versionInfo"]) == {
        *("version", "revision", "branch", "buildUser", "buildDate", "goVersion")
    }
    assert "receiver: tocsin" in said["config"]["original"]
