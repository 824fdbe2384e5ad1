"""Why a signature does not match."""

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.test_signature import AT, OTHER, SECRET

from tocsin.app.signing import sign
from tocsin.wire import signature
from tocsin.wire.signature import Code
from tocsin.wire.signature_doctor import Diagnosis, Problem, Verdict, diagnose

ID = "0192e4c1a7b34d10-7"
SENT = f'{{"specversion":"1.0","id":"{ID}","data":{{"title":"Größe / Maß"}}}}'.encode()
ENCODED = SECRET.removeprefix("whsec_")


def headers(**given: str | None) -> dict[str, str]:
    """The headers of SENT at AT, but for these (`id=None` leaves one out)."""
    signed = {
        "webhook-id": ID,
        "webhook-timestamp": str(AT),
        "webhook-signature": sign(SECRET, ID, AT, SENT),
    }
    changed = {f"webhook-{name}": value for name, value in given.items()}
    return {name: value for name, value in (signed | changed).items() if value is not None}


def signed_over(content: bytes, key: bytes | None = None) -> str:
    """A signature of any content."""
    import hmac

    right = signature.key(SECRET) if key is None else key
    return "v1," + base64.b64encode(hmac.digest(right, content, "sha256")).decode()


def problem(
    secret: str = SECRET, body: bytes = SENT, given: dict[str, str] | None = None
) -> Problem:
    """The one thing that is wrong."""
    diagnosis = diagnose(secret, headers() if given is None else given, body, AT)
    assert diagnosis.verdict is Verdict.INVALID
    (one,) = diagnosis.problems
    return one


def test_nothing_is_wrong() -> None:
    assert diagnose(SECRET, headers(), SENT, AT) == Diagnosis(Verdict.VALID, ())


def test_what_receivers_may_refuse_all_the_same_is_doubtful() -> None:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": it for name, it in headers().items()}
    diagnosis = diagnose(SECRET, environ, SENT, AT + 301)
    assert diagnosis.verdict is Verdict.DOUBTFUL
    assert [one.code for one in diagnosis.problems] == [Code.HEADER_NAMES, Code.TOO_OLD]
    diagnosis = diagnose(SECRET, headers(), SENT, AT - 10, tolerance_s=5)
    assert [one.code for one in diagnosis.problems] == [Code.TOO_NEW]


def test_several_things_can_be_wrong_at_once() -> None:
    diagnosis = diagnose(OTHER, headers(), SENT, AT + 301)
    assert diagnosis.verdict is Verdict.INVALID
    assert [one.code for one in diagnosis.problems] == [Code.WRONG_SECRET, Code.TOO_OLD]
    diagnosis = diagnose("hunter2", headers(id=None), SENT, AT)
    assert [one.code for one in diagnosis.problems] == [Code.MISSING_HEADER, Code.SECRET_MALFORMED]


def test_headers_that_cannot_be_read() -> None:
    assert problem(given={}).code is Code.MISSING_HEADER
    assert problem(given=headers(signature="v1a,abc")).code is Code.OTHER_VERSION
    assert problem(given=headers(signature="v1,abc")).code is Code.SIGNATURE_MALFORMED


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (f" {SECRET}\n", "white space or quotes"),
        (f"'{SECRET}'", "white space or quotes"),
        (ENCODED, "lost its whsec_"),
        (base64.b64encode(SECRET.encode()).decode(), "Kubernetes"),
        (signature.key(SECRET).hex(), "hexadecimal"),
    ],
)
def test_a_secret_that_was_misread_is_recognised(secret: str, said: str) -> None:
    found = problem(secret)
    assert (found.code, said in found.detail) == (Code.SECRET_MISREAD, True)


def test_a_secret_in_url_safe_base64_is_recognised() -> None:
    key = b"\xfb\xff" * 16
    secret = "whsec_" + base64.b64encode(key).decode()
    given = headers(signature=sign(secret, ID, AT, SENT))
    found = problem("whsec_" + base64.urlsafe_b64encode(key).decode(), given=given)
    assert (found.code, "- and _" in found.detail) == (Code.SECRET_MISREAD, True)


@pytest.mark.parametrize(
    ("key", "said"), [(SECRET, "with the secret's text"), (ENCODED, "the text after whsec_")]
)
def test_a_secret_that_was_not_decoded_is_recognised(key: str, said: str) -> None:
    content = f"{ID}.{AT}.".encode() + SENT
    found = problem(given=headers(signature=signed_over(content, key.encode())))
    assert (found.code, said in found.detail) == (Code.SECRET_MISREAD, True)


def test_what_is_no_secret() -> None:
    assert problem("hunter2").code is Code.SECRET_MALFORMED


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (lambda body: body + b"\n", "white space around it"),
        (lambda body: b"\xef\xbb\xbf" + body, "byte order mark"),
        (lambda body: json.dumps(json.loads(body)).encode(), "Python's json.dumps"),
        (lambda body: json.dumps(json.loads(body), indent=2).encode(), "indented by 2"),
        (base64.b64encode, "base64"),
    ],
)
def test_a_body_that_was_rewritten_is_recognised(
    rewrite: Callable[[bytes], bytes], said: str
) -> None:
    found = problem(body=rewrite(SENT))
    assert (found.code, said in found.detail) == (Code.BODY_REWRITTEN, True)
    assert found.detail.endswith("before anything decodes or parses them.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SENT, "the body alone"),
        (f"{AT}.".encode() + SENT, "timestamp.body"),
        (f"{ID}.".encode() + SENT, "id.body"),
        (f"{AT}.{ID}.".encode() + SENT, "timestamp.id.body"),
        (SENT + f".{AT}.{ID}".encode(), "body.timestamp.id"),
        (SENT + f".{ID}.{AT}".encode(), "body.id.timestamp"),
        (f"{ID}{AT}".encode() + SENT, "without dots"),
    ],
)
def test_a_signature_of_something_else_is_recognised(content: bytes, said: str) -> None:
    found = problem(given=headers(signature=signed_over(content)))
    assert (found.code, f"over {said}" in found.detail or said in found.detail) == (
        Code.CONTENT_MISREAD,
        True,
    )


def test_a_timestamp_that_was_made_milliseconds_is_recognised() -> None:
    diagnosis = diagnose(SECRET, headers(timestamp=str(AT * 1_000)), SENT, AT)
    codes = [one.code for one in diagnosis.problems]
    assert codes == [Code.CONTENT_MISREAD, Code.TIMESTAMP_IN_MILLISECONDS]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", Code.BODY_EMPTY),
        (SENT[:-20], Code.BODY_TRUNCATED),
        (b"{'specversion': '1.0'}", Code.BODY_REWRITTEN),
        (b'{"data":null,"id":"%b","specversion":"1.0"}' % ID.encode(), Code.BODY_REWRITTEN),
        (SENT.replace(ID.encode(), b"0192e4c1a7b34d10-8"), Code.REQUESTS_MIXED_UP),
        (b'{"event_id":"0123","event_type":"i_ack"}', Code.REQUESTS_MIXED_UP),
        (SENT.replace(b"1.0", b"1.1"), Code.WRONG_SECRET),
        (b'{"a":1}', Code.WRONG_SECRET),
        (b"[]", Code.WRONG_SECRET),
    ],
)
def test_what_is_known_to_be_wrong_with_a_body_is_said(body: bytes, code: Code) -> None:
    assert problem(body=body).code is code


def test_a_body_that_is_shorter_than_its_length_is_cut() -> None:
    given = {**headers(), "Content-Length": str(len(SENT))}
    found = problem(body=b"[1]", given=given)
    assert found == Problem(
        Code.BODY_TRUNCATED, f"The body has 3 bytes of the {len(SENT)} that were sent."
    )
    assert problem(OTHER, given=given).code is Code.WRONG_SECRET


def test_a_wrong_secret() -> None:
    assert problem(OTHER).code is Code.WRONG_SECRET


@given(st.text(), st.dictionaries(st.text(), st.text()), st.binary())
def test_anything_is_diagnosed(secret: str, given: dict[str, str], body: bytes) -> None:
    every = headers() | given
    assert diagnose(secret, every, body, AT).verdict is Verdict.INVALID


@given(st.text(min_size=8))
def test_no_diagnosis_shows_the_secret(text: str) -> None:
    secret = "whsec_" + base64.b64encode(text.encode(errors="replace")).decode()
    for one in diagnose(secret, headers(), SENT, AT).problems:
        assert secret not in one.detail
