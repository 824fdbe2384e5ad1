"""Events as CloudEvents, out and in."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.errors import Code, Refused
from tocsin.model.event import Event, NewEvent
from tocsin.wire import cloudevents
from tocsin.wire.cloudevents import DATA_LIMIT, EVENTS_LIMIT, from_json, from_ndjson, render

PLAIN = Event(
    7, 6, "build.done", "build/1", "build/1", "/tocsin", 1_700_000_000_005, 0, b'{"a": 1}'
)


def told(event: Event) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(render(event, "e1"))
    return decoded


def with_(**changes: Any) -> Event:
    fields = {name: getattr(PLAIN, name) for name in PLAIN.__struct_fields__}
    return Event(**fields | changes)


def test_an_event_is_a_cloudevent_with_its_data_as_it_was_given() -> None:
    assert told(PLAIN) == {
        "specversion": "1.0",
        "id": "e1-7",
        "source": "/tocsin",
        "type": "build.done",
        "subject": "build/1",
        "time": "2023-11-14T22:13:20.005Z",
        "datacontenttype": "application/json",
        "data": {"a": 1},
        "sequence": "7",
        "key": "build/1",
    }
    assert b'"data":{"a": 1}' in render(PLAIN, "e1")


def test_an_event_without_data_has_none() -> None:
    assert not {"data", "datacontenttype"} & set(told(with_(data=b"")))


def test_data_may_be_null() -> None:
    assert told(with_(data=b"null"))["data"] is None


def test_data_is_not_parsed() -> None:
    assert b"{not json" in render(with_(data=b"{not json"), "e1")


@pytest.mark.parametrize(
    ("time_ms", "written"),
    [(0, "1970-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z")],
)
def test_times_are_written_with_milliseconds(time_ms: int, written: str) -> None:
    assert told(with_(time_ms=time_ms))["time"] == written


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_a_publisher_calls_things_cannot_break_out(text: str) -> None:
    event = told(with_(key=text, source=text))
    assert (event["key"], event["source"]) == (text, text)


# In

LEAST = {"type": "build.done", "topic": "build/1"}


def one(**given: Any) -> bytes:
    return json.dumps(LEAST | given).encode()


def refusal(body: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        from_json(body)
    assert refused.value.code is Code.INVALID
    return refused.value


def test_the_least_event_is_type_and_topic() -> None:
    assert from_json(one()) == [NewEvent("build.done", "build/1")]


def test_everything_that_can_be_said() -> None:
    body = one(data={"n": 1}, id="x1", time="2023-11-14T22:13:20.0059Z", key="k", source="/ci")
    assert from_json(body) == [
        NewEvent("build.done", "build/1", b'{"n": 1}', "x1", 1_700_000_000_005, "k", "/ci")
    ]


def test_cloudevents_own_names_are_taken() -> None:
    body = json.dumps(
        {
            "specversion": "1.0",
            "type": "build.done",
            "subject": "build/1",
            "source": "https://ci.test/",
            "id": "x1",
            "datacontenttype": "application/json; charset=utf-8",
            "data": [1],
        }
    )
    assert from_json(body.encode()) == [
        NewEvent("build.done", "build/1", b"[1]", "x1", source="https://ci.test/")
    ]


def test_null_is_absent_except_as_data() -> None:
    body = one(data=None, id=None, time=None, key=None, source=None, subject=None)
    assert from_json(body) == [NewEvent("build.done", "build/1", b"null")]


def test_data_is_kept_byte_by_byte() -> None:
    data = '{ "a" :\t[1,\n 2.50], "ä": "\\u00e4" }'
    body = f'{{"type":"t","data": {data} ,"topic":"x"}}'.encode()
    assert from_json(body)[0].data == data.encode()


def test_a_time_may_be_unix_seconds() -> None:
    assert from_json(one(time=5))[0].time_ms == 5_000
    assert from_json(one(time="1970-01-01T01:00:00+01:00"))[0].time_ms == 0


def test_an_array_is_taken_in_order() -> None:
    body = json.dumps([LEAST | {"id": str(number)} for number in range(EVENTS_LIMIT)]).encode()
    assert [event.id for event in from_json(body)] == [str(number) for number in range(1000)]


@pytest.mark.parametrize("count", [0, EVENTS_LIMIT + 1])
def test_an_array_has_one_to_a_thousand_events(count: int) -> None:
    assert refusal(json.dumps([LEAST] * count).encode()).errors[0].path == "body"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"type": "tocsin.issue.created"}, "type"),
        ({"type": ""}, "type"),
        ({"type": 7}, "type"),
        ({"topic": "issue/1"}, "topic"),
        ({"topic": "a b"}, "topic"),
        ({"topic": None}, "topic"),
        ({"subject": "other"}, "subject"),
        ({"id": ""}, "id"),
        ({"id": "x" * 256}, "id"),
        ({"key": ""}, "key"),
        ({"source": ""}, "source"),
        ({"time": "2023-11-14T22:13:20"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": -1}, "time"),
        ({"time": 253_402_300_800}, "time"),
        ({"time": "1969-12-31T23:59:59Z"}, "time"),
        ({"time": "9999-12-31T23:59:59-01:00"}, "time"),
        ({"specversion": "0.3"}, "specversion"),
        ({"datacontenttype": "text/plain"}, "datacontenttype"),
        ({"data": "x" * DATA_LIMIT}, "data"),
    ],
)
def test_the_field_at_fault_is_named(given: dict[str, Any], field: str) -> None:
    assert refusal(one(**given)).errors[0].path == field
    array = b"[" + one() + b"," + one(**given) + b"]"
    assert refusal(array).errors[0].path == f"1.{field}"


def test_the_largest_data_is_taken() -> None:
    assert len(from_json(one(data="x" * (DATA_LIMIT - 2)))[0].data) == DATA_LIMIT


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"3", "body"),
        (b"[3]", "0"),
        (b'{"topic":"a"}', "body"),
        (b'[{"type":"t","topic":"a"},{"topic":"a"}]', "1"),
        (b'{"type":"t","topic":"a","typo":1}', "body"),
        (b'{"type":"t","topic":"a","data":"\\u0000"}', "data"),
        (b'{"type":"t","topic":"a","data":[1,{"b":18446744073709551616}]}', "data.1.b"),
    ],
)
def test_what_is_no_event_is_refused(body: bytes, path: str) -> None:
    assert refusal(body).errors[0].path == path


@pytest.mark.parametrize(
    "data", [b'"\xff"', b'"\\ud800"', b"1e999", b"NaN", b"[" * 10_000 + b"]" * 10_000, b'"a\nb"']
)
def test_what_would_break_a_readers_decoder_is_refused(data: bytes) -> None:
    refusal(b'{"type":"t","topic":"a","data":' + data + b"}")


def test_lines_are_events_of_their_own() -> None:
    body = one(id="1") + b"\r\n\n" + one(id="2") + b"\n"
    assert [event.id for event in from_ndjson(body)] == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"\n", "body"),
        (b'{"type":"t","topic":"a"}\n' * 1001, "body"),
        (b'{"type":"t","topic":"a"}\n\n[{"type":"t","topic":"a"}]', "2"),
        (b'{"type":"t","topic":"a"}\n{"type":"t","topic":"a","id":""}', "1.id"),
        (b'{"type":"t","topic":"a"}\n{"type":"t"}', "1.topic"),
    ],
)
def test_a_line_at_fault_is_named(body: bytes, path: str) -> None:
    with pytest.raises(Refused) as refused:
        from_ndjson(body)
    assert refused.value.errors[0].path == path


def test_what_is_rendered_can_be_published_again() -> None:
    document = told(PLAIN)
    del document["sequence"]
    again = cloudevents.from_json(json.dumps(document).encode())[0]
    assert (again.type, again.topic, again.key) == (PLAIN.type, PLAIN.topic, PLAIN.key)
    assert (again.time_ms, again.id) == (PLAIN.time_ms, "e1-7")
