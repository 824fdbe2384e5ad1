"""Custom fields."""

from typing import Any

import pytest

from tocsin.model.custom_field import (
    FIELDS_LIMIT,
    OPTION_LIMIT,
    OPTIONS_LIMIT,
    TEXT_LIMIT,
    CustomField,
    Fields,
    Kind,
    check,
    filled,
)
from tocsin.model.errors import Code, Refused

FIELDS = (
    CustomField("text", Kind.TEXT),
    CustomField("one", Kind.SINGLE, ("a", "b")),
    CustomField("some", Kind.MULTIPLE, ("a", "b", "c")),
    CustomField("yes", Kind.CHECKBOX),
    CustomField("count", Kind.NUMBER),
)


@pytest.mark.parametrize(
    "fields",
    [
        (),
        FIELDS,
        tuple(CustomField(f"f{n}", Kind.TEXT) for n in range(FIELDS_LIMIT)),
        (CustomField("_" + "x" * 39, Kind.TEXT),),
        (
            CustomField(
                "x", Kind.SINGLE, tuple(f"{n:0{OPTION_LIMIT}}" for n in range(OPTIONS_LIMIT))
            ),
        ),
    ],
)
def test_a_channel_may_have_these(fields: Fields) -> None:
    check(fields)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (tuple(CustomField(f"f{n}", Kind.TEXT) for n in range(FIELDS_LIMIT + 1)), "fields"),
        ((CustomField("", Kind.TEXT),), "fields.0.name"),
        ((CustomField("1x", Kind.TEXT),), "fields.0.name"),
        ((CustomField("x" * 41, Kind.TEXT),), "fields.0.name"),
        ((CustomField("x\n", Kind.TEXT),), "fields.0.name"),
        ((*FIELDS, CustomField("one", Kind.TEXT)), "fields.5.name"),
        ((CustomField("x", Kind.TEXT, ("a",)),), "fields.0.options"),
        ((CustomField("x", Kind.SINGLE),), "fields.0.options"),
        ((CustomField("x", Kind.SINGLE, ("a", "a")),), "fields.0.options"),
        ((CustomField("x", Kind.MULTIPLE, ("",)),), "fields.0.options"),
        ((CustomField("x", Kind.MULTIPLE, ("o" * (OPTION_LIMIT + 1),)),), "fields.0.options"),
        (
            (CustomField("x", Kind.MULTIPLE, tuple(map(str, range(OPTIONS_LIMIT + 1)))),),
            "fields.0.options",
        ),
    ],
)
def test_a_channel_may_not_have_these(fields: Fields, path: str) -> None:
    with pytest.raises(Refused) as refused:
        check(fields)
    assert refused.value.code is Code.INVALID
    assert refused.value.errors[0].path == path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", ""),
        ("text", "t" * TEXT_LIMIT),
        ("one", "b"),
        ("some", []),
        ("some", ["a", "c"]),
        ("yes", False),
        ("count", 0),
        ("count", -1.5),
        ("count", 2**63 - 1),
        ("count", None),
    ],
)
def test_a_field_takes_what_its_kind_takes(name: str, value: Any) -> None:
    assert filled(FIELDS, {name: value}) == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "t" * (TEXT_LIMIT + 1)),
        ("text", 1),
        ("one", "c"),
        ("one", ["a"]),
        ("some", "a"),
        ("some", ["d"]),
        ("some", [{}]),
        ("yes", 1),
        ("count", True),
        ("count", 2**63),
        ("count", float("inf")),
        ("count", "1"),
        ("other", "x"),
    ],
)
def test_a_field_refuses_what_its_kind_does_not_take(name: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        filled(FIELDS, {name: value})
    assert refused.value.errors[0].path == f"fields.{name}"


def test_values_stand_in_the_channels_order() -> None:
    given = {"yes": True, "some": ["c", "a", "c"], "text": "x"}
    assert list(filled(FIELDS, given).items()) == [
        ("text", "x"),
        ("some", ["a", "c"]),
        ("yes", True),
    ]
