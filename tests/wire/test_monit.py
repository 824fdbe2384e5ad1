"""ernest's messages on the bus, and its event stream."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.event import Event
from tocsin.model.operation import End, Open, Outcome, Tell
from tocsin.model.operation_data import of_message
from tocsin.model.position import Position
from tocsin.wire.malformed import Malformed, Reason
from tocsin.wire.monit import SUBJECTS, beginning, frame, read
from tocsin.wire.operation_messages import rendered
from tocsin.wire.sse import Message, Parser

STREAM = "3f1c9a"
SERVICE = f"53cff2c7-2f5f-4ef0-a26f-6b1b1e4f6c59-{STREAM}"


def payload(**members: Any) -> bytes:
    return json.dumps(members).encode()


def refused(subject: str, given: bytes) -> Reason:
    with pytest.raises(Malformed) as malformed:
        read(subject, given)
    return malformed.value.reason


def test_messages_go_to_the_operation_in_their_order() -> None:
    given = payload(
        service=SERVICE,
        messages=[
            {"body": "Creating", "level": "INFO", "color": "red"},
            {"body": "10.0.0.1", "level": None},
            {"body": "success"},
        ],
    )
    assert read("monitor.user", given) == Tell(
        STREAM, (rendered("Creating", "INFO"), rendered("10.0.0.1"), rendered("success"))
    )


@pytest.mark.parametrize("what", ["service", "build"])
@pytest.mark.parametrize("verb", ["create", "delete"])
def test_an_operation_is_opened_and_ends(what: str, verb: str) -> None:
    given = payload(service=SERVICE, name="web", datacenter={"type": "vcloud"})
    assert read(f"{what}.{verb}", given) == Open(STREAM)
    assert read(f"{what}.{verb}.done", given) == End(STREAM, Outcome.SUCCESS)
    assert read(f"{what}.{verb}.error", given) == End(STREAM, Outcome.ERROR)


def test_the_later_ernest_imports_as_well() -> None:
    assert read("build.import", payload(id="b1")) == Open("b1")
    assert read("build.import.error", payload(id="b1")) == End("b1", Outcome.ERROR)


def test_every_subject_is_known() -> None:
    assert len(SUBJECTS) == len(set(SUBJECTS)) == 16
    for subject in SUBJECTS:
        read(subject, payload(id="a", messages=[]))


@pytest.mark.parametrize(
    ("members", "operation_id"),
    [
        ({"service": SERVICE}, STREAM),
        ({"service": SERVICE, "id": "uuid-other"}, STREAM),
        ({"service": "bare"}, "bare"),
        ({"service": "", "id": "uuid-other"}, "other"),
        ({"service": None, "id": "other"}, "other"),
        ({"service": "uuid-", "id": "other"}, "other"),
        ({"id": "a-b-c.d:e"}, "c.d:e"),
        ({"id": "x" * 128}, "x" * 128),
    ],
)
def test_where_the_operation_is_named(members: dict[str, Any], operation_id: str) -> None:
    assert read("service.create", payload(**members)) == Open(operation_id)
    assert read("monitor.user", payload(**members, messages=[])) == Tell(operation_id, ())


@pytest.mark.parametrize(
    "given",
    [
        b"[]",
        b"1",
        b"{}",
        payload(service="", id=""),
        payload(service="uuid-"),
        payload(service=7),
        payload(id="x" * 129),
        payload(id="a b"),
        payload(id="a/b"),
    ],
)
def test_a_wrong_shape_is_told_from_what_is_no_json(given: bytes) -> None:
    assert refused("service.create", given) is Reason.WRONG_SHAPE


@pytest.mark.parametrize(
    "messages",
    [
        None,
        {},
        "text",
        ["text"],
        [None],
        [{}],
        [{"level": "INFO"}],
        [{"body": 1}],
        [{"body": None}],
    ],
)
def test_messages_of_a_wrong_shape_are_not_taken(messages: Any) -> None:
    assert refused("monitor.user", payload(id="a", messages=messages)) is Reason.WRONG_SHAPE
    assert refused("monitor.user", payload(id="a")) is Reason.WRONG_SHAPE


@pytest.mark.parametrize(
    "given", [b"", b"{", b"text", b'{"id": "a"} more', b'{"id": "\xff"}', b'{"x":' + b"[" * 50_000]
)
def test_what_is_no_json_is_said_to_be_none(given: bytes) -> None:
    assert refused("service.create", given) is Reason.NOT_JSON


@given(st.sampled_from(SUBJECTS), st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_whatever_comes_is_read_or_malformed(subject: str, given: bytes) -> None:
    with suppress(Malformed):
        assert read(subject, given).operation_id


def test_the_stream_is_read_by_an_event_source_and_by_ernest() -> None:
    message = rendered("pid: 7", "INFO")
    event = Event(
        8, 8, "tocsin.operation.message", "operation/a", "", "", 0, 0, of_message(2, message)
    )
    written = beginning(Position("e", 7)) + frame(event, "e")
    assert written == b'id: e-7\n\nid: e-8\ndata: {"body":"pid\\u003a 7","level":"INFO"}\n\n'
    parser = Parser()
    assert parser.feed(written[:9]) == []
    assert parser.last_event_id == "e-7"
    assert parser.feed(written[9:]) == [Message("message", message.decode(), "e-8")]
    data = [line for line in written.split(b"\n") if b"data: " in line and b"id:" not in line]
    assert [json.loads(line.removeprefix(b"data: ")) for line in data] == [
        {"body": "pid: 7", "level": "INFO"}
    ]
