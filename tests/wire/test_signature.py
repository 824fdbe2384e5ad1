"""Standard Webhooks' signatures."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.app.signing import sign
from tocsin.wire import signature
from tocsin.wire.signature import BadSecret, Code, NotVerified

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()
AT = 1_700_000_000
BODY = b'{"test": 2432232314}'


def headers(**given: str | None) -> dict[str, str]:
    """The headers of BODY at AT, but for these (`id=None` leaves one out)."""
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(AT),
        "webhook-signature": sign(SECRET, "msg_1", AT, BODY),
    }
    changed = {f"webhook-{name}": value for name, value in given.items()}
    return {name: value for name, value in (signed | changed).items() if value is not None}


def refused(given: dict[str, str], now: int = AT, body: bytes = BODY) -> tuple[Code, str]:
    """Why a request is not verified."""
    with pytest.raises(NotVerified) as caught:
        signature.check(SECRET, given, body, now)
    return caught.value.code, str(caught.value)


def test_the_standard_s_own_vector_is_rightly_signed() -> None:
    # standard-webhooks/libraries/python: tests/test_webhooks.py
    at = 1_614_265_330
    given = headers(
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=str(at),
        signature="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    )
    signature.check(SECRET, given, BODY, at)


@given(st.text(min_size=1), st.text())
def test_what_the_standard_s_library_signs_is_rightly_signed(id_: str, body: str) -> None:
    given = headers(id=id_, signature=sign(SECRET, id_, AT, body.encode()))
    signature.check(SECRET, given, body.encode(), AT)


def test_what_is_rightly_signed_is_read() -> None:
    signed = signature.check(SECRET, headers(), BODY, AT)
    assert (signed.id, signed.timestamp) == ("msg_1", str(AT))


def test_one_of_several_signatures_is_enough() -> None:
    right = sign(SECRET, "msg_1", AT, BODY)
    wrong = sign(OTHER, "msg_1", AT, BODY)
    for several in (f"{wrong} {right}", f"{right} {wrong}", f"v1a,abc {right} rubbish"):
        signature.check(SECRET, headers(signature=several), BODY, AT)
    assert refused(headers(signature=wrong))[0] is Code.NO_MATCH


@pytest.mark.parametrize(
    "form", [str.upper, str.title, lambda name: "HTTP_" + name.upper().replace("-", "_")]
)
def test_headers_count_in_any_case_and_as_wsgi_has_them(form: object) -> None:
    assert callable(form)
    renamed: dict[str, object] = {form(name): value for name, value in headers().items()}
    signature.check(SECRET, {**renamed, "wsgi.input": object()}, BODY, AT)


def test_a_changed_request_does_not_match() -> None:
    assert refused(headers(), body=BODY + b" ")[0] is Code.NO_MATCH
    assert refused(headers(id="msg_2"))[0] is Code.NO_MATCH
    assert refused(headers(timestamp=str(AT + 1)))[0] is Code.NO_MATCH


def test_missing_headers_are_named() -> None:
    code, said = refused(headers(id=None, signature=""))
    assert code is Code.MISSING_HEADER
    assert "no webhook-id and no webhook-signature:" in said


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("v1,====", Code.SIGNATURE_MALFORMED),
        ("v1,aGVsbG8=", Code.SIGNATURE_MALFORMED),
        ("0a1b2c", Code.SIGNATURE_MALFORMED),
        ("v1a,abc v2,def", Code.OTHER_VERSION),
    ],
)
def test_signatures_that_are_none(given: str, code: Code) -> None:
    assert refused(headers(signature=given))[0] is code


def test_versions_that_are_not_known_are_named() -> None:
    assert "signatures of v1a, v2 alone" in refused(headers(signature="v2,def v1a,abc"))[1]


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (AT + 301, Code.TOO_OLD, "5 minutes ago, and 5 minutes are allowed"),
        (AT + 3_600, Code.TOO_OLD, "1 hour ago"),
        (AT + 86_400 * 3, Code.TOO_OLD, "3 days ago"),
        (AT - 301, Code.TOO_NEW, "5 minutes in the future"),
    ],
)
def test_a_request_of_another_time_is_refused(now: int, code: Code, said: str) -> None:
    assert refused(headers(), now)[0] is code
    assert said in refused(headers(), now)[1]


def test_clocks_may_differ_by_the_tolerance() -> None:
    for now in (AT - 300, AT + 300):
        signature.check(SECRET, headers(), BODY, now)
    signature.check(SECRET, headers(), BODY, AT + 900, tolerance_s=900)
    with pytest.raises(NotVerified, match="signed 1 second ago, and 0 seconds are allowed"):
        signature.check(SECRET, headers(), BODY, AT + 1, tolerance_s=0)


@pytest.mark.parametrize("given", ["now", "-5", "1.5", "²", "9" * 30])
def test_a_timestamp_is_a_number(given: str) -> None:
    assert refused(headers(timestamp=given))[0] is Code.TIMESTAMP_MALFORMED


def test_a_timestamp_is_in_seconds() -> None:
    given = headers(timestamp=str(AT * 1_000))
    assert refused(given)[0] is Code.TIMESTAMP_IN_MILLISECONDS


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (f"{SECRET}\n", "white space or quotes"),
        (f'"{SECRET}"', "white space or quotes"),
        ("whsk_abc", "half of a pair"),
        ("whpk_abc", "half of a pair"),
        (SECRET.removeprefix("whsec_"), "begins with whsec_"),
        ("", "begins with whsec_"),
        ("whsec_!!!!", "not base64"),
        ("whsec_ä", "not base64"),
        ("whsec_aGVsbG8=", "encodes 5 bytes, not 24 to 64"),
    ],
)
def test_what_is_no_secret(secret: str, said: str) -> None:
    with pytest.raises(BadSecret, match=re.escape(said)) as caught:
        signature.key(secret)
    assert secret.removeprefix("whsec_").strip() not in str(caught.value) or len(secret) < 2


def test_padding_may_be_absent() -> None:
    assert signature.key(OTHER.rstrip("=")) == signature.key(OTHER) == b"x" * 32
