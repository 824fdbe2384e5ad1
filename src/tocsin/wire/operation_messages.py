"""Messages of operations: as publishers send them over HTTP, and as they stand in the log."""

from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.model.errors import invalid
from tocsin.wire import document
from tocsin.wire.cloudevents import DATA_LIMIT

MESSAGES_LIMIT = 1_000


class ToldMessage(msgspec.Struct, forbid_unknown_fields=True):
    """One message: text, and how it is meant (`INFO`, `SUCCESS`, `ERROR` have a colour)."""

    body: str
    level: str = ""


_Some = Annotated[list[ToldMessage], Meta(min_length=1, max_length=MESSAGES_LIMIT)]


class ToldMessages(msgspec.Struct, forbid_unknown_fields=True):
    """What is told of an operation, in order."""

    messages: _Some


_decode = msgspec.json.Decoder(ToldMessages).decode
_encode = msgspec.json.Encoder().encode


def from_json(body: bytes) -> tuple[bytes, ...]:
    """The messages of a document `{"messages": [{"body", "level"?}]}`, each ready for the wire.

    Refuses the whole (`invalid`) when anything in it is not as it should be, naming the field.
    """
    document.decode_object(body)
    try:
        told = _decode(body).messages
    except msgspec.ValidationError as error:
        raise document.mistyped(str(error)) from error
    return tuple(_fitting(one, f"messages.{at}.body") for at, one in enumerate(told))


def _fitting(one: ToldMessage, path: str) -> bytes:
    made = rendered(one.body, one.level)
    if len(made) > DATA_LIMIT:
        raise invalid(path, f"makes a message of more than {DATA_LIMIT:,} bytes")
    return made


def rendered(body: str, level: str = "") -> bytes:
    """A message as JSON, to go out as it is: exactly these two members, on one line.

    `id:` in a string is written `id\\u003a`, for ernest's client takes a line in which it finds
    that for the number of an event (spec: operations, "Stream").
    """
    return _encode({"body": body, "level": level}).replace(b"id:", rb"id\u003a")
