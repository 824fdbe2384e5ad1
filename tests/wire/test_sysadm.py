"""sysadm's messages as bytes."""

from http import HTTPStatus

import msgspec
import pytest

from tocsin.model import notice
from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.event import Event
from tocsin.model.notice import Notice
from tocsin.wire import cloudevents, sysadm
from tocsin.wire.sysadm import Request


def told(type_: str, topic: str, data: bytes) -> Event:
    return Event(41, 41, type_, topic, topic, "/tocsin", 0, 0, data)


def test_a_notice_as_the_seed_shows_it() -> None:
    args = b'{"message":"m","priority":"1 - Information","class":"snapshot"}'
    data = notice.data_of(Notice("1", "life-preserver", msgspec.Raw(args)))
    assert sysadm.event(told(notice.PUBLISHED, "notice/life-preserver", data), "k", "<none>") == (
        b'{"args":{"message":"m","priority":"1 - Information","class":"snapshot"},'
        b'"id":"<none>","name":"life-preserver","namespace":"events"}'
    )


def test_a_notice_that_is_followed_has_its_position_last() -> None:
    data = notice.data_of(Notice("1", "x", msgspec.Raw(b"{}")))
    event = told(notice.PUBLISHED, "notice/x", data)
    assert sysadm.event(event, "k", "", with_position=True) == (
        b'{"args":{},"id":"","name":"x","namespace":"events","position":"k-41"}'
    )


def test_an_event_of_the_servers_own_is_a_notice_with_the_whole_of_it() -> None:
    event = told("tocsin.issue.created", "issue/1", b"[1.0]")
    assert sysadm.event(event, "k", "<none>") == (
        b'{"args":%b,"id":"<none>","name":"issues","namespace":"events"}'
        % cloudevents.render(event, "k")
    )


def test_a_reply_has_no_args_of_its_own() -> None:
    request = Request("events", "subscribe", "7", [])
    assert sysadm.reply(request) == (b'{"args":{},"id":"7","name":"response","namespace":"events"}')


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (Code.INVALID, 400),
        (Code.UNAUTHORIZED, 401),
        (Code.FORBIDDEN, 403),
        (Code.NOT_FOUND, 404),
        (Code.TOO_MANY_REQUESTS, 429),
        (Code.UNAVAILABLE, 503),
    ],
)
def test_a_refusal_is_told_as_over_http_but_nonsense_is_a_bad_request(
    code: Code, status: int
) -> None:
    assert sysadm.status_of(Refused(code, "")) is HTTPStatus(status)
    assert sysadm.status_of(invalid("x", "y")) is HTTPStatus.BAD_REQUEST


def test_a_request_is_read_with_what_it_has() -> None:
    assert sysadm.read(b'{"namespace":"RPC","name":"x","id":"7","args":[1]}') == (
        Request("RPC", "x", "7", [1])
    )
    assert sysadm.read(b'{"namespace":"RPC","name":"x"}').call == "rpc/x"


def test_without_args_the_whole_object_is_the_args() -> None:
    assert sysadm.read(b'{"namespace":"rpc","name":"x","id":7}') == Request(
        "rpc", "x", "", {"namespace": "rpc", "name": "x", "id": 7}
    )
    assert sysadm.read(b'{"namespace":"rpc","name":"x","args":null}').args is None


@pytest.mark.parametrize("message", [b"", b"[]", b"{", b"\xff", b'{"a":1}x', b"[" * 100_000])
def test_what_is_no_object_is_a_request_without_a_name(message: bytes) -> None:
    assert sysadm.read(message) == Request("", "", "", None)


def test_an_error_has_its_code_as_text() -> None:
    assert sysadm.error(Request("rpc", "x", "7", None), HTTPStatus.NOT_FOUND) == (
        b'{"args":{"code":"404","message":"Not Found"},"id":"7","name":"error","namespace":"error"}'
    )


@pytest.mark.parametrize("args", [b'"\\u0000"', b"1" + b"0" * 30, b"[" * 101 + b"]" * 101])
def test_an_object_that_is_not_taken_is_refused_by_its_id(args: bytes) -> None:
    message = b'{"id":"7","namespace":"rpc","name":"auth","args":%b}' % args
    assert sysadm.read(message) == Request("", "", "7", None)


@pytest.mark.parametrize("message", [b"", b"[]", b'{"id":7,"args":"\\u0000"}', b'{"id":"\xff"}'])
def test_where_there_is_no_id_none_is_told(message: bytes) -> None:
    assert sysadm.read(message).id == ""


@pytest.mark.parametrize("message", [b"[" * 100_000, b'{"id":"7","args":' + b"[" * 100_000])
def test_a_message_without_end_is_refused(message: bytes) -> None:
    assert sysadm.read(message) == Request("", "", "", None)
