"""Topics, types, and the patterns that choose among topics."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model.errors import Code, Refused
from tocsin.model.topic import (
    PATTERNS_LIMIT,
    RESERVED_ROOTS,
    Pattern,
    TopicFilter,
    check_topic,
    check_type,
)

TOKEN = "A" * 64


@pytest.mark.parametrize("topic", ["a", "a/b", "Az09._:-/x", "/".join("abcdefgh"), TOKEN])
def test_a_topic_is_one_to_eight_tokens(topic: str) -> None:
    check_topic(topic)


@pytest.mark.parametrize(
    "topic",
    ["", "/", "a/", "/a", "a//b", "a b", "ä", "a\n", "*", "a/>", "a/" * 8 + "a", TOKEN + "A"],
)
def test_anything_else_is_no_topic(topic: str) -> None:
    with pytest.raises(Refused) as refused:
        check_topic(topic, "3.topic")
    assert refused.value.code is Code.INVALID
    assert refused.value.errors[0].path == "3.topic"


@pytest.mark.parametrize("root", sorted(RESERVED_ROOTS))
def test_topics_of_tocsins_own_are_closed_to_publishers(root: str) -> None:
    for topic in (root, f"{root}/x"):
        with pytest.raises(Refused, match="Tocsin itself"):
            check_topic(topic)
    check_topic(f"{root}s/x")
    check_topic(f"x/{root}")


@pytest.mark.parametrize("type_", ["a", "com.example.build/v1+x_y-z:1", "tocsin", "x.tocsin.y"])
def test_a_type_is_a_name_without_spaces(type_: str) -> None:
    check_type(type_)


@pytest.mark.parametrize("type_", ["", "a b", "a\nb", 'a"', "ä", "a" * 256, "tocsin.issue.created"])
def test_other_types_and_tocsins_own_are_refused(type_: str) -> None:
    with pytest.raises(Refused) as refused:
        check_type(type_, "0.type")
    assert refused.value.errors[0].path == "0.type"


@pytest.mark.parametrize(
    ("pattern", "topic", "chosen"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/bc", False),
        ("a/b", "a/b/c", False),
        ("a/b/c", "a/b", False),
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("a/*", "a", False),
        ("*/b", "a/b", True),
        ("*/*", "a/b", True),
        ("a/>", "a/b/c", True),
        ("a/>", "a/b", True),
        ("a/>", "a", False),
        (">", "a", True),
        (">", "a/b/c", True),
        ("*/>", "a", False),
        ("*/>", "a/b", True),
        ("a.b/*", "aXb/c", False),
    ],
)
def test_patterns_choose_as_those_of_nats_do(pattern: str, topic: str, chosen: bool) -> None:
    assert TopicFilter.parse([pattern]).matches(topic) is chosen
    assert Pattern.parse(pattern).covers(Pattern(topic)) is chosen


@pytest.mark.parametrize(
    "text", ["", "a//b", ">/a", "a/>/b", "a*", "a>", "**", "a/" * 8 + "a", "é"]
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        Pattern.parse(text)
    assert refused.value.errors[0].path == "topic"


@pytest.mark.parametrize(
    ("pattern", "exact", "prefix"),
    [("a/b", True, "a/b"), ("a/*", False, "a/"), ("a/b/>", False, "a/b/"), ("*/b", False, "")],
)
def test_a_pattern_knows_the_text_before_its_first_wildcard(
    pattern: str, exact: bool, prefix: str
) -> None:
    assert Pattern.parse(pattern).exact is exact
    assert Pattern.parse(pattern).prefix == prefix


def test_a_filter_without_patterns_chooses_everything() -> None:
    assert TopicFilter.parse([]) == TopicFilter.parse([">"])
    assert TopicFilter.parse([]).everything
    assert TopicFilter.parse([]).matches("any/thing")
    assert not TopicFilter.parse(["a/>"]).everything


def test_equal_filters_are_equal_however_they_were_written() -> None:
    one = TopicFilter.parse(["b", "a/*", "a/x", "b"])
    two = TopicFilter.parse(["a/*", "b"])
    assert one == two
    assert hash(one) == hash(two)
    assert one.exact == {"b"}
    assert one.wildcards == (Pattern("a/*"),)


def test_a_filter_of_topics_alone_chooses_only_these() -> None:
    chosen = TopicFilter.parse(["a", "b/c"])
    assert chosen.matches("b/c")
    assert not chosen.matches("b")
    assert not chosen.matches("")


def test_a_filter_is_the_union_of_its_patterns() -> None:
    chosen = TopicFilter.parse(["a/*", "b/>", "c"])
    topics = ["a/1", "b/1/2", "c", "c/1", "a/1/2", "d"]
    assert [topic for topic in topics if chosen.matches(topic)] == ["a/1", "b/1/2", "c"]


def test_a_filter_has_a_limited_number_of_patterns() -> None:
    TopicFilter.parse(f"t{number}" for number in range(PATTERNS_LIMIT))
    with pytest.raises(Refused, match="at most 100"):
        TopicFilter.parse(f"t{number}" for number in range(PATTERNS_LIMIT + 1))


tokens = st.sampled_from(["a", "b", "*"])
patterns = st.builds(
    lambda body, rest: "/".join(body + rest),
    st.lists(tokens, min_size=1, max_size=3),
    st.sampled_from([[], [">"]]),
)
topics = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=5).map("/".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(patterns, min_size=1, max_size=4), topics)
def test_dropping_covered_patterns_changes_no_choice(written: list[str], topic: str) -> None:
    chosen = any(Pattern(one).covers(Pattern(topic)) for one in written)
    assert TopicFilter.parse(written).matches(topic) is chosen


def test_the_topic_of_an_operation_may_be_longer() -> None:
    topic = f"operation/{'x' * 128}"
    assert Pattern.parse(topic).exact
    assert TopicFilter.parse([topic]).matches(topic)
    assert TopicFilter.parse(["operation/*"]).matches(topic)
    for text in (f"operation/{'x' * 129}", f"issue/{'x' * 65}", f"operation/a/{'x' * 65}"):
        with pytest.raises(Refused):
            Pattern.parse(text)
