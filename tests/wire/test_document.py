"""JSON documents as the API takes them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.errors import Code, FieldError, Refused
from tocsin.wire.document import DEPTH_LIMIT, decode, decode_object, mistyped

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab.0"), inner),
    max_leaves=10,
)


@given(VALUES)
def test_every_document_within_the_rules_is_taken_as_it_is(value: object) -> None:
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b"NaN",
        b"[Infinity]",
        b"1e999",
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'"\x00"',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode(body)
    assert refused.value.code is Code.INVALID


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"b":', b"}]")])
def test_nesting_has_an_end_that_does_not_depend_on_who_reads(begin: bytes, end: bytes) -> None:
    times = DEPTH_LIMIT // len(end)
    decode(begin * times + b"1" + end * times)
    with pytest.raises(Refused, match="nested") as refused:
        decode(begin * (times + 1) + b"[]" + end * (times + 1))
    assert refused.value.code is Code.INVALID


def test_much_side_by_side_is_not_deep() -> None:
    decode(b"[" + b",".join([b'[{"a":1}]'] * DEPTH_LIMIT) + b"]")
    decode(b'"' + b"[" * (DEPTH_LIMIT + 1) + b'"')


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'"\\u0000"', "body"),
        (b'{"a":{"b":["x","y\\u0000"]}}', "a.b.1"),
        (b'{"a":{"k\\u0000":1}}', "a"),
        (b'{"k\\u0000":1}', "body"),
        (b'{"a\\u0000b":{"\\u0000":1}}', "body"),
        (b"18446744073709551616", "body"),
        (b'{"n":[-9223372036854775809]}', "n.0"),
    ],
)
def test_a_value_outside_the_rules_is_refused_by_its_path(body: bytes, path: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(body)
    assert [error.path for error in refused.value.errors] == [path]


@pytest.mark.parametrize("body", [b'"\\\\u0000"', b'"1234567890123456789012"', b"true"])
def test_what_only_looks_suspect_is_taken(body: bytes) -> None:
    assert decode(body) == json.loads(body)


def test_an_object_is_an_object() -> None:
    assert decode_object(b'{"a":1}') == {"a": 1}
    with pytest.raises(Refused, match="JSON object"):
        decode_object(b"[]")


@pytest.mark.parametrize(
    ("said", "prefix", "path"),
    [
        ("Expected `str`, got `int` - at `$[3].id`", "", "3.id"),
        ("Expected `str`, got `int` - at `$.messages[3].id`", "", "messages.3.id"),
        ("Expected `str`, got `int` - at `$.id`", "7.", "7.id"),
        ("Expected `object`, got `int`", "7.", "7"),
        ("Expected `object`, got `int`", "", "body"),
    ],
)
def test_what_msgspec_says_becomes_a_refusal_with_a_path(said: str, prefix: str, path: str) -> None:
    refused = mistyped(said, prefix)
    assert refused.errors == (FieldError(path, said.partition(" - ")[0]),)
