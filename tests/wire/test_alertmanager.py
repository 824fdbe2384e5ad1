"""Alertmanager's webhook, also as Grafana sends it."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.wire.json_values import spoilt, vectors

from tocsin.model.alert_event import AlertEvent
from tocsin.model.errors import Code, Refused
from tocsin.model.severity import Status
from tocsin.wire import alertmanager

NOW = 1_795_310_700
VECTORS = vectors("alertmanager")
LEAST = {"status": "firing", "labels": {"alertname": "Down"}}


def read(*alerts: dict[str, Any]) -> list[AlertEvent]:
    return alertmanager.read(json.dumps({"alerts": alerts}).encode(), NOW)


def one(**given_: Any) -> AlertEvent:
    return read(LEAST | given_)[0]


def fault(**given_: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(LEAST, LEAST | given_)
    assert refused.value.code is Code.INVALID
    return [error.path for error in refused.value.errors]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["about"])
def test_what_senders_push(vector: dict[str, Any]) -> None:
    events = alertmanager.read(json.dumps(vector["body"]).encode(), NOW)
    assert events == [
        msgspec.convert({"time": NOW, **event}, AlertEvent) for event in vector["events"]
    ]


def test_an_alertmanager_that_sends_no_fingerprint_means_that_of_the_labels() -> None:
    for alert in VECTORS[0]["body"]["alerts"]:
        assert one(labels=alert["labels"]).key == alert["fingerprint"]
        assert one(labels={**alert["labels"], "empty": ""}).key == alert["fingerprint"]


def test_the_fingerprint_is_of_all_labels_in_any_order() -> None:
    assert alertmanager.fingerprint({}) == "cbf29ce484222325"
    assert alertmanager.fingerprint({"a": "b"}) == alertmanager.fingerprint({"a": "b"})
    many = {f"l{n}": "v" for n in range(60)}
    backwards = dict(reversed(many.items()))
    assert alertmanager.fingerprint(many) == alertmanager.fingerprint(backwards)
    assert one(labels=many).key != one(labels={**many, "l59": "w"}).key
    assert len(one(labels=many).labels) == 50


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("critical", Status.CRITICAL),
        (" CRITICAL ", Status.CRITICAL),
        ("page", Status.CRITICAL),
        ("error", Status.CRITICAL),
        ("warning", Status.WARNING),
        ("warn", Status.WARNING),
        ("whatever", Status.WARNING),
        ("info", Status.INFO),
        ("none", Status.INFO),
        ("unk", Status.INFO),
        ("ok", Status.OK),
    ],
)
def test_how_bad_it_is(said: str, status: Status) -> None:
    for name in ("severity", "priority", "level"):
        assert one(labels={name: said}).status is status
        assert one(annotations={name: said}).status is status


def test_a_label_says_how_bad_it_is_before_an_annotation_and_severity_before_level() -> None:
    labels = {"level": "critical", "severity": "info"}
    assert one(labels=labels, annotations={"severity": "critical"}).status is Status.INFO
    assert one().status is Status.WARNING


def test_what_has_recovered_is_ok_however_bad_it_was() -> None:
    assert one(status="resolved", labels={"severity": "critical"}).status is Status.OK


@pytest.mark.parametrize(
    ("labels", "annotations", "title"),
    [
        ({"alertname": "Down"}, {"summary": "db1 is down"}, "db1 is down"),
        ({"alertname": "Down"}, {"summary": " "}, "Down"),
        ({"alertname": "Down"}, None, "Down"),
        ({"a": "1", "b": "2"}, {}, "a=1, b=2"),
        ({"alertname": "x" * 20_000}, {}, "x" * 512),
    ],
)
def test_what_an_alert_is_called(
    labels: dict[str, str], annotations: dict[str, str] | None, title: str
) -> None:
    assert one(labels=labels, annotations=annotations).title == title


def test_an_alert_without_labels_has_a_name_if_it_has_a_fingerprint() -> None:
    assert one(labels={}, fingerprint="1").title == "Alert"
    assert fault(labels={}) == ["alerts.1.labels"]
    assert fault(labels={"a": ""}) == ["alerts.1.labels"]


def test_a_message_describes_where_there_is_no_description() -> None:
    assert one(annotations={"message": "m"}).description == "m"
    assert one(annotations={"message": "m", "description": "d"}).description == "d"


def test_texts_are_cut_and_links_stay() -> None:
    event = one(annotations={"description": "d" * 20_000}, generatorURL="http://prometheus/")
    assert len(event.description) == 2048
    assert event.description.endswith("d\nsource: http://prometheus/")


@pytest.mark.parametrize(
    ("starts_at", "started_at"),
    [
        (None, NOW),
        ("0001-01-01T00:00:00Z", NOW),
        ("0001-01-01T00:00:00+23:59", NOW),
        ("9999-12-31T23:59:59-23:59", NOW),
        ("2026-11-22T01:24:59.999999999Z", NOW),
        ("2026-11-22T01:24:59.4Z", NOW - 1),
        ("1970-01-01T00:00:00Z", 0),
    ],
)
def test_an_alert_began_when_it_says_but_not_after_now(
    starts_at: str | None, started_at: int
) -> None:
    event = one(startsAt=starts_at)
    assert (event.started_at, event.time, event.ends_at) == (started_at, NOW, 0)


@pytest.mark.parametrize(
    ("given_", "path"),
    [
        ({"startsAt": "yesterday"}, "alerts.1.startsAt"),
        ({"startsAt": "2026-11-22T01:24:59"}, "alerts.1.startsAt"),
        ({"startsAt": 7}, "alerts.1.startsAt"),
        ({"status": "burning"}, "alerts.1.status"),
        ({"status": None}, "alerts.1.status"),
        ({"labels": None}, "alerts.1.labels"),
        ({"labels": {"a": 1}}, "alerts.1.labels"),
        ({"annotations": {"a": None}}, "alerts.1.annotations"),
        ({"fingerprint": "f" * 256}, "alerts.1.fingerprint"),
        ({"generatorURL": 1}, "alerts.1.generatorURL"),
    ],
)
def test_a_notification_with_one_thing_wrong_is_refused_as_a_whole(
    given_: dict[str, Any], path: str
) -> None:
    assert fault(**given_) == [path]


def test_a_notification_has_alerts() -> None:
    assert read() == []
    for body in (b"{}", b'{"alerts":null}', b"[]", b'{"alerts":[],"alerts":[]}'):
        with pytest.raises(Refused):
            alertmanager.read(body, NOW)


@settings(max_examples=15, deadline=None)
@given(spoilt([vector["body"] for vector in VECTORS]))
def test_whatever_is_pushed_is_within_the_limits_or_refused(body: bytes) -> None:
    try:
        events = alertmanager.read(body, NOW)
    except Refused:
        return
    for event in events:
        assert event.key
        assert 1 <= len(event.title) <= 512
        assert len(event.description) <= 2048
        assert 0 <= event.started_at <= event.time == NOW
