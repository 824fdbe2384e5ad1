"""PagerDuty's Events API."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.wire.json_values import spoilt, vectors

from tocsin.model.alert_event import AlertEvent, Image
from tocsin.model.errors import Code, FieldError, Refused, invalid
from tocsin.model.severity import Status
from tocsin.wire import pagerduty
from tocsin.wire.pagerduty import Action, Enqueued

NOW = 1_795_310_700  # 2026-11-22T01:25:00Z
VECTORS = vectors("pagerduty")
PAYLOAD = {"summary": "It burns", "severity": "warning", "source": "db1"}


def read(**given_: Any) -> Enqueued:
    least = {"event_action": "trigger", "payload": PAYLOAD}
    return pagerduty.read(json.dumps(least | given_).encode(), NOW)


def event(payload: dict[str, Any] | None = None, **given_: Any) -> AlertEvent:
    made = read(payload=PAYLOAD | (payload or {}), **given_).event
    assert made is not None
    return made


def faults(**given_: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(**given_)
    assert refused.value.code is Code.INVALID
    return [error.path for error in refused.value.errors]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["about"])
def test_what_senders_push(vector: dict[str, Any]) -> None:
    made = vector["event"] and {"time": NOW, **vector["event"]}
    assert pagerduty.read(json.dumps(vector["body"]).encode(), NOW) == Enqueued(
        vector["routing_key"],
        Action(vector["action"]),
        vector["key"],
        msgspec.convert(made, AlertEvent | None),
    )


def test_what_is_null_or_empty_is_absent() -> None:
    absent = dict.fromkeys(
        ("routing_key", "dedup_key", "client", "client_url", "links", "images"), None
    )
    assert read(**absent) == read()
    assert read(routing_key="", dedup_key="", links=[], images=[]) == read()
    assert read().event == AlertEvent(
        None, "It burns", Status.WARNING, NOW, NOW, labels={"source": "db1"}
    )


@pytest.mark.parametrize(
    ("severity", "status"),
    [
        ("critical", Status.CRITICAL),
        ("error", Status.CRITICAL),
        ("warning", Status.WARNING),
        ("info", Status.INFO),
    ],
)
def test_how_bad_it_is(severity: str, status: Status) -> None:
    assert event({"severity": severity}).status is status


@pytest.mark.parametrize(
    ("timestamp", "started_at"),
    [
        ("2026-11-22T01:24:00.315+0000", NOW - 60),
        ("2026-11-22T02:24:00+01:00", NOW - 60),
        ("2026-11-22T02:24:00Z", NOW),
        ("0001-01-01T00:00:00Z", NOW),
        ("2026-11-22T01:24:00", NOW),
        ("yesterday", NOW),
        ("", NOW),
        (None, NOW),
    ],
)
def test_no_timestamp_is_worth_losing_an_alert_for(timestamp: str | None, started_at: int) -> None:
    made = event({"timestamp": timestamp})
    assert (made.started_at, made.time) == (started_at, NOW)


def test_short_details_become_labels_under_the_places() -> None:
    details = {"source": "other", "count": 3, "ok": True, "none": None, "empty": "", "n" * 129: "x"}
    assert event({"custom_details": details, "component": "api"}).labels == {
        "source": "db1",
        "component": "api",
        "count": "3",
        "ok": "true",
    }


def test_long_details_and_nested_ones_are_told() -> None:
    details = {"trace": "a\nb", "more": {"a": [1]}, "list": [], "long": "x" * 256}
    made = event({"custom_details": details})
    assert made.labels == {"source": "db1"}
    assert made.description == f'trace: a\nb\nmore: {{"a":[1]}}\nlong: {"x" * 256}'


@pytest.mark.parametrize(
    ("details", "labels", "description"),
    [
        ("short", {"details": "short"}, ""),
        ("a\nb", {}, "details: a\nb"),
        ([1, 2], {}, "details: [1,2]"),
        (None, {}, ""),
        ({}, {}, ""),
    ],
)
def test_details_need_not_be_an_object(
    details: object, labels: dict[str, str], description: str
) -> None:
    made = event({"custom_details": details})
    assert (made.labels, made.description) == ({"source": "db1", **labels}, description)


def test_places_are_kept_however_many_details_there_are() -> None:
    made = event({"custom_details": {f"d{n}": n for n in range(5_000)}, "class": "disk"})
    assert len(made.labels) == 50
    assert (made.labels["source"], made.labels["class"]) == ("db1", "disk")


def test_links_are_told_with_their_texts() -> None:
    links = [{"href": "https://a/", "text": "A"}, {"href": "https://b/"}, {"text": "none"}]
    made = event(links=links, client_url="https://c/")
    assert made.description == "client: https://c/\nA: https://a/\nlink: https://b/"
    assert event(client="c").description == ""


def test_images_need_an_address() -> None:
    images = [{"src": "https://a/1"}, {"alt": "none"}, {"src": "javascript:x", "alt": "x"}]
    assert event(images=images).images == (Image("https://a/1"),)


def test_texts_are_cut() -> None:
    made = event({"summary": "s" * 100_000, "custom_details": {"a": "d" * 100_000}})
    assert (len(made.title), len(made.description)) == (512, 2048)


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert faults(payload=None) == ["payload.summary", "payload.source", "payload.severity"]
    assert faults(payload=PAYLOAD | {"severity": "bad", "source": " "}, dedup_key="k" * 256) == [
        "dedup_key",
        "payload.source",
        "payload.severity",
    ]


@pytest.mark.parametrize("action", [None, "", "Trigger", "close"])
def test_an_action_is_one_of_three(action: str | None) -> None:
    assert faults(event_action=action, dedup_key="1") == ["event_action"]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_only_a_trigger_may_be_of_a_new_alert(action: str) -> None:
    assert faults(event_action=action) == ["dedup_key"]
    assert faults(event_action=action, dedup_key="k" * 256) == ["dedup_key"]
    assert read(event_action=action, dedup_key="k" * 255).key == "k" * 255


def test_a_value_of_another_type_is_refused_by_its_path() -> None:
    assert faults(dedup_key=7) == ["dedup_key"]
    assert faults(payload={"summary": 7}) == ["payload.summary"]
    assert faults(links=[{"href": "https://a/"}, "https://b/"]) == ["links.1"]


@settings(max_examples=15, deadline=None)
@given(spoilt([vector["body"] for vector in VECTORS]))
def test_whatever_is_pushed_is_within_the_limits_or_refused(body: bytes) -> None:
    try:
        made = pagerduty.read(body, NOW).event
    except Refused:
        return
    if made:
        assert len(made.title) <= 512
        assert len(made.description) <= 2048
        assert len(made.labels) <= 50
        assert 0 <= made.started_at <= made.time == NOW


# Answers


def test_an_event_that_was_taken_is_answered_with_its_key() -> None:
    status, body = pagerduty.accepted("srv01/HTTP")
    assert (status, json.loads(body)) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "srv01/HTTP"},
    )


INVALID = {"status": "invalid event", "message": "Event object is invalid"}
TWO = (FieldError("dedup_key", "is missing or blank"), FieldError("payload.source", "is odd"))


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [
        (
            Refused(Code.INVALID, "", TWO),
            400,
            {
                **INVALID,
                "errors": ["'dedup_key' is missing or blank", "'payload.source' is odd"],
            },
        ),
        (
            invalid("routing_key", "is missing or blank"),
            400,
            {**INVALID, "errors": ["'routing_key' is missing or blank"]},
        ),
        (
            Refused(Code.INVALID, "The body is not a JSON document."),
            400,
            {
                "status": "Unrecognized object",
                "message": "Event object format is unrecognized",
                "errors": ["The body is not a JSON document."],
            },
        ),
        (
            Refused(Code.UNAUTHORIZED, "No such key."),
            400,
            {**INVALID, "errors": ["No such key."]},
        ),
        (
            Refused(Code.TOO_MANY_REQUESTS, "Later."),
            429,
            {"status": "throttle exceeded", "message": "Later.", "errors": ["Later."]},
        ),
        (
            Refused(Code.TOO_LARGE, "Less."),
            413,
            {"status": "event too large", "message": "Less.", "errors": ["Less."]},
        ),
        (
            Refused(Code.UNAVAILABLE, "Later."),
            503,
            {"status": "error", "message": "Later.", "errors": ["Later."]},
        ),
    ],
)
def test_a_refusal_is_answered_in_pagerdutys_form(
    refusal: Refused, status: int, said: dict[str, Any]
) -> None:
    answer = pagerduty.refused(refusal)
    assert (answer.status, json.loads(answer.body)) == (status, said)
