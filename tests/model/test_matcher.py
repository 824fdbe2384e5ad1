"""Matchers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.refused import refused_path

from tocsin.model import matcher
from tocsin.model.matcher import (
    CONDITIONS_LIMIT,
    GROUPS_LIMIT,
    VALUE_LIMIT,
    VALUES_LIMIT,
    Condition,
    Operator,
)

FACTS = {"severity": "Critical", "title": "Disk full", "labels.ip": "10.1.2.3", "labels.n": "5"}


def is_in(key: str, *values: str) -> Condition:
    return Condition(key, Operator.IN, values)


def is_not_in(key: str, *values: str) -> Condition:
    return Condition(key, Operator.NOTIN, values)


def value_matches(text: str, value: str) -> bool:
    return is_in("key", text).matches({"key": value})


@pytest.mark.parametrize(
    ("text", "matching", "others"),
    [
        ("disk", ["disk"], ["Disk", "disks", ""]),
        ("", [""], ["x"]),
        ("/", ["/"], ["x"]),
        ("//", ["//"], ["", "x"]),
        ("/sk f/", ["Disk full"], ["disk"]),
        ("/^disk\\d+$/", ["disk1"], ["a disk1", "disk"]),
        ("/(?i)DISK/", ["disk"], ["dis"]),
        ("/é./", ["café!"], ["cafe!"]),
        ("disk*", ["disk", "disk1"], ["a disk"]),
        ("*disk", ["disk", "a disk"], ["disk1"]),
        ("d?sk", ["disk", "d*sk"], ["dsk", "diisk"]),
        ("*", ["", "x"], []),
        ("a*b*c", ["abc", "axbxc", "abcbc"], ["ab", "acb"]),
        ("*.example.*", ["a.example.org"], ["aexample.org"]),
        ("cidr:10.0.0.0/8", ["10.255.0.1"], ["11.0.0.1", "x", "", "::1"]),
        ("cidr:10.0.0.1/8", ["10.2.0.1"], ["11.0.0.1"]),
        ("cidr:fd00::/8", ["fd00::1"], ["fe80::1", "10.0.0.1"]),
        ("num:gt:5", ["6", "5.5", " 7 "], ["5", "x", "", "nan"]),
        ("num:ge:5", ["5", "5.0"], ["4.9"]),
        ("num:lt:-1.5", ["-2"], ["-1.5", "0"]),
        ("num:le:5", ["5"], ["5.1"]),
    ],
)
def test_a_value_matches_by_its_kind(text: str, matching: list[str], others: list[str]) -> None:
    assert [value for value in matching if not value_matches(text, value)] == []
    assert [value for value in others if value_matches(text, value)] == []


def test_an_expression_takes_no_time_to_speak_of() -> None:
    assert not value_matches("/^(a+)+$/", "a" * 2_047 + "b")
    assert not value_matches("*a" * 200, "a" * 2_047 + "b")


def test_one_value_is_enough_and_none_may_match() -> None:
    assert is_in("severity", "Warning", "Critical").matches(FACTS)
    assert not is_not_in("severity", "Warning", "Critical").matches(FACTS)
    assert is_not_in("severity", "Warning", "Info").matches(FACTS)


def test_what_is_not_there_is_in_nothing() -> None:
    assert not is_in("labels.host", "*").matches(FACTS)
    assert is_not_in("labels.host", "*").matches(FACTS)


def test_all_of_a_group_and_one_of_the_groups() -> None:
    critical, warning = is_in("severity", "Critical"), is_in("severity", "Warning")
    disk = is_in("title", "Disk*")
    assert matcher.matches(((critical, disk),), FACTS)
    assert not matcher.matches(((warning, disk),), FACTS)
    assert matcher.matches(((warning, disk), (critical,)), FACTS)
    assert matcher.matches((), FACTS)


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        (is_in("", "x"), "key"),
        (is_in("k" * 136, "x"), "key"),
        (is_in("k"), "vals"),
        (is_in("k", *map(str, range(VALUES_LIMIT + 1))), "vals"),
        (is_in("k", "x", "x" * (VALUE_LIMIT + 1)), "vals.1"),
        (is_in("k", "/(/"), "vals.0"),
        (is_in("k", "/(?=x)/"), "vals.0"),
        (is_in("k", "/(((a{100}){100}){100})/"), "vals.0"),
        (is_in("k", "cidr:10.0.0.0/33"), "vals.0"),
        (is_in("k", "num:gt:x"), "vals.0"),
        (is_in("k", "num:eq:5"), "vals.0"),
        (is_in("k", "num:5"), "vals.0"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(condition: Condition, path: str) -> None:
    said = refused_path(lambda: matcher.check(((is_in("k", "x"), condition),), "filter"))
    assert said == f"filter.0.1.{path}"


def test_a_filter_has_limits_and_its_groups_say_something() -> None:
    one = (is_in("k", "x"),)
    matcher.check((), "filter")
    matcher.check(((is_in("k" * 135, "x" * 512), is_in("k", *map(str, range(50)))),), "filter")
    matcher.check((one * CONDITIONS_LIMIT,) * GROUPS_LIMIT, "filter")
    assert refused_path(lambda: matcher.check((one,) * (GROUPS_LIMIT + 1), "filter")) == "filter"
    assert refused_path(lambda: matcher.check((one, ()), "filter")) == "filter.1"
    many = (one * (CONDITIONS_LIMIT + 1),)
    assert refused_path(lambda: matcher.check(many, "filter")) == "filter.0"


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_wildcards_match_as_an_expression_would(pattern: str, value: str) -> None:
    written = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert value_matches(pattern, value) is bool(re.fullmatch(written, value))
