"""ernest's monit: its messages on the bus, and its event stream (seeds/ernest-monit.txt)."""

from typing import TypeVar

import msgspec

from tocsin.model.event import Event
from tocsin.model.operation import ID_RULE, End, Instruction, Open, Outcome, Tell, is_id
from tocsin.model.operation_data import read_message
from tocsin.model.position import Position
from tocsin.wire.malformed import Malformed, Reason
from tocsin.wire.operation_messages import rendered

T = TypeVar("T")

_TELLING = "monitor.user"
_OPENING = ("service.create", "service.delete", "build.create", "build.delete", "build.import")
_OUTCOMES = {"done": Outcome.SUCCESS, "error": Outcome.ERROR}
_ENDING = {f"{subject}.{said}": how for subject in _OPENING for said, how in _OUTCOMES.items()}

# The subjects that say something about operations.
SUBJECTS = (_TELLING, *_OPENING, *_ENDING)


class _Named(msgspec.Struct, kw_only=True):
    service: str | None = None
    id: str | None = None


class _Message(msgspec.Struct):
    body: str
    level: str | None = None


class _Notification(_Named, kw_only=True):
    messages: list[_Message]


_named = msgspec.json.Decoder(_Named)
_notification = msgspec.json.Decoder(_Notification)


def read(subject: str, payload: bytes) -> Instruction:
    """What a message on one of SUBJECTS asks for. Members that it does not know are passed over, as
    ernest does. Raises Malformed."""
    if subject == _TELLING:
        told = _decode(_notification, payload)
        return Tell(_id(told), tuple(rendered(one.body, one.level or "") for one in told.messages))
    operation_id = _id(_decode(_named, payload))
    if subject in _ENDING:
        return End(operation_id, _ENDING[subject])
    return Open(operation_id)


def _decode(decoder: msgspec.json.Decoder[T], payload: bytes) -> T:
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise Malformed(Reason.WRONG_SHAPE, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(Reason.NOT_JSON, str(error)) from error


def _id(named: _Named) -> str:
    """`service` is `<uuid>-<operation>`; without one there, `id` is the same, or the bare id."""
    for written in (named.service, named.id):
        operation_id = (written or "").rpartition("-")[2]
        if operation_id:
            return _checked(operation_id)
    raise Malformed(Reason.WRONG_SHAPE, "neither service nor id names an operation")


def _checked(operation_id: str) -> str:
    if not is_id(operation_id):
        raise Malformed(Reason.WRONG_SHAPE, f"{operation_id[:128]!r} {ID_RULE}")
    return operation_id


def beginning(position: Position) -> bytes:
    """The first block of every stream: it has only an id, so that whoever reconnects before the
    first message has one to give."""
    return b"id: %b\n\n" % str(position).encode()


def frame(event: Event, epoch: str) -> bytes:
    """A message as one event of the stream; `event` is a `tocsin.operation.message`."""
    return b"id: %b-%d\ndata: %b\n\n" % (
        epoch.encode(),
        event.sequence,
        bytes(read_message(event.data).message),
    )
