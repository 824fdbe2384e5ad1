"""JSON documents as the API takes them: valid Unicode without U+0000, numbers within 64 bits, and
not nested without end."""

import re
from collections.abc import Iterator

import msgspec

from tocsin.model.errors import Code, Refused, invalid

_LEAST, _MOST = -(2**63), 2**64 - 1

# Values within values. Whatever is taken has to be written and read again, here and by clients, and
# every one of them gives up at a depth of its own: Ruby's parser at 100, ours at some hundreds.
DEPTH_LIMIT = 100

# Without one of these in its text a document cannot break the two rules that the decoder
# itself does not hold, so that ordinary documents are not walked.
_SUSPECT = re.compile(rb"\\u0000|[0-9]{19}")


def decode(body: bytes) -> object:
    """The value that `body` writes as JSON (RFC 8259); Refused (invalid) when it writes none.

    NaN, infinities, lone surrogates, U+0000, bytes that are not UTF-8, numbers beyond 64 bits and
    nesting beyond DEPTH_LIMIT are all refused, inside strings and keys as well.
    """
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Code.INVALID, f"The body is not a JSON document: {error}.") from error
    if body.count(b"{") + body.count(b"[") > DEPTH_LIMIT and _is_deep(value):
        raise invalid("body", f"must not be nested deeper than {DEPTH_LIMIT} levels")
    if _SUSPECT.search(body):
        for path, leaf in _leaves(value):
            _check(path, leaf)
    return value


def decode_object(body: bytes) -> dict[str, object]:
    """As `decode`, for a document that has to be a JSON object."""
    value = decode(body)
    if not isinstance(value, dict):
        raise invalid("body", "has to be a JSON object")
    return value


def mistyped(said: str, prefix: str = "") -> Refused:
    """The refusal of a document that msgspec could not convert, by what it `said` of that:
    `Expected ... - at `$[3].id``. The place becomes our path, `3.id`, after `prefix`."""
    message, _, place = said.partition(" - at `$")
    path = place.rstrip("`").replace("[", ".").replace("]", "").lstrip(".")
    return invalid((prefix + path).rstrip(".") or "body", message)


def _is_deep(root: object) -> bool:
    """Level by level, and of each only what has one below it: documents are published by the MB."""
    level = [root] if isinstance(root, dict | list) else []
    for _ in range(DEPTH_LIMIT):
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) is dict or type(inner) is list
        ]
    return bool(level)


def _leaves(root: object) -> Iterator[tuple[str, object]]:
    """Every string, key and number in the document, with the dotted path to it."""
    todo = [("", root)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                yield path or "body", key
                todo.append((f"{path}.{key}".lstrip("."), inner))
        elif isinstance(value, list):
            todo += [(f"{path}.{index}".lstrip("."), inner) for index, inner in enumerate(value)]
        else:
            yield path or "body", value


def _check(path: str, leaf: object) -> None:
    if isinstance(leaf, str) and "\0" in leaf:
        raise invalid(path.replace("\0", "\N{SYMBOL FOR NULL}"), "must not contain U+0000")
    if isinstance(leaf, int) and not _LEAST <= leaf <= _MOST:
        raise invalid(path, "has to be a number within 64 bits")
