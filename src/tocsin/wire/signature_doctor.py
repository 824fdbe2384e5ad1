"""Why a webhook's signature does not match: the mistakes that people make, tried one by one.

The bytes and the secret that a receiver has are taken as they are, and what may have been done to
one of them on the way is undone; when the signature matches then, that was the mistake.
"""

import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tocsin.wire import rewritten, signature
from tocsin.wire.signature import BadSecret, Code, Headers, NotVerified, Signed


class Verdict(StrEnum):
    """Whether a request is rightly signed."""

    VALID = "valid"
    DOUBTFUL = "doubtful"  # it is, but receivers may refuse it for what the problems say
    INVALID = "invalid"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and in words for people what it is and what to do."""

    code: Code
    detail: str


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a request; `problems` is empty when it is valid."""

    verdict: Verdict
    problems: tuple[Problem, ...]


def diagnose(
    secret: str,
    headers: Headers,
    body: bytes,
    now: int,
    tolerance_s: int = signature.TOLERANCE_S,
) -> Diagnosis:
    """Find out what is wrong with a request that was received at `now` (Unix seconds).

    `headers` and `body` are as the receiver has them. A secret that was replaced in the meantime
    cannot be told from a wrong one.
    """
    try:
        signed = signature.read(headers)
    except NotVerified as error:
        return Diagnosis(Verdict.INVALID, (_problem(error), *_of_secret(secret)))
    beside = (*_of_names(headers), *_of_time(signed, now, tolerance_s))
    if _matches(secret, signed, body):
        return Diagnosis(Verdict.DOUBTFUL if beside else Verdict.VALID, beside)
    mistakes = next(_mistakes(secret, signed, headers, body))
    return Diagnosis(Verdict.INVALID, (*mistakes, *beside))


def _problem(error: NotVerified) -> Problem:
    return Problem(error.code, str(error))


def _of_secret(secret: str) -> Iterator[Problem]:
    try:
        signature.key(secret)
    except BadSecret as error:
        yield Problem(Code.SECRET_MALFORMED, str(error))


def _of_names(headers: Headers) -> Iterator[Problem]:
    names = {name.lower() for name, _ in headers.items()}
    if signature.ID not in names:
        yield Problem(
            Code.HEADER_NAMES,
            "The headers have names as WSGI and CGI write them (HTTP_WEBHOOK_ID), under which many "
            "libraries do not find them: rename them to webhook-id and so on.",
        )


def _of_time(signed: Signed, now: int, tolerance_s: int) -> Iterator[Problem]:
    try:
        signature.check_time(signed.timestamp, now, tolerance_s)
    except NotVerified as error:
        yield _problem(error)


def _matches(secret: str, signed: Signed, body: bytes) -> bool:
    try:
        key = signature.key(secret)
    except BadSecret:
        return False
    return signed.by(key, signed.content(body))


Found = tuple[Problem, ...]


def _mistakes(secret: str, signed: Signed, headers: Headers, body: bytes) -> Iterator[Found]:
    """What may have gone wrong, surest first; the last one is always there."""
    for said, key in _misread(secret):
        if signed.by(key, signed.content(body)):
            yield (Problem(Code.SECRET_MISREAD, said),)
    if malformed := tuple(_of_secret(secret)):
        yield malformed
    else:
        yield from _undone(signature.key(secret), signed, body)
    yield from ((one,) for one in _suspicions(signed, headers, body))
    yield (Problem(Code.WRONG_SECRET, _WRONG_SECRET),)


_WRONG_SECRET: Final = (
    "The body looks as it was sent, so the secret is another one: that of another endpoint, or one "
    "that was replaced. Compare it with the endpoint's, or make a new one (rotate-secret)."
)

# How people misread a secret, and the bytes that they get.
_MISREADINGS: Final[tuple[tuple[str, Callable[[str], bytes]], ...]] = (
    (
        "The secret has white space or quotes around it. Without them it is the right one.",
        lambda secret: signature.key(secret.strip(" \t\r\n\"'")),
    ),
    (
        "The secret has lost its whsec_. With it, it is the right one.",
        lambda secret: signature.key(signature.PREFIX + secret),
    ),
    (
        "The secret is in base64 once more, as Kubernetes keeps it: decode it.",
        lambda secret: signature.key(b64decode(secret, validate=True).decode()),
    ),
    (
        "The secret has - and _ instead of + and /. With those it is the right one.",
        lambda secret: urlsafe_b64decode(secret.removeprefix(signature.PREFIX)),
    ),
    (
        "The secret's bytes are written in hexadecimal. It is whsec_ and their base64.",
        lambda secret: bytes.fromhex(secret.removeprefix(signature.PREFIX)),
    ),
    (
        "It was signed with the secret's text. The key is the bytes that the base64 after whsec_ "
        "encodes.",
        str.encode,
    ),
    (
        "It was signed with the text after whsec_. The key is the bytes that this base64 encodes.",
        lambda secret: secret.removeprefix(signature.PREFIX).encode(),
    ),
)


def _misread(secret: str) -> Iterator[tuple[str, bytes]]:
    for said, bytes_of in _MISREADINGS:
        try:
            yield said, bytes_of(secret)
        except ValueError:
            continue


# What others sign instead of `id.timestamp.body`.
_LAYOUTS: Final[tuple[tuple[str, Callable[[Signed, bytes], bytes]], ...]] = (
    ("the body alone", lambda _, body: body),
    ("timestamp.body", lambda of, body: f"{of.timestamp}.".encode() + body),
    ("id.body", lambda of, body: f"{of.id}.".encode() + body),
    ("timestamp.id.body", lambda of, body: f"{of.timestamp}.{of.id}.".encode() + body),
    ("body.timestamp.id", lambda of, body: body + f".{of.timestamp}.{of.id}".encode()),
    ("body.id.timestamp", lambda of, body: body + f".{of.id}.{of.timestamp}".encode()),
    (
        "the three without dots between them",
        lambda of, body: f"{of.id}{of.timestamp}".encode() + body,
    ),
    ("the timestamp in seconds", lambda of, body: f"{of.id}.{of.timestamp[:-3]}.".encode() + body),
)


def _undone(key: bytes, signed: Signed, body: bytes) -> Iterator[Found]:
    for done, original in rewritten.originals(body):
        if signed.by(key, signed.content(original)):
            said = f"The body is not as it was sent: {done}. {_RAW}"
            yield (Problem(Code.BODY_REWRITTEN, said),)
    for layout, content in _LAYOUTS:
        if signed.by(key, content(signed, body)):
            said = f"It was signed over {layout}, and it has to be id.timestamp.body."
            yield (Problem(Code.CONTENT_MISREAD, said),)


_RAW: Final = "Check the bytes that came, before anything decodes or parses them."


def _suspicions(signed: Signed, headers: Headers, body: bytes) -> Iterator[Problem]:
    """What is known to be wrong with a body, though not what it was."""
    if not body:
        said = "The body is empty: something has read it before. Keep its bytes when they come."
        yield Problem(Code.BODY_EMPTY, said)
    length = signature.named(headers).get("content-length", "")
    if length.isdecimal() and int(length) > len(body):
        said = f"The body has {len(body):,} bytes of the {int(length):,} that were sent."
        yield Problem(Code.BODY_TRUNCATED, said)
    if looks := rewritten.tell_tale(body):
        yield Problem(Code.BODY_REWRITTEN, f"The body is not as it was sent: {looks}. {_RAW}")
    if (of_document := _of_document(signed, body)) is not None:
        yield of_document


def _of_document(signed: Signed, body: bytes) -> Problem | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        said = "The body is no whole JSON document: it was cut off, or changed on its way."
        return Problem(Code.BODY_TRUNCATED, said)
    if not isinstance(document, dict):
        return None
    if document.get("event_id", document.get("id", signed.id)) != signed.id:
        said = "The headers and the body are of two requests: their ids differ."
        return Problem(Code.REQUESTS_MIXED_UP, said)
    if len(document) > 1 and list(document) == sorted(document):
        said = "The body was parsed and written anew: its members are in alphabetical order, as"
        return Problem(Code.BODY_REWRITTEN, f"{said} Tocsin never sends them. {_RAW}")
    return None
