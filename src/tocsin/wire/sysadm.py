"""sysadm's messages, as they stand in WebSocket messages of one JSON object each.

What goes in and out is that of seeds/sysadm-events.txt, and where it is silent of the program it
describes: members in alphabetical order, error codes as text.
"""

from http import HTTPStatus
from typing import NamedTuple

import msgspec

from tocsin.model import notice
from tocsin.model.errors import Code, Refused
from tocsin.model.event import Event
from tocsin.wire import cloudevents, document, problem

_encode = msgspec.json.Encoder().encode
_EMPTY = b"{}"


class Request(NamedTuple):
    """What a client asks for. `id` is empty when it gave none, or one that is no text."""

    namespace: str
    name: str
    id: str
    args: object

    @property
    def call(self) -> str:
        """What is asked for, in one word; namespaces are the same in capitals."""
        return f"{self.namespace.lower()}/{self.name}"


def read(message: bytes) -> Request:
    """The request that a message makes. What is no JSON object, or one beyond the rules of
    documents, makes one without a name.

    A request without `args` is all args itself. Never fails.
    """
    try:
        given = document.decode_object(message)
    except Refused:
        return Request("", "", _id_of(message), None)
    namespace, name, request_id = (_text(given.get(key)) for key in ("namespace", "name", "id"))
    return Request(namespace, name, request_id, given.get("args", given))


def reply(request: Request, result: bytes = _EMPTY) -> bytes:
    """The answer to a request that was done; `result` is JSON."""
    name = "response" if request.id else request.name
    return _message(result, request.id, name, _encode(request.namespace))


def error(request: Request, status: HTTPStatus) -> bytes:
    """The answer to a request that was not done."""
    said = {"code": str(status.value), "message": status.phrase}
    return _message(_encode(said), request.id, "error", b'"error"')


def event(told: Event, epoch: str, event_id: str, *, with_position: bool = False) -> bytes:
    """The notice that an event of the log is; of the server's own classes, the whole event.

    With its position, that is the last member.
    """
    class_ = notice.class_of(told.topic) or ""
    place = b',"position":"%b-%d"' % (epoch.encode(), told.sequence) if with_position else b""
    written = (args(told, epoch), _encode(event_id), class_.encode(), place)
    return b'{"args":%b,"id":%b,"name":"%b","namespace":"events"%b}' % written


def args(told: Event, epoch: str) -> bytes:
    """What an event of the log says as a notice, as JSON."""
    if told.type == notice.PUBLISHED:
        return bytes(notice.read(told.data).args)
    return cloudevents.render(told, epoch)


def status_of(refused: Refused) -> HTTPStatus:
    """How a refusal is told: as over HTTP, but that what makes no sense is a bad request."""
    if refused.code is Code.INVALID:
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus(problem.status(refused.code))


class _Envelope(msgspec.Struct):
    id: str = ""


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def _id_of(message: bytes) -> str:
    """The id of an object that is not taken, so that whoever waits for its answer gets that."""
    try:
        found = _decode_envelope(message).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return "" if "\0" in found else found


def _message(said: bytes, message_id: str, name: str, namespace: bytes) -> bytes:
    written = (said, _encode(message_id), _encode(name), namespace)
    return b'{"args":%b,"id":%b,"name":%b,"namespace":%b}' % written


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
