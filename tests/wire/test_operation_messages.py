"""Messages of operations, over HTTP and in the log."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.errors import Refused
from tocsin.wire.cloudevents import DATA_LIMIT
from tocsin.wire.operation_messages import MESSAGES_LIMIT, from_json, rendered


def body(*messages: object) -> bytes:
    return json.dumps({"messages": messages}).encode()


def test_a_message_has_exactly_two_members() -> None:
    told = from_json(body({"body": "Creating", "level": "INFO"}, {"body": "ready"}))
    assert told == (b'{"body":"Creating","level":"INFO"}', b'{"body":"ready","level":""}')


def test_what_ernests_client_takes_for_an_id_is_written_otherwise() -> None:
    made = rendered("pid: 7\nid:x", "id:")
    assert made == rb'{"body":"pid\u003a 7\nid\u003ax","level":"id\u003a"}'
    assert json.loads(made) == {"body": "pid: 7\nid:x", "level": "id:"}


@given(st.text(), st.text())
@settings(max_examples=50, deadline=None)
def test_every_text_survives_on_one_line(text: str, level: str) -> None:
    made = rendered(f"{text}id:{text}", level)
    assert json.loads(made) == {"body": f"{text}id:{text}", "level": level}
    assert not any(each in made for each in (b"\n", b"\r", b"id:"))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"{}", "body"),
        (b'{"messages": []}', "messages"),
        (b'{"messages": {}}', "messages"),
        (b'{"messages": null}', "messages"),
        (body("text"), "messages.0"),
        (body({"body": "a"}, {"level": "INFO"}), "messages.1"),
        (body({"body": 1}), "messages.0.body"),
        (body({"body": None}), "messages.0.body"),
        (body({"body": "a", "level": None}), "messages.0.level"),
        (body({"body": "a", "colour": "red"}), "messages.0"),
        (b'{"messages": [{"body": "a"}], "more": 1}', "body"),
        (b'{"messages": [{"body": "a\\u0000"}]}', "messages.0.body"),
        (body(*[{"body": "a"}] * (MESSAGES_LIMIT + 1)), "messages"),
        (body({"body": "a"}, {"body": "a" * DATA_LIMIT}), "messages.1.body"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_by_its_place(given: bytes, path: str) -> None:
    with pytest.raises(Refused) as refused:
        from_json(given)
    assert [error.path for error in refused.value.errors] in ([path], [])
    assert refused.value.code == "invalid"


def test_as_many_as_are_allowed_are_taken() -> None:
    assert len(from_json(body(*[{"body": "a"}] * MESSAGES_LIMIT))) == MESSAGES_LIMIT
