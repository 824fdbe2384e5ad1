"""Matchers: which alerts a rule is for. One grammar wherever rules choose.

A filter is a list of groups, of which one has to match (OR); a group is a list of conditions, which
all have to (AND). A condition names a fact (`severity`, `title`, `labels.host` ...) and values:

| value | matches |
| --- | --- |
| `/.../` | what the regular expression (RE2) finds something in |
| `cidr:10.0.0.0/8` | an IP address in that network |
| `num:gt:5`, also `ge`, `lt`, `le` | a number that compares so |
| with `*` or `?` | any characters, any one; `*` alone: whatever is there |
| anything else | exactly that |
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

from tocsin.model.errors import invalid

GROUPS_LIMIT: Final = 20
CONDITIONS_LIMIT: Final = 20
VALUES_LIMIT: Final = 50
VALUE_LIMIT: Final = 512
KEY_LIMIT: Final = 135  # `labels.` and the longest name of a label

# What one expression may take, compiled and at work, in bytes. RE2 takes time in proportion to the
# text whatever the expression; this bounds the factor.
_EXPRESSION_MEMORY = 1 << 20

Test = Callable[[str], bool]

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class Operator(StrEnum):
    """Whether one of the values has to match, or none may."""

    IN = "IN"
    NOTIN = "NOTIN"


@dataclass(frozen=True)
class Condition:
    """What one fact has to be. A fact that is not there is in nothing."""

    key: str
    oper: Operator
    vals: tuple[str, ...]

    def matches(self, facts: Mapping[str, str]) -> bool:
        """Whether the facts meet it."""
        value = facts.get(self.key)
        found = value is not None and any(_test(one)(value) for one in self.vals)
        return found is (self.oper is Operator.IN)


Filter = tuple[tuple[Condition, ...], ...]


def check(filter_: Filter, path: str) -> None:
    """Refuse (`invalid`, under `path`) too much of anything, and values that make no sense."""
    _check_count(filter_, GROUPS_LIMIT, path)
    for at, group in enumerate(filter_):
        _check_count(group, CONDITIONS_LIMIT, f"{path}.{at}", least=1)
        for number, condition in enumerate(group):
            _check_condition(condition, f"{path}.{at}.{number}")


def matches(filter_: Filter, facts: Mapping[str, str]) -> bool:
    """Whether one group matches; a filter without groups is for everything."""
    groups = (all(one.matches(facts) for one in group) for group in filter_)
    return not filter_ or any(groups)


def _check_condition(condition: Condition, path: str) -> None:
    if not 1 <= len(condition.key) <= KEY_LIMIT:
        raise invalid(f"{path}.key", f"must be 1 to {KEY_LIMIT} characters")
    _check_count(condition.vals, VALUES_LIMIT, f"{path}.vals", least=1)
    for at, text in enumerate(condition.vals):
        _check_value(text, f"{path}.vals.{at}")


def _check_count(things: Sequence[object], limit: int, path: str, *, least: int = 0) -> None:
    if not least <= len(things) <= limit:
        raise invalid(path, f"must be {least} to {limit}")


def _check_value(text: str, path: str) -> None:
    if len(text) > VALUE_LIMIT:
        raise invalid(path, f"must be at most {VALUE_LIMIT} characters")
    try:
        _test(text)
    except ValueError as error:
        raise invalid(path, str(error)) from error


# The rules of a channel are asked again for every alert.
@lru_cache(maxsize=4_096)
def _test(text: str) -> Test:
    """What a value tests for; ValueError, in words, when it makes no sense."""
    if len(text) > 2 and text[0] == text[-1] == "/":
        return _expression(text[1:-1])
    kind, _, rest = text.partition(":")
    if kind == "cidr":
        return _network(rest)
    if kind == "num":
        return _comparison(rest)
    if "*" in text or "?" in text:
        return lambda value: _wildcards(text, value)
    return text.__eq__


def _expression(text: str) -> Test:
    # Imported here: its library costs memory, and few rules need it.
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _EXPRESSION_MEMORY
    try:
        search = re2.compile(text, options).search
    except re2.error as error:
        raise ValueError(f"is no regular expression that RE2 knows: {_words(error)}") from error
    return lambda value: search(value) is not None


def _words(error: Exception) -> Any:
    """RE2 says what is wrong in bytes."""
    return error.args[0].decode(errors="replace")


def _network(text: str) -> Test:
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise ValueError("must be a network, as cidr:10.0.0.0/8") from error
    return lambda value: _is_in(network, value)


def _is_in(network: IPv4Network | IPv6Network, value: str) -> bool:
    try:
        return ip_address(value) in network
    except ValueError:
        return False


def _comparison(text: str) -> Test:
    name, _, number = text.partition(":")
    compare, limit = _COMPARISONS.get(name), _number(number)
    if compare is None or math.isnan(limit):
        raise ValueError("must be a comparison, as num:gt:5 (gt, ge, lt, le)")
    return lambda value: compare(_number(value), limit)


def _number(text: str) -> float:
    """The number that a text writes; nan, which compares with nothing, when it writes none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _wildcards(pattern: str, value: str) -> bool:
    """Whether the value is as the pattern has it. After a `*` only that one is tried anew, so that
    many of them take no longer than the pattern times the value."""
    at = star = 0
    tried, after_star = 0, -1
    while tried < len(value):
        if at < len(pattern) and pattern[at] == "*":
            star, after_star = tried, at + 1
            at = after_star
        elif at < len(pattern) and pattern[at] in ("?", value[tried]):
            at, tried = at + 1, tried + 1
        elif after_star > 0:
            star += 1
            at, tried = after_star, star
        else:
            return False
    return pattern[at:].strip("*") == ""
