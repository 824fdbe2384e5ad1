"""Standard Webhooks 1.0: whether a request is rightly signed.

The signature is HMAC-SHA256 over `id.timestamp.body`, with the bytes that the secret encodes. What
may have gone wrong with one that is not right, wire/signature_doctor.py finds out.
"""

import hmac
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol

PREFIX: Final = "whsec_"
ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

# How far the clocks of sender and receiver may be apart, in seconds.
TOLERANCE_S: Final = 300

# How many bytes a secret may encode. Tocsin's encode 32.
_LENGTHS: Final = range(24, 65)


class Code(StrEnum):
    """What is wrong with a request or with what it is checked against."""

    SECRET_MALFORMED = "secret_malformed"
    MISSING_HEADER = "missing_header"
    HEADER_NAMES = "header_names"
    SIGNATURE_MALFORMED = "signature_malformed"
    OTHER_VERSION = "other_version"
    TIMESTAMP_MALFORMED = "timestamp_malformed"
    TIMESTAMP_IN_MILLISECONDS = "timestamp_in_milliseconds"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    NO_MATCH = "no_match"
    WRONG_SECRET = "wrong_secret"
    SECRET_MISREAD = "secret_misread"
    CONTENT_MISREAD = "content_misread"
    BODY_REWRITTEN = "body_rewritten"
    BODY_EMPTY = "body_empty"
    BODY_TRUNCATED = "body_truncated"
    REQUESTS_MIXED_UP = "requests_mixed_up"
    NO_EVENT = "no_event"


class BadSecret(ValueError):  # noqa: N818 - as `NotVerified`
    """What was given as a secret is none. The text says why, without showing it."""


class NotVerified(Exception):  # noqa: N818 - the sender's doing, or that of what is in between
    """A request is not proven to come from who has the secret, or is not of now. `code` is stable,
    the text is for people."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Headers(Protocol):
    """Headers as any server gives them: a mapping, a message, a WSGI environment."""

    def items(self) -> Iterable[tuple[str, object]]:
        """Names and values."""
        ...


@dataclass(frozen=True)
class Signed:
    """What a request's headers say. `digests` are its signatures of version 1."""

    id: str
    timestamp: str
    digests: tuple[bytes, ...]

    def content(self, body: bytes) -> bytes:
        """What has to be signed."""
        return f"{self.id}.{self.timestamp}.".encode() + body

    def by(self, key: bytes, content: bytes) -> bool:
        """Whether one of the signatures is that of this content with this key."""
        right = hmac.digest(key, content, sha256)
        return any(hmac.compare_digest(right, digest) for digest in self.digests)


def check(
    secret: str, headers: Headers, body: bytes, now: int, tolerance_s: int = TOLERANCE_S
) -> Signed:
    """What the headers of a request say that is rightly signed, and of now (Unix seconds).

    Raises `BadSecret`, and `NotVerified` for the first thing that is wrong.
    """
    right = key(secret)
    signed = read(headers)
    check_time(signed.timestamp, now, tolerance_s)
    if not signed.by(right, signed.content(body)):
        raise NotVerified(
            Code.NO_MATCH,
            "No signature of the request is that of these bytes with this secret: the secret is "
            "another one, or the body is not byte for byte what was sent.",
        )
    return signed


def key(secret: str) -> bytes:
    """The bytes that a secret encodes. Raises `BadSecret`."""
    if secret != secret.strip(" \t\r\n\"'"):
        raise BadSecret("The secret has white space or quotes around it.")
    if secret.startswith(("whsk_", "whpk_")):
        raise BadSecret("That is half of a pair of keys, not a secret that both sides share.")
    if not secret.startswith(PREFIX):
        raise BadSecret(f"A secret begins with {PREFIX}, and this one does not.")
    encoded = secret.removeprefix(PREFIX)
    try:
        decoded = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError as error:
        raise BadSecret(f"What follows {PREFIX} in the secret is not base64.") from error
    if len(decoded) not in _LENGTHS:
        raise BadSecret(
            f"The secret encodes {len(decoded)} bytes, not {_LENGTHS[0]} to {_LENGTHS[-1]}: "
            "it has not been copied whole, or is none."
        )
    return decoded


def named(headers: Headers) -> dict[str, str]:
    """The headers by their names in lower case, also those of a WSGI or CGI environment
    (`HTTP_WEBHOOK_ID`)."""
    return {_name(name): value for name, value in headers.items() if isinstance(value, str)}


def _name(name: str) -> str:
    return name.lower().removeprefix("http_").replace("_", "-")


def read(headers: Headers) -> Signed:
    """What headers say. Raises `NotVerified` when they do not have all that is needed."""
    given = named(headers)
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]
    if missing:
        raise NotVerified(
            Code.MISSING_HEADER,
            f"The request has no {' and no '.join(missing)}: it was not sent by Tocsin, or a "
            "proxy in front of the receiver does not pass its headers on.",
        )
    return Signed(given[ID], given[TIMESTAMP], _digests(given[SIGNATURE].split()))


def _digests(signatures: list[str]) -> tuple[bytes, ...]:
    ours = [one.removeprefix("v1,") for one in signatures if one.startswith("v1,")]
    digests = tuple(digest for one in ours if (digest := _digest(one)))
    if digests:
        return digests
    if ours or not any("," in one for one in signatures):
        raise NotVerified(
            Code.SIGNATURE_MALFORMED,
            f"{SIGNATURE} has to be v1, a comma, and 44 characters of base64, or several of these "
            "with a space between them.",
        )
    versions = ", ".join(sorted({one.partition(",")[0] for one in signatures}))
    raise NotVerified(
        Code.OTHER_VERSION,
        f"{SIGNATURE} has signatures of {versions[:40]} alone. A shared secret goes with v1.",
    )


def _digest(encoded: str) -> bytes | None:
    try:
        digest = b64decode(encoded, validate=True)
    except ValueError:
        return None
    return digest if len(digest) == sha256().digest_size else None


def check_time(timestamp: str, now: int, tolerance_s: int = TOLERANCE_S) -> None:
    """Raises `NotVerified` when a request's timestamp is not of about `now` (Unix seconds)."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
        raise NotVerified(Code.TIMESTAMP_MALFORMED, f"{TIMESTAMP} has to be Unix seconds.")
    at = int(timestamp)
    if at >= 10**11:
        raise NotVerified(
            Code.TIMESTAMP_IN_MILLISECONDS,
            f"{TIMESTAMP} is in milliseconds. It has to be Unix seconds.",
        )
    if at < now - tolerance_s:
        raise NotVerified(
            Code.TOO_OLD,
            f"The request was signed {_lasting(now - at)} ago, and {_lasting(tolerance_s)} are "
            "allowed: it is an old one that somebody sends again, or the receiver's clock is fast.",
        )
    if at > now + tolerance_s:
        raise NotVerified(
            Code.TOO_NEW,
            f"The request was signed {_lasting(at - now)} in the future, and "
            f"{_lasting(tolerance_s)} are allowed: the receiver's clock is slow.",
        )


def _lasting(seconds: int) -> str:
    """A time in its largest unit, which is all that matters: `3 hours`."""
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next(((size, unit) for size, unit in units if seconds >= size), units[-1])
    number = seconds // size
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
