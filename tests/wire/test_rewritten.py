"""What a body may have been before it was rewritten."""

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.wire import rewritten

SENT = '{"title":"Größe / Maß","b":[1,2.5,null],"a":{"x":"<&>"}}'.encode()
PARSED = json.loads(SENT)


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (lambda body: b"\xef\xbb\xbf" + body, "byte order mark"),
        (lambda body: body + b"\n", "white space"),
        (lambda body: body.decode("latin-1").encode(), "Latin-1"),
        (base64.b64encode, "base64"),
        (lambda body: json.dumps(body.decode()).encode(), "JSON twice"),
        (lambda body: json.dumps(json.loads(body)).encode(), "as Python's json.dumps does, all"),
        (lambda body: json.dumps(json.loads(body), indent=2).encode(), "indented by 2, all"),
        (lambda body: json.dumps(json.loads(body), indent=4).encode(), "indented by 4, all"),
        (
            lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode(),
            "now written without white space, all but ASCII escaped",
        ),
        (
            lambda body: (
                json.dumps(json.loads(body), separators=(",", ":")).replace("/", "\\/").encode()
            ),
            "slashes escaped",
        ),
        (lambda body: json.dumps(json.loads(body), indent=3).encode(), "now written otherwise"),
    ],
)
def test_a_usual_rewriting_is_undone_and_named(
    rewrite: Callable[[bytes], bytes], said: str
) -> None:
    found = [done for done, original in rewritten.originals(rewrite(SENT)) if original == SENT]
    assert said in found[0]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b'{"a":1}\n', "lost the line break"),
        (b'{"a": 1}', "was sent with a space"),
        (b'{\n  "a": 1\n}', "was sent indented by 2"),
    ],
)
def test_a_rewriting_without_white_space_is_undone_too(sent: bytes, said: str) -> None:
    found = next(done for done, original in rewritten.originals(b'{"a":1}') if original == sent)
    assert said in found


def test_line_breaks_are_undone_both_ways() -> None:
    originals = dict(rewritten.originals(b'{\r\n"a":1}'))
    assert originals["its line breaks have become CR LF"] == b'{\n"a":1}'
    originals = dict(rewritten.originals(b'{\n"a":1}'))
    assert originals["its line breaks have lost their CR"] == b'{\r\n"a":1}'


def test_members_put_in_order_are_tried() -> None:
    originals = [original for _, original in rewritten.originals(b'{"b":1,"a":2}')]
    assert b'{"a":2,"b":1}' in originals


@given(st.binary() | st.text().map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_taken(body: bytes) -> None:
    for done, original in rewritten.originals(body):
        assert done
        assert original != body
    rewritten.tell_tale(body)


def test_hostile_documents_are_taken() -> None:
    for body in (b"[" * 100_000, b"9" * 10_000, b'"\\ud800"'):
        list(rewritten.originals(body))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[object Object]", "JavaScript"),
        (b"{'event_time': 1}", "Python"),
        (b'{"event_time"=>1}', "Ruby"),
        (b'{"event_time" => 1}', "Ruby"),
        (b"Array", "PHP"),
        (b"event_time=1&x=y", "form"),
        (b"%7B%22a%22=", "form"),
    ],
)
def test_what_software_makes_of_a_document_is_known(body: bytes, said: str) -> None:
    assert said in (rewritten.tell_tale(body) or "")


def test_a_document_tells_no_tale() -> None:
    assert rewritten.tell_tale(SENT) is None
    assert rewritten.tell_tale(b"") is None
