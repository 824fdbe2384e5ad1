"""The fields of a thing that somebody may leave unsaid."""

from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from tocsin.model.unset import without_unset


@dataclass(frozen=True)
class Changes:
    name: str | UnsetType = UNSET
    colour: str | UnsetType | None = UNSET


def test_what_is_left_unsaid_is_not_there() -> None:
    assert without_unset(Changes()) == {}
    assert without_unset(Changes(name="")) == {"name": ""}


def test_none_is_a_value_like_any_other() -> None:
    assert without_unset(Changes(colour=None)) == {"colour": None}
