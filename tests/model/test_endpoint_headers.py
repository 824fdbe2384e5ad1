"""The headers that somebody may add to requests."""

import pytest
from tests.model.refused import refused_path

from tocsin.model.endpoint_headers import HEADERS_LIMIT, NAME_LIMIT, VALUE_LIMIT, check


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer a b"},
        {"X-Empty": ""},
        {"!#$%&'*+-.^_`|~09Az": "~!"},
        {"a" * NAME_LIMIT: "b" * VALUE_LIMIT},
        {f"X-{number}": "" for number in range(HEADERS_LIMIT)},
    ],
)
def test_what_can_be_sent_is_taken(headers: dict[str, str]) -> None:
    check(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {f"X-{number}": "" for number in range(HEADERS_LIMIT + 1)},
        {"X-One": "1", "x-one": "1"},
        {"": "a"},
        {"a" * (NAME_LIMIT + 1): "a"},
        {"X One": "a"},
        {"X-One:": "a"},
        {"X-One\n": "a"},
        {"X-\u00e4": "a"},
    ],
)
def test_names_that_cannot_be_sent_are_refused(headers: dict[str, str]) -> None:
    assert refused_path(lambda: check(headers)) == "headers"


@pytest.mark.parametrize(
    "value",
    ["a\r\nHost: b", "a\n", "\ta", " a", "a ", "\u00e4", "\x7f", "\x00", "a" * (VALUE_LIMIT + 1)],
)
def test_values_that_cannot_be_sent_are_refused(value: str) -> None:
    assert refused_path(lambda: check({"X-One": value})) == "headers.X-One"


@pytest.mark.parametrize(
    "name",
    [
        "Content-Type",
        "CONTENT-LENGTH",
        "Host",
        "User-Agent",
        "Transfer-Encoding",
        "Connection",
        "TE",
        "Webhook-Id",
        "webhook-anything",
        "Tocsin-Sequence",
    ],
)
def test_what_is_ours_to_say_is_refused(name: str) -> None:
    assert refused_path(lambda: check({name: "a"})) == f"headers.{name}"
