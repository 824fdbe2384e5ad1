"""JSON documents that other people's programs push."""

from contextlib import suppress

import msgspec
import pytest

from tocsin.model.errors import Code, Refused
from tocsin.wire import pushed


class Thing(msgspec.Struct):
    a: int
    labels: dict[str, str] | None = None


def test_members_that_are_not_known_are_passed_over() -> None:
    assert pushed.read(b'{"a":1,"more":{"b":[1e400000]}}'.replace(b"1e400000", b"1"), Thing) == (
        Thing(1)
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"more":{"b":1,"\\u0062":2}}',
        b'[{"a":1},{"labels":{"x":"1","y":"2","x":"1"}}]',
    ],
)
def test_two_members_of_one_name_are_refused(body: bytes) -> None:
    with pytest.raises(Refused, match=r"two members '[abx]' in one object") as refused:
        pushed.read(body, Thing)
    assert (refused.value.code, refused.value.errors) == (Code.INVALID, ())


def test_equal_names_in_several_objects_are_taken() -> None:
    assert len(pushed.read(b'[{"a":1},{"a":1,"labels":{"a":"1"}}]', list[Thing])) == 2


def test_another_type_is_refused_by_its_path() -> None:
    with pytest.raises(Refused) as refused:
        pushed.read(b'[{"a":1},{"a":"1"}]', list[Thing])
    assert [error.path for error in refused.value.errors] == ["1.a"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b'{"a":1}x', b'{"a":"\\ud800"}', b'"\\u0000"', b"\xff", b"\xef\xbb\xbf{}"],
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        pushed.read(body, Thing)


@pytest.mark.parametrize("depth", [10, 100, 400, 600, 800, 900, 950, 980, 1000, 2000, 100_000])
def test_however_deep_it_is_nested_it_is_read_or_refused(depth: int) -> None:
    body = b'{"a":1,"deep":' + b"[" * depth + b"]" * depth + b"}"
    with suppress(Refused):
        assert pushed.read(body, Thing) == Thing(1)


def test_numbers_that_nobody_can_count_to_are_refused() -> None:
    with pytest.raises(Refused):
        pushed.read(b'{"a":1' + b"0" * 5000 + b"}", Thing)
