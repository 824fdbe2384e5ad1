"""JSON documents that other people's programs push, and what they are answered."""

import json
from typing import Any, NamedTuple, TypeVar

import msgspec

from tocsin.model.errors import Code, Refused
from tocsin.wire import document

T = TypeVar("T")


class Answer(NamedTuple):
    """An answer in a dialect's own words: its HTTP status, and JSON or nothing."""

    status: int
    body: bytes


def read(body: bytes, type_: type[T]) -> T:
    """The document as `type_`; members that it does not know are passed over.

    Refuses (`invalid`) the whole when it is not JSON as `document.decode` takes it, when an object
    in it has two members of one name, for which of them is meant nobody knows, and when anything
    has another type, naming the field.
    """
    value = document.decode(body)
    _check_names(body)
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise document.mistyped(str(error)) from error


def _check_names(body: bytes) -> None:
    try:
        _names.decode(body.decode())
    except RecursionError as error:
        raise Refused(Code.INVALID, "The body is nested too deeply.") from error


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen = set[str]()
    for name, _ in pairs:
        if name in seen:
            raise Refused(Code.INVALID, f"The body has two members {name[:128]!r} in one object.")
        seen.add(name)


_names = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)
