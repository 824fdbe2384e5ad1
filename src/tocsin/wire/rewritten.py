"""What a body may have been before software between its sender and the check rewrote it.

It is the commonest reason why a signature does not match: a framework parses the JSON, and what is
checked is the same document, written anew in other bytes.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any, Final

_COMPACT: Final = {"separators": (",", ":")}
_SPACED: Final[dict[str, Any]] = {}

# How software writes JSON, in words and as the options of json.dumps.
_STYLES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("without white space", _COMPACT),
    ("with a space after commas and colons, as Python's json.dumps does", _SPACED),
    ("in alphabetical order without white space", {**_COMPACT, "sort_keys": True}),
    ("in alphabetical order with a space after commas and colons", {"sort_keys": True}),
    ("indented by 2", {"indent": 2}),
    ("indented by 4", {"indent": 4}),
)


def _from_base64(body: bytes) -> bytes:
    return b64decode(body, validate=True)


# What may have been done to a whole body, in words, and how it is undone.
_RESTORED: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("it has a byte order mark in front", lambda body: body.removeprefix(b"\xef\xbb\xbf")),
    ("it has white space around it", bytes.strip),
    ("it has lost the line break at its end", lambda body: body + b"\n"),
    ("its line breaks have become CR LF", lambda body: body.replace(b"\r\n", b"\n")),
    ("its line breaks have lost their CR", lambda body: body.replace(b"\n", b"\r\n")),
    ("it was read as Latin-1 and written as UTF-8", lambda body: body.decode().encode("latin-1")),
    ("it is still in base64, as an API gateway hands it over", _from_base64),
    ("it was written as JSON twice", lambda body: json.loads(body).encode()),
)

# How bodies begin that are no JSON any more.
_TELL_TALES: Final = (
    (rb"\[object Object\]", "it is what JavaScript makes of an object as text"),
    (rb"[{\[]+'", "it is what Python's str() makes of a dict"),
    (rb"[{\[]+:\w+ ?=>|[{\[]+\"[^\"]*\" ?=>", "it is what Ruby makes of a hash"),
    (rb"Array\b", "it is what PHP makes of an array as text"),
    (rb"(\w|%[0-9A-Fa-f]{2})+=", "it has been made a form"),
)


def originals(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Each thing that may have been done to a body, in words, and the body before that."""
    for done, restored in _RESTORED:
        try:
            original = restored(body)
        except (ValueError, AttributeError, RecursionError):
            continue
        if original != body:
            yield done, original
    yield from _rewritings(body)


def tell_tale(body: bytes) -> str | None:
    """What a body that is no JSON looks like."""
    return next((said for form, said in _TELL_TALES if re.match(form, body)), None)


def _rewritings(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The same document in every usual style but its own."""
    try:
        forms = dict(_forms(json.loads(body)))
    except (ValueError, RecursionError):
        return
    own = next((style for style, form in forms.items() if form == body), "otherwise")
    for style, form in forms.items():
        if form != body:
            yield (
                f"it was parsed and written anew: it was sent {style}, and is now written {own}",
                form,
            )


def _forms(document: object) -> Iterator[tuple[str, bytes]]:
    for style, options in _STYLES:
        for escaping, ensure_ascii in (("", False), (", all but ASCII escaped", True)):
            text = json.dumps(document, ensure_ascii=ensure_ascii, **options)
            yield style + escaping, (form := text.encode(errors="surrogatepass"))
            if options is _COMPACT:
                yield f"{style}{escaping}, slashes escaped", form.replace(b"/", rb"\/")
