"""Custom fields: what else the incidents of a channel say, by rules that the channel makes."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, assert_never

from tocsin.model.errors import Refused, invalid

FIELDS_LIMIT: Final = 15
OPTIONS_LIMIT: Final = 20
OPTION_LIMIT: Final = 200
TEXT_LIMIT: Final = 3_000
NAME_PATTERN: Final = r"[a-zA-Z_][a-zA-Z0-9_]{0,39}"

_NAME = re.compile(NAME_PATTERN)
_INTEGERS = range(-(2**63), 2**63)


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    SINGLE = "single"
    MULTIPLE = "multiple"
    CHECKBOX = "checkbox"
    NUMBER = "number"


_CHOICES = (Kind.SINGLE, Kind.MULTIPLE)


@dataclass(frozen=True)
class CustomField:
    """One field of a channel's incidents. `options` are what single and multiple choose from."""

    name: str
    kind: Kind
    options: tuple[str, ...] = ()


Fields = tuple[CustomField, ...]


def check(fields: Fields, path: str = "fields") -> None:
    """Refuse (`invalid`, under `path`) more than 15 fields, names that are none or come twice, and
    options that the kind cannot have."""
    if len(fields) > FIELDS_LIMIT:
        raise invalid(path, f"at most {FIELDS_LIMIT} fields")
    seen: set[str] = set()
    for at, one in enumerate(fields):
        _check(one, f"{path}.{at}")
        if one.name in seen:
            raise invalid(f"{path}.{at}.name", "is the name of another field")
        seen.add(one.name)


def filled(fields: Fields, given: Mapping[str, Any], path: str = "fields") -> dict[str, Any]:
    """The values that are given for these fields, in the channel's order; None empties one.

    Refused (`invalid`, under `path`): a name that is none of them, a value that its kind does not
    take.
    """
    known = {one.name: one for one in fields}
    for name in given:
        if name not in known:
            raise invalid(f"{path}.{name}", "the channel has no such field")
    return {name: _read(known[name], given[name], path) for name in known if name in given}


def _check(one: CustomField, path: str) -> None:
    if not _NAME.fullmatch(one.name):
        raise invalid(f"{path}.name", f"must match ^{NAME_PATTERN}$")
    if one.kind not in _CHOICES:
        if one.options:
            raise invalid(f"{path}.options", "only single and multiple have options")
        return
    count = len(one.options)
    if not 1 <= count <= OPTIONS_LIMIT or len(set(one.options)) < count:
        raise invalid(f"{path}.options", f"must be 1 to {OPTIONS_LIMIT} different ones")
    if not all(1 <= len(option) <= OPTION_LIMIT for option in one.options):
        raise invalid(f"{path}.options", f"each must be 1 to {OPTION_LIMIT} characters")


def _read(one: CustomField, value: Any, path: str) -> Any:
    if value is None:
        return None
    taken = _taken(one, value)
    if taken is None:
        raise _refused(one, path)
    return taken


def _taken(one: CustomField, value: Any) -> Any:
    """The value as it is kept; None for one that the kind does not take."""
    match one.kind:
        case Kind.TEXT:
            return value if isinstance(value, str) and len(value) <= TEXT_LIMIT else None
        case Kind.SINGLE:
            return value if value in one.options else None
        case Kind.MULTIPLE:
            return _chosen(one.options, value)
        case Kind.CHECKBOX:
            return value if isinstance(value, bool) else None
        case Kind.NUMBER:
            return value if _is_number(value) else None
        case _:
            assert_never(one.kind)


def _chosen(options: tuple[str, ...], value: Any) -> list[str] | None:
    if not isinstance(value, list) or any(option not in options for option in value):
        return None
    return [option for option in options if option in value]


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and value in _INTEGERS


def _refused(one: CustomField, path: str) -> Refused:
    takes = {
        Kind.TEXT: f"must be text of at most {TEXT_LIMIT} characters",
        Kind.SINGLE: f"must be one of {', '.join(one.options)}",
        Kind.MULTIPLE: f"must be a list of some of {', '.join(one.options)}",
        Kind.CHECKBOX: "must be true or false",
        Kind.NUMBER: "must be a number within 64 bits",
    }
    return invalid(f"{path}.{one.name}", takes[one.kind])
