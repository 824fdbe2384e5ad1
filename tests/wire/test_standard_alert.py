"""FlashDuty's standard alert push."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.wire.json_values import spoilt, vectors

from tocsin.model.alert_event import AlertEvent, Image
from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.severity import Status
from tocsin.wire import standard_alert
from tocsin.wire.standard_alert import ErrorCode

NOW = 1_795_310_700
VECTORS = vectors("standard_alert")
LEAST = {"title_rule": "It burns", "event_status": "Critical"}


def read(**given_: Any) -> AlertEvent:
    return standard_alert.read(json.dumps(LEAST | given_).encode(), NOW)


def fault(**given_: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(**given_)
    assert refused.value.code is Code.INVALID
    return [error.path for error in refused.value.errors]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["about"])
def test_what_senders_push(vector: dict[str, Any]) -> None:
    event = standard_alert.read(json.dumps(vector["body"]).encode(), NOW)
    time = vector["body"].get("event_time", NOW)
    assert event == msgspec.convert({"time": time, **vector["event"]}, AlertEvent)


def test_what_is_null_is_absent() -> None:
    absent = dict.fromkeys(("alert_key", "description", "labels", "images", "event_time"))
    assert read(**absent) == AlertEvent(None, "It burns", Status.CRITICAL, NOW, NOW)
    assert read(alert_key="", description="", labels={}, images=[], event_time=0) == read()


@pytest.mark.parametrize("status", [None, "", "critical", "Error", "OK"])
def test_a_status_is_one_of_four(status: str | None) -> None:
    assert fault(event_status=status) == ["event_status"]


@pytest.mark.parametrize("rule", [None, "", "  \n"])
def test_there_is_no_alert_without_a_title(rule: str | None) -> None:
    assert fault(title_rule=rule) == ["title_rule"]


def test_long_texts_are_cut() -> None:
    event = read(title_rule="t" * 100_000, description="d" * 100_000, labels={"a": "v" * 100_000})
    assert (len(event.title), len(event.description)) == (512, 2048)
    assert len(event.labels["a"]) == 2048


def test_a_long_key_is_not_cut_but_refused() -> None:
    assert read(alert_key="k" * 255).key == "k" * 255
    assert fault(alert_key="k" * 256) == ["alert_key"]


def test_a_recovery_says_of_what() -> None:
    assert read(event_status="Ok", alert_key="1").status is Status.OK
    assert fault(event_status="Ok") == ["alert_key"]
    assert fault(event_status="Ok", alert_key="") == ["alert_key"]


def test_labels_have_their_limits() -> None:
    assert fault(labels={f"l{n}": "v" for n in range(5_000)}) == ["labels"]
    assert fault(labels={"n" * 129: "v"}) == ["labels"]
    assert fault(labels={"a": 1}) == ["labels"]
    assert fault(labels=[]) == ["labels"]


@pytest.mark.parametrize("time", [-1, 1_795_310_700_000, NOW + 3_601, 253_402_300_800])
def test_a_time_that_cannot_be_is_refused(time: int) -> None:
    assert fault(event_time=time) == ["event_time"]


@pytest.mark.parametrize("time", [1, NOW - 86_400, NOW])
def test_a_time_is_when_it_happened(time: int) -> None:
    assert (read(event_time=time).time, read(event_time=time).started_at) == (time, time)


def test_an_event_from_a_clock_that_is_ahead_happens_now() -> None:
    assert read(event_time=NOW + 3_600).time == NOW


def test_images_that_are_none_are_refused_and_those_that_cannot_be_shown_dropped() -> None:
    assert fault(images=[{"alt": "a"}]) == ["images.0"]
    shown = {"src": "https://a/1", "alt": None, "href": None}
    assert read(images=[shown, {"src": "x" * 257, "alt": "b"}]).images == (Image("https://a/1"),)


@pytest.mark.parametrize(
    ("rule", "title"),
    [
        ("$resource::$check", "127.0.0.1 / cpu idle low"),
        ("$resource::$missing", "127.0.0.1 / $missing"),
        ("$resource::host down", "127.0.0.1 / host down"),
        ("$resource::$empty", "127.0.0.1 / $empty"),
        ("$check", "cpu idle low"),
        ("$missing::$check", "$missing / cpu idle low"),
        ("std::bad_alloc in $check", "std::bad_alloc in $check"),
        ("$missing::$empty", "$missing::$empty"),
        ("costs $5", "costs $5"),
    ],
)
def test_labels_fill_in_a_title(rule: str, title: str) -> None:
    labels = {"resource": "127.0.0.1", "check": "cpu idle low", "empty": " "}
    assert standard_alert.filled(rule, labels) == title
    assert read(title_rule=rule, labels=labels).title == title


def test_a_title_is_cut_before_and_after_it_is_filled_in() -> None:
    labels = {"a": "x" * 400, "b": "y"}
    assert read(title_rule="$a::$a", labels=labels).title == f"{'x' * 400} / {'x' * 109}"
    assert read(title_rule="r" * 510 + "::$b", labels=labels).title == "r" * 510 + "::"


def test_nothing_half_is_taken() -> None:
    with pytest.raises(Refused, match="two members 'event_status'"):
        standard_alert.read(b'{"title_rule":"a","event_status":"Ok","event_status":"Info"}', NOW)


@settings(max_examples=15, deadline=None)
@given(spoilt([vector["body"] for vector in VECTORS]))
def test_whatever_is_pushed_is_within_the_limits_or_refused(body: bytes) -> None:
    try:
        event = standard_alert.read(body, NOW)
    except Refused:
        return
    assert 1 <= len(event.title) <= 512
    assert len(event.description) <= 2048
    assert len(event.labels) <= 50
    assert 0 < event.started_at <= event.time <= NOW


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", True),
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/vnd.x+json", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("application/jsonp", False),
    ],
)
def test_a_push_is_json(header: str, taken: bool) -> None:
    assert standard_alert.is_json(header) is taken


# Answers


def test_an_event_that_was_taken_is_answered_with_its_key() -> None:
    status, body = standard_alert.accepted("0ace", "9qJ7")
    assert (status, json.loads(body)) == (
        200,
        {"request_id": "0ace", "data": {"alert_key": "9qJ7"}},
    )


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (invalid("event_status", "is wrong"), 400, "InvalidParameter"),
        (Refused(Code.INVALID, "no JSON"), 400, "BadRequest"),
        (Refused(Code.TOO_LARGE, ""), 400, "BadRequest"),
        (Refused(Code.NOT_FOUND, ""), 400, "ResourceNotFound"),
        (Refused(Code.UNAUTHORIZED, ""), 401, "Unauthorized"),
        (Refused(Code.FORBIDDEN, ""), 403, "AccessDenied"),
        (Refused(Code.METHOD_NOT_ALLOWED, ""), 405, "MethodNotAllowed"),
        (Refused(Code.TOO_MANY_REQUESTS, ""), 429, "RequestTooFrequently"),
        (Refused(Code.INTERNAL, ""), 500, "InternalError"),
        (Refused(Code.UNAVAILABLE, ""), 503, "ServiceUnavailable"),
    ],
)
def test_a_refusal_is_answered_by_flashdutys_names(
    refusal: Refused, status: int, code: str
) -> None:
    answer = standard_alert.refused("0ace", refusal)
    assert answer.status == status
    assert json.loads(answer.body) == {
        "request_id": "0ace",
        "error": {"code": code, "message": refusal.detail},
    }


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_has_a_status(code: ErrorCode) -> None:
    assert standard_alert.error("1", code, "said").status >= 400
